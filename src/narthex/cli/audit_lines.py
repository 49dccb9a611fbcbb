"""Entries of the audit log as lines: for people, and as CSV that a spreadsheet cannot run. Pure.

INVARIANT: no cell of the CSV begins with what a spreadsheet takes for a formula, whatever clients
have said of themselves.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from narthex.cli.share_lines import flat, local
from narthex.cli.sizes import human_size

COLUMNS = (
    "at", "event", "outcome", "share", "use", "actor", "address", "agent", "key", "bytes", "times",
    "detail", "id", "resource", "access_key_id", "request",
)  # fmt: skip
# What begins a formula, also in the wide letters of East Asia; and what is skipped before one.
# Source: OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_line(cells: Mapping[str, Any]) -> str:
    """One entry under COLUMNS, ended as RFC 4180 has it."""
    return _csv([_cell(cells.get(name)) for name in COLUMNS])


def csv_head() -> str:
    """The first line."""
    return _csv(list(COLUMNS))


def _csv(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    # A quote says to spreadsheets that text follows. What they skip may stand before a formula.
    return f"'{text}" if text.lstrip(" \u3000\xa0").startswith(FORMULA) else text


def line_of(entry: Mapping[str, Any]) -> str:
    """One entry for people: when, what, how it ended, who, how much, of what.

    An act of administration: who, from where, on what, what was given.
    """
    times = f" x{entry['times']}" if (entry.get("times") or 1) > 1 else ""
    cells: tuple[str, ...] = (
        local(entry["at"]),
        f"{entry['event']}{times}".ljust(8),
        (entry.get("outcome") or "-").ljust(12),
    )
    cells += _of_act(entry) if ":" in entry["event"] else _of_share(entry)
    return "  ".join(map(flat, cells))


def _of_share(entry: Mapping[str, Any]) -> tuple[str, ...]:
    is_use = entry["event"] == "used"
    return (
        (entry.get("address") or entry.get("actor") or "-").ljust(15),
        (human_size(entry.get("bytes") or 0) if is_use else "-").rjust(10),
        (entry.get("share") or "-").ljust(16),
        entry.get("key") or entry.get("detail") or "-",
    )


def _of_act(entry: Mapping[str, Any]) -> tuple[str, ...]:
    # arn:aws:iam::123456789012:user/ana -> user/ana
    who = (entry.get("actor") or "").split(":", 5)[-1]
    return (
        (entry.get("address") or "-").ljust(15),
        (who or "this server").ljust(10),
        entry.get("resource") or "-",
        entry.get("detail") or "",
    )
