"""PowerPoint: slides in their order, what is under and behind them. Never a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.archive import Archive
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes
from narthex.review.reading.xml_stream import Collector, attribute, stream

_PART = re.compile(
    r"ppt/(slides/slide|notesSlides/notesSlide|comments/(?:modernC|c)omment[\w-]*?|slideMasters/slideMaster|"
    r"slideLayouts/slideLayout)(\d*)\.xml"
)
_MARGINS = frozenset(["ftr", "hdr", "dt", "sldNum"])


class _Slide(Collector):
    """Text; what stands in a footer's place apart."""

    def __init__(self) -> None:
        super().__init__(frozenset(["p", "tr"]), frozenset(["tc"]), frozenset(["t", "text"]))
        self.margin: list[str] = []
        self.hidden = False
        self.comments = 0
        self._in_margin = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        super().start(name, attributes)
        if name == "sld":
            self.hidden = attribute(attributes, "show") in {"0", "false"}
        elif name == "sp":
            self._in_margin = False
        elif name == "ph":
            self._in_margin = attribute(attributes, "type") in _MARGINS
        elif name == "cm":
            self.comments += 1

    def end(self, name: str) -> None:
        super().end(name)
        if name == "p" and self._in_margin:
            self.margin.append("\n")

    def text(self, data: str) -> None:
        if self._in_margin and self._inside:
            self.margin.append(data)
        else:
            super().text(data)


def read_presentation(archive: Archive, budget: Budget, notes: Notes) -> None:
    """All text of the slides, their notes, comments and masters. Raises Unreadable, Spent."""
    found = [match for name in archive.names if (match := _PART.fullmatch(name))]
    for match in sorted(found, key=lambda one: (one[1] != "slides/slide", int(one[2] or 0))):
        _read_part(archive, match, budget, notes)


def _read_part(archive: Archive, match: re.Match[str], budget: Budget, notes: Notes) -> None:
    budget.part()
    slide = _Slide()
    stream(
        archive.chunks(match[0], budget), budget, start=slide.start, end=slide.end, text=slide.text
    )
    notes.comments += slide.comments
    kind, number = match[1], match[2]
    if kind.startswith("slides/"):
        if slide.hidden:
            notes.hidden.append(f"slide {number}")
        budget.add(slide.collected, f"slide {number}")
        budget.add("".join(slide.margin), f"slide {number}, footer", Kind.MARGIN)
    elif kind.startswith("notes"):
        if len(slide.collected) > 1:
            notes.hidden.append(f"speaker notes {number}")
        budget.add(slide.collected, f"notes of slide {number}", Kind.NOTE)
    elif kind.startswith("comments"):
        budget.add(slide.collected, "comments", Kind.NOTE)
    else:
        shown = "\n".join([slide.collected, "".join(slide.margin)])
        budget.add(shown, "slide master", Kind.MARGIN)
