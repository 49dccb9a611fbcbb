"""Which words stand near a number, and so what it may be. Pure.

This file never decides: a word beside a number is a reason to judge it, its check digit is the
judgement. Near is up to NEAR bytes before it, in the rest of its block, or the head of its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from narthex.pure.detectors.scan import Scan

NEAR = 160
BLOCK = 256  # words are looked for once in each: less work where numbers stand close together


class Vocabulary:
    """Words and phrases, each standing for some subjects."""

    def __init__(self, words: Iterable[tuple[str, str]]) -> None:
        """words: pairs of a word or phrase in lower case and the subject it names."""
        self._words: dict[bytes, set[str]] = {}
        self._phrases: dict[bytes, list[tuple[bytes, str]]] = {}  # by their first word
        self._unspaced: list[tuple[bytes, str]] = []  # of scripts that put no space between words
        for word, subject in words:
            text = word.encode()
            first = _WORD.match(text)
            if first is not None and first[0] == text:
                self._words.setdefault(text, set()).add(subject)
            elif first is not None:
                self._phrases.setdefault(first[0], []).append((text, subject))
            else:
                self._unspaced.append((text, subject))

    def subjects_in(self, lowered: bytes) -> frozenset[str]:
        """All that is named in a piece of lowered text."""
        found: set[str] = set()
        for word in set(_WORD.findall(lowered)):
            found |= self._words.get(word, _NONE)
            for phrase, subject in self._phrases.get(word, ()):
                if phrase in lowered:
                    found.add(subject)
        if not lowered.isascii():
            found.update(subject for text, subject in self._unspaced if text in lowered)
        return frozenset(found)


# Letters of ASCII and of two-byte UTF-8 (Latin, Greek, Cyrillic); others are found anywhere.
_WORD = re.compile(rb"(?:[a-z]|[\xc2-\xd4][\x80-\xbf])+")
_NONE: frozenset[str] = frozenset()


class Context:
    """The subjects near any place of one scan; remembers the block it looked at last."""

    def __init__(self, scan: Scan, vocabulary: Vocabulary) -> None:
        self._scan = scan
        self._vocabulary = vocabulary
        self._block = -1
        self._near: frozenset[str] = frozenset()
        self._header = b""
        self._named: frozenset[str] = frozenset()

    def at(self, offset: int) -> frozenset[str]:
        """What is named near `offset`."""
        block = offset // BLOCK
        if block == self._block:
            return self._near
        scan = self._scan
        start, end = scan.bounds_at(offset)
        window = scan.lower[max(start, block * BLOCK - NEAR, 0) : min(end, (block + 1) * BLOCK)]
        self._near = self._vocabulary.subjects_in(window) | self._columns(scan.header_at(offset))
        self._block = block
        return self._near

    def _columns(self, header: bytes) -> frozenset[str]:
        if header != self._header:
            self._header = header
            self._named = self._vocabulary.subjects_in(header)
        return self._named
