"""The line of a TOML text that a path leads to, for errors: tomllib keeps none. Pure.

It follows headers and keys as people write them, and never fails: where it loses its way it answers
with the nearest header above.
"""

from __future__ import annotations

import re
from collections import Counter

from narthex.pure.review.toml_fields import Path

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.[^=]*)?\s*=")
_FENCES = ('"""', "'''")


def line_of(text: str, path: Path) -> int:
    """The line, from 1, of the deepest part of the path that is written in the text."""
    lines = _lines(text)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _lines(text: str) -> dict[Path, int]:
    """Every header and key, with its line."""
    found: dict[Path, int] = {}
    counts: Counter[Path] = Counter()
    at: Path = ()
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        header = _HEADER.match(line)
        if header:
            at = _entered(header, counts)
            found.setdefault(at, number)
            found.setdefault(at[:-1] if isinstance(at[-1], int) else at, number)
            continue
        key = _KEY.match(line)
        if key:
            found.setdefault((*at, key[1].strip("\"'")), number)
        fence = next((one for one in _FENCES if line.count(one) == 1), "")
    return found


def _entered(header: re.Match[str], counts: Counter[Path]) -> Path:
    """The path of a header; `[[a.b]]` is one entry more of the list `a.b`."""
    at: Path = ()
    parts = [part.strip().strip("\"'") for part in header[2].split(".")]
    for place, part in enumerate(parts, 1):
        at = (*at, part)
        if place == len(parts) and header[1] == "[[":
            counts[at] += 1
        if counts[at]:
            at = (*at, counts[at] - 1)
    return at
