"""The figures as one SVG: a panel of horizontal bars for each chapter, the spread drawn on each.

This file knows no plotting library, measures nothing, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.report import OURS, number
from bench.result import Chapter, Figure

WIDTH = 860
LABELS = 270  # pixels left of the bars
VALUES = 120  # pixels right of the longest bar
BAR = 18
GAP = 6
HEAD = 46
FOOT = 18
OURS_COLOUR, PEER_COLOUR, LINE_COLOUR = "#b4531f", "#9aa5b1", "#3d4852"
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}.title{font-weight:600;font-size:15px}"
    ".unit{fill:#616e7c;font-size:12px}.end{text-anchor:end}"
)


def svg(chapters: Sequence[Chapter]) -> str:
    """The picture, complete. Bars of one panel share a scale; panels do not."""
    parts: list[str] = []
    top = 10
    for chapter in chapters:
        if chapter.figures:
            parts += _panel(chapter, top)
            top += height(chapter)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}"'
        f' height="{top}" role="img" aria-label="narthex and its peers">'
        f"<style>{STYLE}</style>"
        f'<rect width="{WIDTH}" height="{top}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def height(chapter: Chapter) -> int:
    """Pixels that a chapter's panel takes."""
    return HEAD + FOOT + len(chapter.figures) * (BAR + GAP)


def _panel(chapter: Chapter, top: int) -> list[str]:
    better = "more is better" if chapter.more_is_better else "less is better"
    parts = [
        f'<text class="title" x="10" y="{top + 18}">{escape(chapter.title)}</text>',
        f'<text class="unit" x="10" y="{top + 35}">{escape(chapter.unit)}, {better}</text>',
    ]
    longest = max(figure.high for figure in chapter.figures) or 1.0
    scale = (WIDTH - LABELS - VALUES) / longest
    for place, figure in enumerate(chapter.figures):
        parts += _bar(figure, top + HEAD + place * (BAR + GAP), scale)
    return parts


def _bar(figure: Figure, top: int, scale: float) -> list[str]:
    colour = OURS_COLOUR if figure.label.startswith(OURS) else PEER_COLOUR
    middle, base = top + BAR / 2, top + BAR - 5
    low, high = LABELS + figure.low * scale, LABELS + figure.high * scale
    return [
        f'<text class="end" x="{LABELS - 8}" y="{base}">{escape(figure.label)}</text>',
        f'<rect x="{LABELS}" y="{top}" width="{max(1.0, figure.value * scale):.1f}"'
        f' height="{BAR}" fill="{colour}"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{LINE_COLOUR}" stroke-width="2"/>',
        f'<text x="{high + 8:.1f}" y="{base}">{number(figure.value)}</text>',
    ]
