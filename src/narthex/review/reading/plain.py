"""Text as bytes become it: by mark, by trial, by the looks of it. Never fails."""

from __future__ import annotations

import codecs

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.budget import Budget

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TABLES = frozenset(["csv", "tsv"])
_SOURCES = frozenset(
    "py js ts css java c h go rs rb sh pl php sql ps1 bat json yaml yml toml ini xml svg "
    "ipynb".split()
)


def decode(data: bytes) -> str:
    """The text of `data`: its byte order mark's, UTF-8, UTF-16 by its zeros, else Windows-1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        # Cut in the middle of a letter, by a limit of ours: still UTF-8.
        if error.reason == "unexpected end of data" and error.start >= len(data) - 4:
            return data[: error.start].decode()
    sample = data[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 5 > even:
        return data.decode("utf-16-le", errors="replace")
    if even > len(sample) // 5 > odd:
        return data.decode("utf-16-be", errors="replace")
    return data.decode("cp1252", errors="replace")


def read_text(data: bytes, ending: str, budget: Budget) -> None:
    """One passage, of the kind that the ending of the name says."""
    kind = Kind.TABLE if ending in _TABLES else Kind.SOURCE if ending in _SOURCES else Kind.BODY
    room = budget.room * 4 + 4  # UTF-32 needs four bytes for a letter of ours
    text = decode(data[:room])
    if kind is Kind.TABLE:
        text = text.replace(";", "\t").replace('","', "\t").replace(",", "\t")
    budget.add(text, "", kind)
