"""A document's text as detectors scan it: one piece of UTF-8, and its passages' places. Pure.

Bytes, because finding, counting and lowering bytes costs a fraction of the same on text, and what
is looked for is ASCII or, in UTF-8, as plain. This file never looks for anything itself.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from narthex.pure.detectors.folding import fold
from narthex.pure.detectors.passages import Document, Kind, Passage
from narthex.pure.detectors.shapes import draw

# Between passages: no number, token or line goes on from one into the next.
GAP = b"\n\x00\n"


class Scan:
    """What detectors get. Offsets are of bytes in `raw`; `lower` has the same offsets."""

    def __init__(self, document: Document) -> None:
        self.document = document
        pieces: list[bytes] = []
        self._starts: list[int] = []
        offset = 0
        for passage in document.passages:
            piece = fold(passage.text).encode(errors="replace")
            self._starts.append(offset)
            pieces.append(piece)
            offset += len(piece) + len(GAP)
        self.raw = GAP.join(pieces)

    @cached_property
    def lower(self) -> bytes:
        """ASCII letters in lower case; everything else, and every offset, as in `raw`."""
        return self.raw.lower()

    @cached_property
    def drawn(self) -> bytes:
        """Digits and words as their shapes, with the same offsets: see shapes.py."""
        return draw(self.raw)

    def passage_at(self, offset: int) -> Passage:
        """The passage that holds the byte at `offset`."""
        return self.document.passages[self._index(offset)]

    def bounds_at(self, offset: int) -> tuple[int, int]:
        """Start and end, as offsets, of that passage."""
        index = self._index(offset)
        last = index + 1 == len(self._starts)
        end = len(self.raw) if last else self._starts[index + 1] - len(GAP)
        return self._starts[index], end

    def _index(self, offset: int) -> int:
        return max(0, bisect_right(self._starts, offset) - 1)

    def place_at(self, offset: int) -> str:
        """Where that is, for people: "p. 3, line 2"."""
        passage = self.passage_at(offset)
        start, _ = self.bounds_at(offset)
        line = f"line {self.raw.count(NEWLINE, start, offset) + 1}"
        if not passage.place:
            return line
        return f"{passage.place}, {line}" if passage.kind in _LINED else passage.place

    def header_at(self, offset: int) -> bytes:
        """The line that names the columns of the table at `offset`, lowered; empty elsewhere."""
        if self.passage_at(offset).kind is not Kind.TABLE:
            return b""
        start, end = self.bounds_at(offset)
        stop = self.lower.find(NEWLINE, start, min(end, start + LONGEST_HEADER))
        return self.lower[start : stop if stop >= 0 else min(end, start + LONGEST_HEADER)]


NEWLINE = b"\n"
LONGEST_HEADER = 2000
_LINED = (Kind.TABLE, Kind.SOURCE, Kind.NOTE)
