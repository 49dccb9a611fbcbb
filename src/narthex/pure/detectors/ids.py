"""National ids: by a check, and a shape that nobody else uses or a word beside it. Pure.

Two searches: for shapes that count by themselves, and for those that need a word.
A number that is part of a longer word, such as a hash, is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable

from narthex.pure.detectors.context import NEAR, Context
from narthex.pure.detectors.masks import mask
from narthex.pure.detectors.national_ids import NationalId, is_likely, is_valid
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.shapes import (
    ENDS,
    alternatives,
    draw,
    goes_on_from_word,
    number_pattern,
    whole,
)
from narthex.pure.detectors.subjects import IDS
from narthex.pure.detectors.tally import Tally

BYTES_EACH = 256  # of text for each try: the library takes some microseconds for one
_Rows = dict[bytes, dict[str, NationalId]]


def _rows(*, beside: bool) -> _Rows:
    """The table by drawn shape, and by key."""
    rows: _Rows = {}
    for key, row in IDS.items():
        for shape in row.beside if beside else row.plain:
            rows.setdefault(draw(shape.encode()), {})[key] = row
    return rows


_KEYS = frozenset(IDS)
_NO_ROWS: dict[str, NationalId] = {}
PLAIN, BESIDE = _rows(beside=False), _rows(beside=True)
# Whoever looks for "0000 0000 0000" must not find the first three groups of a card.
_CARDS = (draw(b"0000 0000 0000 0000"), draw(b"0000 0000 0000 0000 000"))


def _digits_first(shapes: Iterable[bytes]) -> re.Pattern[bytes]:
    """Those that are digits alone as one repetition, which is quickest; the others as a tree."""
    bodies = [shape[1:] for shape in shapes if shape[:1] == b"1"]
    lengths = [len(body) for body in bodies if body.isdigit()]
    alone = b"0{%d,%d}+" % (min(lengths), max(lengths))
    others = [body for body in bodies if not body.isdigit()]
    longest = max(len(body) - len(body.lstrip(b"0")) for body in others)
    no_longer = b"(?!0{%d})" % (longest + 1)
    return number_pattern(whole(alone) + b"|" + no_longer + whole(alternatives(others)))


def _letter_first(shapes: Iterable[bytes]) -> re.Pattern[bytes]:
    """Capitals only; behind a slash such a word is a part of base64."""
    bodies = [shape for shape in shapes if shape[:1] == b"Q"]
    return re.compile(
        rb"Q(?<!/Q)(?:"
        + b"|".join(re.escape(shape[1:]) for shape in sorted(bodies, key=len, reverse=True))
        + rb")"
        + ENDS
    )


_ALONE = (_digits_first(PLAIN), _letter_first(PLAIN))
_NEEDY = (_digits_first([*BESIDE, *_CARDS]), _letter_first(BESIDE))


def look_for_ids(scan: Scan, context: Context, ids: Tally) -> None:
    """Count them all."""
    cases = _Ids(scan, context, ids)
    for pattern in _ALONE:
        cases.look_alone(pattern)
    for pattern in _NEEDY:
        cases.look_beside(pattern)


class _Ids:
    """The tally of a scan, and where each country's were found: near one of a list is the next."""

    def __init__(self, scan: Scan, context: Context, ids: Tally) -> None:
        self._scan = scan
        self._context = context
        self._tally = ids
        self._found: dict[str, list[int]] = {}
        self._all: list[int] = []

    def look_alone(self, pattern: re.Pattern[bytes]) -> None:
        """Count those whose shape is enough."""
        for match in pattern.finditer(self._scan.drawn):
            if self._tally.full:
                return
            for key, row in PLAIN.get(match[0].upper(), _NO_ROWS).items():
                self._judge(key, row, match)

    def look_beside(self, pattern: re.Pattern[bytes]) -> None:
        """Count those that a word names, or that go on with a list.

        Text without either is left at its first number, however many more it has.
        """
        at, drawn = 0, self._scan.drawn
        while not self._tally.full and (match := pattern.search(drawn, at)) is not None:
            start = match.start()
            named = self._context.at(start)
            end = self._context.end(start)
            if named.isdisjoint(_KEYS) and not _any_in(self._all, start - NEAR, end):
                at = end
                continue
            at = match.end()
            rows = BESIDE.get(match[0].upper(), _NO_ROWS)
            wanted = rows.keys() & named
            wanted |= {key for key in rows.keys() & self._found.keys() if self._goes_on(key, start)}
            for key in sorted(wanted):
                self._judge(key, rows[key], match)

    def _goes_on(self, key: str, start: int) -> bool:
        """Whether one of this country stands right before."""
        return _any_in(self._found[key], start - NEAR + 1, start)

    def _judge(self, key: str, row: NationalId, match: re.Match[bytes]) -> None:
        """Count it if its check passes."""
        start = match.start()
        run = self._scan.raw[start : match.end()]
        tried = run + row.country.encode()  # what is none here may be one elsewhere
        if self._tally.counts(run) or self._tally.knows(tried):
            return
        text = run.decode().upper()
        if not is_likely(row, text) or not is_valid(row, text):
            self._tally.missed(tried)
            return
        if goes_on_from_word(self._scan.drawn, start):
            return
        self._tally.add(run, f"{row.country.upper()} {row.name} {mask(text)}", start, 0.95, key)
        insort(self._found.setdefault(key, []), start)
        insort(self._all, start)


def _any_in(places: list[int], start: int, end: int) -> bool:
    """Whether one of the sorted places is in [start, end)."""
    at = bisect_left(places, start)
    return at < len(places) and places[at] < end
