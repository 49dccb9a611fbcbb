"""Office Open XML: what docx, pptx and xlsx have in common, and which of them it is.

Nothing is trusted for its place: parts are found by name, and every part is read by its own limits.
"""

from __future__ import annotations

from collections.abc import Mapping

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.archive import Archive
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes
from narthex.review.reading.presentation import read_presentation
from narthex.review.reading.word import read_word
from narthex.review.reading.workbook import read_workbook
from narthex.review.reading.xml_stream import attribute, stream

_AUTHORS = frozenset(["creator", "lastModifiedBy", "Manager"])
_TOLD = frozenset(
    ["title", "subject", "description", "keywords", "category", "Company", "contentStatus"]
)
_GENERIC_AUTHORS = frozenset(
    ["", "python-docx", "openpyxl", "microsoft office user", "user", "author", "admin"]
)


def is_office(archive: Archive) -> bool:
    """Whether a ZIP file is an Office Open XML document."""
    return "[Content_Types].xml" in archive.names


def read_office(archive: Archive, budget: Budget, notes: Notes) -> None:
    """Properties and macros, then the text by the kind of document. Raises Unreadable, Spent."""
    names = archive.names
    for name in names:
        low = name.lower()
        if low.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in low:
            notes.macros.append(name)
        if low.endswith((".bin", ".docx", ".xlsx", ".pptx", ".zip")) and "/embeddings/" in low:
            notes.archives.append(name)
    _read_properties(archive, budget, notes)
    if any(name.startswith("word/") for name in names):
        read_word(archive, budget, notes)
    if any(name.startswith("ppt/") for name in names):
        read_presentation(archive, budget, notes)
    if any(name.startswith("xl/") for name in names):
        read_workbook(archive, budget, notes)


def _read_properties(archive: Archive, budget: Budget, notes: Notes) -> None:
    """Who made it, what it says of itself, and the labels that were put on it."""
    told: list[str] = []
    for part in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"):
        properties = _Properties()
        stream(
            archive.chunks(part, budget),
            budget,
            start=properties.start,
            end=properties.end,
            text=properties.text,
        )
        for name, value in properties.found:
            if name in _AUTHORS and value.lower() not in _GENERIC_AUTHORS:
                notes.authors.append(value)
            elif name in _TOLD:
                told.append(value)
            elif (
                (name.startswith("MSIP_Label_") and name.endswith("_Name"))
                or "classification" in name.lower()
                or "sensitivity" in name.lower()
            ):
                notes.labels.append(value)
    budget.add("\n".join(told), "properties", Kind.NOTE)


class _Properties:
    """Names and values of a properties part."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._name = ""
        self._pieces: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._name = attribute(attributes, "name") if name == "property" else self._name
        self._pieces = []

    def text(self, data: str) -> None:
        self._pieces.append(data)

    def end(self, name: str) -> None:
        value = "".join(self._pieces).strip()
        if value and len(self.found) < 1000:
            self.found.append((self._name or name, value[:400]))
        self._pieces = []
        if name == "property":
            self._name = ""
