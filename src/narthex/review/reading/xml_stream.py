"""XML of documents as a stream: names without namespaces, no DTD, no entities, bounded depth.

This file never resolves anything outside the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat  # made safe below: a DTD ends it

from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Unreadable

DEEPEST = 256
_OFTEN = 2000  # elements between two looks at the clock
Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]


def stream(
    chunks: Iterable[bytes], budget: Budget, *, start: Start, end: End, text: Callable[[str], None]
) -> None:
    """Call `start`, `end` and `text` for what comes. Raises Unreadable, Spent.

    No chunks are no document. Elements' names are local; attributes' are as written. A text may
    come in several pieces.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = seen = 0

    def begun(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, seen
        depth += 1
        seen += 1
        if depth > DEEPEST:
            raise Unreadable("XML nested too deeply")
        if seen % _OFTEN == 0:
            budget.check()
        start(name.rpartition(":")[2], attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    def refuse(*_: object) -> None:
        raise Unreadable("XML with a document type")

    parser.StartElementHandler = begun
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    some = False
    try:
        for chunk in chunks:
            some = True
            parser.Parse(chunk, False)
        if some:  # a part that is absent has no text
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Unreadable("broken XML in it") from error


def attribute(attributes: Mapping[str, str], name: str) -> str:
    """An attribute by its local name; "" when it is absent."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


class Collector:
    """The text of one document part: `blocks` end a line, `cells` a cell, `only` hold text.

    only: elements whose text counts; empty means that all text does.
    """

    def __init__(self, blocks: frozenset[str], cells: frozenset[str], only: frozenset[str]) -> None:
        self._blocks, self._cells, self._only = blocks, cells, only
        self._inside = 0
        self.pieces: list[str] = []

    def start(self, name: str, _: Mapping[str, str]) -> None:
        """An element begins."""
        if name in self._only:
            self._inside += 1
        elif name == "tab":
            self.pieces.append("\t")
        elif name in {"br", "line-break"}:
            self.pieces.append("\n")

    def end(self, name: str) -> None:
        """An element ends."""
        if name in self._only:
            self._inside -= 1
        if name in self._blocks:
            self.pieces.append("\n")
        elif name in self._cells:
            self.pieces.append("\t")

    def text(self, data: str) -> None:
        """Characters."""
        if self._inside or not self._only:
            self.pieces.append(data)

    @property
    def collected(self) -> str:
        """All text so far, without lines that are empty."""
        lines = "".join(self.pieces).split("\n")
        return "\n".join(line for line in lines if line.strip())
