"""Old office files (OLE2): what can be told without taking them apart. Never a stream's meaning.

Their text is found as runs of letters, so it is never called all of the text.
"""

from __future__ import annotations

import re

from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes

_RUNS = re.compile(rb"[\x20-\x7e\xa0-\xff\t\r\n]{8,}")
_WIDE_RUNS = re.compile(rb"(?:[\x20-\x7e\xa0-\xff\t\r\n]\x00){6,}")


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def read_compound(data: bytes, budget: Budget, notes: Notes) -> None:
    """Runs of letters, macros, encryption. Raises Spent."""
    if _wide("EncryptedPackage") in data:
        notes.encrypted.append("document")
        notes.unread.append("it is encrypted")
        return
    if _wide("_VBA_PROJECT") in data or _wide("Macros") in data:
        notes.macros.append("VBA project")
    notes.unread.append("an old office format, read only in part")
    wide = [run[0].decode("utf-16-le") for run in _WIDE_RUNS.finditer(data)]
    budget.add("\n".join(wide), "text")
    plain = (run[0].decode("cp1252", errors="replace") for run in _RUNS.finditer(data))
    budget.add("\n".join(one for one in plain if one.count(" ") * 20 > len(one)), "text")
