"""RTF: its text, without fonts, colours and styles. One pass; never follows an object."""

from __future__ import annotations

import re

from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?[0-9]{1,6})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)", re.DOTALL
)
_BREAKS = frozenset(["par", "line", "row", "page", "sect"])
_CELLS = frozenset(["tab", "cell"])
_HIDDEN = frozenset(
    "fonttbl colortbl stylesheet listtable listoverridetable themedata colorschememapping "
    "datastore "
    "generator pict objdata rsidtbl latentstyles xmlnstbl".split()
)
_DEEPEST = 1000


def read_rich_text(data: bytes, budget: Budget, notes: Notes) -> None:
    """One passage."""
    source = data[: 4 * budget.room + 4].decode("cp1252", errors="replace")
    text: list[str] = []
    author: list[str] = []
    groups: list[list[str] | None] = [text]  # where each group's text goes; None: nowhere
    for match in _TOKEN.finditer(source):
        word, number, code, sign, brace, run = match.groups()
        into = groups[-1]
        if brace == "{" and len(groups) < _DEEPEST:
            groups.append(into)
        elif brace == "}" and len(groups) > 1:
            groups.pop()
        elif word in _HIDDEN or sign == "*":
            groups[-1] = None
        elif word == "author":
            groups[-1] = author
        elif word in {"revised", "deleted"} and number != "0":
            notes.tracked_changes += 1
        elif word == "annotation":
            notes.comments += 1
        elif into is not None:
            into.append(run or _said(word, number, code, sign))
    if "".join(author).strip():
        notes.authors.append("".join(author).strip())
    budget.add("".join(text))


def _said(word: str | None, number: str | None, code: str | None, sign: str | None) -> str:
    if code:
        return bytes.fromhex(code).decode("cp1252", errors="replace")
    if word == "u" and number:
        return chr(int(number) % 0xD800)
    if word in _BREAKS:
        return "\n"
    if word in _CELLS:
        return "\t"
    return sign if sign and sign in "\\{}~" else ""
