"""OpenDocument: text, tables and slides of odt, ods and odp. Never a macro's code."""

from __future__ import annotations

from collections.abc import Mapping

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.archive import Archive
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes
from narthex.review.reading.xml_stream import Collector, attribute, stream

_MEDIA = b"application/vnd.oasis.opendocument"
_BLOCKS = frozenset(["p", "h", "table-row", "list-item"])
_CHANGES = frozenset(["insertion", "deletion", "format-change"])
_MARGINS = frozenset(["header", "footer", "header-left", "footer-left"])


class _Content(Collector):
    """The text of content.xml; tables and slides begin passages of their own."""

    def __init__(self, budget: Budget, notes: Notes) -> None:
        super().__init__(_BLOCKS, frozenset(["table-cell"]), frozenset())
        self._budget, self._notes = budget, notes
        self._place, self._kind = "", Kind.BODY
        self._aside: list[str] = []
        self._depth_aside = 0
        self._rows = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        super().start(name, attributes)
        if name == "annotation":
            self._notes.comments += 1
        elif name in _CHANGES:
            self._notes.tracked_changes += 1
        elif name == "spreadsheet":
            self._rows = 1
        elif name == "table" and self._rows:
            self._begin(f"sheet {attribute(attributes, 'name')[:60]}", Kind.TABLE)
        elif name == "page":
            self._begin(f"slide {attribute(attributes, 'name')[:60]}", Kind.BODY)
        elif name == "notes":
            self._begin(f"notes of {self._place}", Kind.NOTE)

    def end(self, name: str) -> None:
        if self._kind is Kind.TABLE and name == "p":
            return  # a cell is closed by its own element
        super().end(name)
        if name == "notes":
            if len("".join(self.pieces).strip()) > 1:
                self._notes.hidden.append("speaker notes")
            self._begin(self._place.removeprefix("notes of "), Kind.BODY)

    def _begin(self, place: str, kind: Kind) -> None:
        self.finish()
        self._place, self._kind = place, kind

    def finish(self) -> None:
        """Keep what was collected. Raises Spent."""
        self._budget.add(self.collected, self._place, self._kind)
        self.pieces = []


class _Margins(Collector):
    """Headers and footers of styles.xml."""

    def __init__(self) -> None:
        super().__init__(_BLOCKS, frozenset(), _MARGINS)


def is_open_document(archive: Archive, head: bytes) -> bool:
    """Whether a ZIP file says in its first entry that it is one."""
    return _MEDIA in head[:200] or {"content.xml", "META-INF/manifest.xml"} <= set(archive.names)


def read_open_document(archive: Archive, budget: Budget, notes: Notes) -> None:
    """All text. Raises Unreadable, Spent."""
    for name in archive.names:
        if name.startswith(("Basic/", "Scripts/")) and not name.endswith("-lc.xml"):
            notes.macros.append(name)
    if b"encryption-data" in archive.read("META-INF/manifest.xml", budget):
        notes.encrypted.append("document")
        notes.unread.append("it is encrypted")
        return
    _read_meta(archive, budget, notes)
    margins = _Margins()
    _run(archive, "styles.xml", margins, budget)
    budget.add(margins.collected, "header or footer", Kind.MARGIN)
    content = _Content(budget, notes)
    _run(archive, "content.xml", content, budget)
    content.finish()


def _run(archive: Archive, name: str, into: Collector, budget: Budget) -> None:
    stream(archive.chunks(name, budget), budget, start=into.start, end=into.end, text=into.text)


def _read_meta(archive: Archive, budget: Budget, notes: Notes) -> None:
    told: list[str] = []
    element = ""
    field = ""

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal element, field
        element, field = name, attribute(attributes, "name")

    def text(data: str) -> None:
        value = data.strip()[:400]
        if not value:
            return
        if element in {"creator", "initial-creator"}:
            notes.authors.append(value)
        elif element == "user-defined" and "classification" in field.lower():
            notes.labels.append(value)
        elif element in {"title", "subject", "description", "keyword", "user-defined"}:
            told.append(value)

    stream(archive.chunks("meta.xml", budget), budget, start=start, end=lambda _: None, text=text)
    budget.add("\n".join(told), "properties", Kind.NOTE)
