"""What came of the events that an automation was told of: one row for each, never two.

This file never knows why: whoever ran it says so in a few words.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction

SHARED = "shared"
BATCH = 500  # rows of one pruning transaction
LONGEST_REASON = 500  # characters

_COLUMNS = "automation, event, at_us, key, outcome, share, reason"


@dataclass(frozen=True, slots=True)
class Run:
    """event: the id of its delivery. outcome: SHARED, or the code of what refused it.

    key: "" where its owner may not know it. share: the id of what was issued, "" for nothing.
    """

    automation: str
    event: str
    at_us: int
    key: str
    outcome: str
    share: str = ""
    reason: str = ""


async def find(reader: Reader, automation: str, event: str) -> Run | None:
    """What came of one event."""
    row = await reader.fetch_one(
        f"SELECT {_COLUMNS} FROM automation_runs WHERE automation = ? AND event = ?",
        (automation, event),
    )
    return None if row is None else _read(row)


async def write(tx: Transaction, run: Run) -> bool:
    """It is written down, in place of an earlier refusal; False when it was shared before.

    Of two that run the same event at once, the second one waits for the first here.
    """
    changed = await tx.execute(
        f"INSERT INTO automation_runs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (automation, event) DO UPDATE SET at_us = excluded.at_us,"
        " key = excluded.key, outcome = excluded.outcome, share = excluded.share,"
        " reason = excluded.reason WHERE automation_runs.outcome <> 'shared'",
        (
            run.automation,
            run.event,
            run.at_us,
            run.key.encode(),
            run.outcome,
            run.share,
            run.reason.replace("\0", "")[:LONGEST_REASON],
        ),
    )
    return changed > 0


async def newest(reader: Reader, automation: str, before: str, limit: int) -> list[Run]:
    """Those of events before this one, "" for all, the newest first."""
    only = " AND event < ?" if before else ""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM automation_runs WHERE automation = ?{only}"
        " ORDER BY event DESC LIMIT ?",
        (automation, *((before,) if before else ()), limit),
    )
    return [_read(row) for row in rows]


async def prune(tx: Transaction, before_us: int) -> int:
    """Those from before this time are gone, at most BATCH at once; how many were."""
    rows = await tx.fetch(
        "SELECT automation, event FROM automation_runs WHERE at_us < ? ORDER BY at_us LIMIT ?",
        (before_us, BATCH),
    )
    await tx.execute_many(
        "DELETE FROM automation_runs WHERE automation = ? AND event = ?", [tuple(r) for r in rows]
    )
    return len(rows)


def _read(row: Row) -> Run:
    return Run(row[0], row[1], row[2], row[3].decode(), row[4], row[5], row[6])
