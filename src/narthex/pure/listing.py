"""Which rows a page of a listing needs next, and what they roll up to. Pure.

This file never asks a store: `roll_up` is a generator that yields the span it wants and is sent
rows. A listing with a delimiter seeks: behind one key of a common prefix it goes on behind all of
them, so that its cost follows the number of entries and not the number of keys.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

R = TypeVar("R", bound=tuple[Any, ...])

# No byte of UTF-8 is 0xFF, so this is behind every key.
BEHIND_ALL = b"\xff"
# Rows of the first batch when keys may roll up, and of one behind a batch that mostly did. A batch
# in which one row of DENSE was an entry makes the next one larger by GROWTH: a page of single files
# takes two statements, not a thousand.
FIRST = 128
FEW = 8
DENSE = 4
GROWTH = 8


@dataclass(frozen=True, slots=True)
class Span(Generic[R]):
    """Rows to fetch, in order: keys in [start, end), at most `most`.

    behind: where keys repeat, the row to go on behind (its key is before `start`); None at a seek.
    """

    start: bytes
    end: bytes
    most: int
    behind: R | None = None


@dataclass(frozen=True, slots=True)
class Rolled(Generic[R]):
    """Entries in order: a row, or a common prefix. truncated: at least one more would follow."""

    entries: tuple[R | str, ...]
    truncated: bool


def roll_up(
    *, prefix: str, delimiter: str, after: str, limit: int, behind: R | None = None
) -> Generator[Span[R], Sequence[R], Rolled[R]]:
    """One page: yields spans, is sent their rows (row[0] is the key as bytes), returns the page.

    after: entries up to it are left out; when it is a common prefix, so is every key under it.
    behind: where keys repeat, the row to begin behind; its key is `after`, of which others follow.
    limit: entries of the page, at least 1. An empty delimiter rolls nothing up.
    """
    base, cut_at = prefix.encode(), delimiter.encode()
    start, end = _first(base, cut_at, after.encode()), successor(base) if base else BEHIND_ALL
    if start != after.encode() + b"\0":  # no entry of this page has the key `after`
        behind = None
    entries: list[R | str] = []
    most = min(limit + 1, FIRST) if cut_at else limit + 1
    while start < end:
        rows = yield Span(start, end, most, behind)
        known = len(entries)
        rolled = b""
        for row in rows:
            key: bytes = row[0]
            if rolled and key.startswith(rolled):
                continue
            rolled = _common_prefix(key, base, cut_at)
            entries.append(rolled.decode() if rolled else row)
            if len(entries) > limit:
                return Rolled(tuple(entries[:limit]), True)
        if len(rows) < most:
            break
        start = successor(rolled) if rolled else rows[-1][0] + b"\0"
        behind = None if rolled else rows[-1]
        dense = (len(entries) - known) * DENSE >= len(rows)
        most = min(most * GROWTH, limit + 1) if dense else FEW
    return Rolled(tuple(entries), False)


def successor(key: bytes) -> bytes:
    """The first byte string behind every one that begins with `key`. key: not empty, no 0xFF."""
    return key[:-1] + bytes((key[-1] + 1,))


def _first(base: bytes, cut_at: bytes, after: bytes) -> bytes:
    """The first key that can be an entry behind `after`."""
    if not after:
        return base
    if after.startswith(base) and _common_prefix(after, base, cut_at) == after:
        return successor(after)
    return max(base, after + b"\0")


def _common_prefix(key: bytes, base: bytes, cut_at: bytes) -> bytes:
    """What a key under `base` rolls up to: all until the first delimiter behind it ends, or b""."""
    if not cut_at:
        return b""
    place = key.find(cut_at, len(base))
    return key[: place + len(cut_at)] if place >= 0 else b""
