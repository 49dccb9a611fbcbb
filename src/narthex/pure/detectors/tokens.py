"""Vendors' tokens in text, by their shape: one search for all shapes of a kind. Pure.

INVARIANT: what only begins like a token never reaches Python, and whatever does is judged once: the
same token, or the same sample, again is stepped over as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.randomness import bits_each, looks_random, stands_in
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.tally import Tally
from narthex.pure.detectors.token_shapes import ENDS, TOKEN_SHAPES, TokenShape

SHORTEST = 20  # letters of the shortest token: an AWS access key's id
_LONG = b"x" * SHORTEST
_REGION = 256  # bytes
_PART_OF = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_DRAWN = bytes(120 if code in _PART_OF or code in b"-./+=:" else 32 for code in range(256))
_LEAST_BITS = 2.5  # for each letter of any token


@dataclass(frozen=True, slots=True)
class _Search:
    """A pattern that marks with an empty group which of `shapes` it found. before: bytes in front.

    It looks at the first letter first, so that no other letter's shapes are gone through.
    """

    pattern: re.Pattern[bytes]
    shapes: tuple[TokenShape, ...]
    before: int


def _search(shapes: Iterable[TokenShape], *, inside: bool) -> _Search | None:
    """One search for the shapes that may, or may not, stand inside of a longer word."""
    wanted = sorted(
        (shape for shape in shapes if shape.inside is inside),
        key=lambda shape: (shape.prefix[:1], -len(shape.prefix)),
    )
    if not wanted:
        return None
    by_letter: dict[bytes, list[bytes]] = {}
    for shape in wanted:
        body = re.escape(shape.prefix[1:]) + rb"()" + shape.rest + ENDS
        by_letter.setdefault(re.escape(shape.prefix[:1]), []).append(body)
    first = [letter + rb"(?:" + b"|".join(rest) + rb")" for letter, rest in by_letter.items()]
    before = rb"" if inside else rb"[^A-Za-z0-9_]"
    pattern = re.compile(before + rb"(?:" + b"|".join(first) + rb")")
    return _Search(pattern, tuple(wanted), 0 if inside else 1)


def _searches(shapes: Iterable[TokenShape]) -> tuple[_Search, ...]:
    made = [_search(tuple(shapes), inside=inside) for inside in (False, True)]
    return tuple(one for one in made if one is not None)


_ALL = _searches(TOKEN_SHAPES)
_CLOUDS = _searches([shape for shape in TOKEN_SHAPES if shape.cloud])
_TOKENS = _searches([shape for shape in TOKEN_SHAPES if not shape.cloud])


def look_for_tokens(scan: Scan, clouds: Tally, tokens: Tally) -> None:
    """Count both kinds; of what is counted enough, no more."""
    # In front of a word something stands, also of the first.
    raw = b"\n" + scan.raw
    for start, end in _long_words(raw):
        if clouds.full and tokens.full:
            return
        wanted = _CLOUDS if tokens.full else _TOKENS if clouds.full else _ALL
        for search in wanted:
            _look(raw, search, start - search.before, end, clouds, tokens)


def _look(raw: bytes, search: _Search, start: int, end: int, clouds: Tally, tokens: Tally) -> None:
    at = start
    while (match := search.pattern.search(raw, at, end)) is not None:
        shape = search.shapes[(match.lastindex or 1) - 1]
        begin = match.start() + search.before
        found = raw[begin : match.end()]
        tally = clouds if shape.cloud else tokens
        if tally.full or tally.knows(found):
            at = match.end()
            continue
        _judge(tally, shape, found, begin - 1)
        at = begin + len(shape.prefix) - search.before  # another may be in it


def _judge(tally: Tally, shape: TokenShape, found: bytes, offset: int) -> None:
    body = found[len(shape.prefix) :]
    if stands_in(body) or (shape.weak and not looks_random(body)) or bits_each(body) < _LEAST_BITS:
        tally.missed(found)
        return
    shown = f"{shape.name} {mask(found.decode(), min(len(shape.prefix), 8), 2)}"
    tally.add(found, shown, offset, 0.7 if shape.weak else 1.0, shape.name)


def _long_words(raw: bytes) -> Iterator[tuple[int, int]]:
    """Regions in which words of at least SHORTEST token letters begin: prose has nearly none.

    Searching one letter repeated is faster than any pattern: most of the text is stepped over. A
    region ends with the word that _REGION bytes after its beginning stands in.
    """
    drawn = raw.translate(_DRAWN)
    start = drawn.find(_LONG)
    while start >= 0:
        end = drawn.find(b" ", start + _REGION)
        end = end if end >= 0 else len(raw)
        yield start, end
        start = drawn.find(_LONG, end)
