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
        self._first = frozenset(self._words) | frozenset(self._phrases)

    def subjects_in(self, lowered: bytes) -> frozenset[str]:
        """All that is named in a piece of lowered text."""
        found: set[str] = set()
        for word in self._first.intersection(_WORD.findall(lowered)):
            found |= self._words.get(word, _NONE)
            for phrase, subject in self._phrases.get(word, ()):
                if phrase in lowered:
                    found.add(subject)
        if not lowered.isascii():
            found.update(subject for text, subject in self._unspaced if text in lowered)
        return frozenset(found) if found else _NONE


# Letters of ASCII and of two-byte UTF-8 (Latin, Greek, Cyrillic); others are found anywhere.
_WORD = re.compile(rb"[a-z\xc2-\xd4][a-z\x80-\xbf\xc2-\xd4]*")
_NONE: frozenset[str] = frozenset()
_NOWHERE = (0, 0, _NONE)


class Context:
    """The subjects near any place of one scan; looks once into each block of a passage."""

    def __init__(self, scan: Scan, vocabulary: Vocabulary) -> None:
        self._scan = scan
        self._vocabulary = vocabulary
        self._blocks: dict[int, tuple[int, int, frozenset[str]]] = {}
        self._start, self._end = 0, 0  # of the passage that was looked at last
        self._header = b""
        self._columns = _NONE

    def at(self, offset: int) -> frozenset[str]:
        """What is named near `offset`."""
        block = offset // BLOCK
        start, end, near = self._blocks.get(block, _NOWHERE)
        if start <= offset < end:
            return near
        if not self._start <= offset < self._end:
            self._enter(offset)
        first = max(self._start, block * BLOCK - NEAR)
        near = self._columns | self._named_in(first, min(self._end, (block + 1) * BLOCK))
        self._blocks[block] = self._start, self._end, near
        return near

    def end(self, offset: int) -> int:
        """How far what is named near `offset` is all that is named: nobody need ask before."""
        self.at(offset)
        block = offset // BLOCK
        return min((block + 1) * BLOCK, self._blocks[block][1])

    def _named_in(self, first: int, end: int) -> frozenset[str]:
        """What the words there name; where only numbers are, at a glance."""
        window = self._scan.lower[first:end]
        drawn = self._scan.drawn
        words = drawn.find(b"q", first, end) >= 0 or drawn.find(b"Q", first, end) >= 0
        if not words and window.isascii():
            return _NONE
        return self._vocabulary.subjects_in(window)

    def _enter(self, offset: int) -> None:
        """Another passage, whose first line may name its columns."""
        self._start, self._end = self._scan.bounds_at(offset)
        header = self._scan.header_at(offset)
        if header != self._header:
            self._header = header
            self._columns = self._vocabulary.subjects_in(header)
