"""Markup: the text that a browser shows, and the source, where secrets hide. Never runs any."""

from __future__ import annotations

import html
import re

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.budget import Budget
from narthex.review.reading.plain import decode

# Each alternative is bounded by a character that it cannot contain, so no text is tried twice.
_SCRIPT = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_BLOCK = re.compile(
    r"<(?:/?(?:p|div|br|li|ul|ol|tr|table|h[1-6]|section|article|header|footer|title|pre|hr|dt|dd|"
    r"blockquote|body|head)\b)[^<>]*>",
    re.IGNORECASE,
)
_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def read_markup(data: bytes, budget: Budget) -> None:
    """Two passages. What stands in both is counted once, because hits are distinct."""
    source = decode(data[: budget.room * 4 + 4])
    budget.add(visible(source))
    budget.add(source, "source", Kind.SOURCE)


def visible(source: str) -> str:
    """The text between tags, a line for each block, entities resolved."""
    source = _BLOCK.sub("\n", _without_scripts(source).replace("\n", " "))
    return html.unescape(_TAG.sub("", _CELL.sub("\t", source)))


def _without_scripts(source: str) -> str:
    """The source but what stands between <script> and </script>, and the same of style."""
    kept: list[str] = []
    shown_from, inside = 0, False
    for match in _SCRIPT.finditer(source):
        closes = match[1] == "/"
        if not inside and not closes:
            kept.append(source[shown_from : match.start()])
        if closes:
            shown_from = match.start()
        inside = not closes
    if not inside:
        kept.append(source[shown_from:])
    return "\n".join(kept)
