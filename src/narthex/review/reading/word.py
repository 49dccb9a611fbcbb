"""Word: paragraphs, headers and footers, notes, comments, tracked changes. Never a field's code."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.archive import Archive
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes
from narthex.review.reading.xml_stream import Collector, stream

_PARTS: tuple[tuple[re.Pattern[str], str, Kind], ...] = (
    (re.compile(r"word/document\d*\.xml"), "", Kind.BODY),
    (re.compile(r"word/(?:header|footer)\d*\.xml"), "header or footer", Kind.MARGIN),
    (re.compile(r"word/(?:footnotes|endnotes)\.xml"), "notes", Kind.NOTE),
    (re.compile(r"word/comments\.xml"), "comments", Kind.NOTE),
)
_CHANGES = frozenset(["ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange"])
_TEXT = frozenset(["t", "delText", "instrText"])


class _Page(Collector):
    """Text, and what stands between it."""

    def __init__(self) -> None:
        super().__init__(frozenset(["p", "tr"]), frozenset(["tc"]), _TEXT)
        self.changes = self.comments = self.hidden = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        super().start(name, attributes)
        if name in _CHANGES:
            self.changes += 1
        elif name == "comment":
            self.comments += 1
        elif name == "vanish":
            self.hidden += 1


def read_word(archive: Archive, budget: Budget, notes: Notes) -> None:
    """All text of a document. Raises Unreadable, Spent."""
    for name in archive.names:
        for pattern, place, kind in _PARTS:
            if not pattern.fullmatch(name):
                continue
            page = _Page()
            stream(
                archive.chunks(name, budget), budget, start=page.start, end=page.end, text=page.text
            )
            notes.tracked_changes += page.changes
            notes.comments += page.comments
            if page.hidden:
                notes.hidden.append("hidden text")
            budget.add(page.collected, place, kind)
