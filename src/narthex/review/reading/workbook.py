"""Excel: cells by sheet, with the first row as the names of columns. Never a formula's text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.archive import Archive
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes
from narthex.review.reading.xml_stream import Collector, attribute, stream

_SHEET = re.compile(r"xl/(?:work|macro)sheets/(?:sheet)?(\w+)\.xml")
_COMMENTS = re.compile(r"xl/(?:comments|threadedComments/threadedComment)\d*\.xml")
_MARGIN = frozenset(
    ["oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"]
)
_CODES = re.compile(r"&(?:\"[^\"]*\"|[LCRPNDTFAZBIUSEGXY]|\d+)")


class _Strings:
    """The table of shared strings."""

    def __init__(self, room: int) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._inside = False
        self._room = room

    def start(self, name: str, _: Mapping[str, str]) -> None:
        self._inside = name == "t"
        if name == "si":
            self._pieces = []

    def text(self, data: str) -> None:
        if self._inside and self._room > 0:
            self._pieces.append(data)
            self._room -= len(data)

    def end(self, name: str) -> None:
        self._inside = False
        if name == "si":
            self.strings.append("".join(self._pieces))


class _Sheet:
    """Rows of one sheet, as lines of cells."""

    def __init__(self, strings: list[str], room: int) -> None:
        self._strings, self._room = strings, room
        self.pieces: list[str] = []
        self.margin: list[str] = []
        self.hidden = 0
        self._cell: list[str] = []
        self._shared = self._value = self._in_margin = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._shared = attributes.get("t") == "s"
        elif name in {"v", "t"}:
            self._value = True
        elif name in {"row", "col"}:
            self.hidden += attributes.get("hidden") in {"1", "true"}
        self._in_margin = name in _MARGIN

    def text(self, data: str) -> None:
        if self._in_margin:
            self.margin.append(_CODES.sub("\n", data))
        elif self._value:
            self._cell.append(data)

    def _keep(self, data: str) -> None:
        if self._shared:
            data = self._string(data)
        if self._room > 0:
            self._room -= len(data)
            self.pieces.append(data)

    def _string(self, data: str) -> str:
        number = int(data) if data.isascii() and data.isdigit() and len(data) < 10 else -1
        return self._strings[number] if 0 <= number < len(self._strings) else ""

    def end(self, name: str) -> None:
        self._in_margin = False
        if name in {"v", "t"}:
            self._value = False
            self._keep("".join(self._cell))
            self._cell.clear()
        elif name == "c":
            self.pieces.append("\t")
        elif name == "row":
            self.pieces.append("\n")


def read_workbook(archive: Archive, budget: Budget, notes: Notes) -> None:
    """All cells, headers and comments. Raises Unreadable, Spent."""
    titles = _titles(archive, budget, notes)
    strings = _Strings(4 * budget.room)
    stream(
        archive.chunks("xl/sharedStrings.xml", budget),
        budget,
        start=strings.start,
        end=strings.end,
        text=strings.text,
    )
    used = 0
    for name in archive.names:
        match = _SHEET.fullmatch(name)
        if match:
            used += 1
            title = titles[used - 1] if used <= len(titles) else match[1]
            _read_sheet(archive, name, f"sheet {title}", strings.strings, budget, notes)
        elif _COMMENTS.fullmatch(name):
            _read_comments(archive, name, budget, notes)


def _read_sheet(
    archive: Archive, name: str, place: str, strings: list[str], budget: Budget, notes: Notes
) -> None:
    budget.part()
    sheet = _Sheet(strings, budget.room + 1)
    stream(archive.chunks(name, budget), budget, start=sheet.start, end=sheet.end, text=sheet.text)
    if sheet.hidden:
        notes.hidden.append(f"rows or columns of {place}")
    budget.add("".join(sheet.pieces), place, Kind.TABLE)
    budget.add("\n".join(sheet.margin), f"{place}, margin", Kind.MARGIN)


def _read_comments(archive: Archive, name: str, budget: Budget, notes: Notes) -> None:
    found = Collector(
        frozenset(["comment", "threadedComment"]), frozenset(), frozenset(["t", "text"])
    )

    def start(element: str, attributes: Mapping[str, str]) -> None:
        notes.comments += element in {"comment", "threadedComment"}
        found.start(element, attributes)

    stream(archive.chunks(name, budget), budget, start=start, end=found.end, text=found.text)
    budget.add(found.collected, "comments", Kind.NOTE)


def _titles(archive: Archive, budget: Budget, notes: Notes) -> list[str]:
    """The sheets' names in their order; hidden ones are noted."""
    titles: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet" and len(titles) < 5000:
            title = attribute(attributes, "name")[:60]
            titles.append(title)
            if attribute(attributes, "state") in {"hidden", "veryHidden"}:
                notes.hidden.append(f"sheet {title}")

    stream(
        archive.chunks("xl/workbook.xml", budget),
        budget,
        start=start,
        end=lambda _: None,
        text=lambda _: None,
    )
    return titles
