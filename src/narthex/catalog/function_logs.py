"""What functions wrote, in chunks of lines; the oldest go when there is too much.

This file never splits a line and never looks into one.
"""

from __future__ import annotations

from collections.abc import Iterable

from narthex.catalog import Reader, Transaction
from narthex.pure.functions import LogChunk

MOST_BYTES = 8 * 1024 * 1024  # of one function
BATCH = 1000  # rows of one read of the sizes


async def add(tx: Transaction, chunks: Iterable[tuple[str, LogChunk]]) -> None:
    """Each with the id of its function."""
    await tx.execute_many(
        "INSERT INTO function_logs (function, at_us, id, stream, size, text)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (function, one.at_us, one.id, one.stream, len(one.text.encode()), one.text)
            for function, one in chunks
        ],
    )


async def read(reader: Reader, function: str, after: tuple[int, str], limit: int) -> list[LogChunk]:
    """Chunks in order, behind the one of this time and id."""
    rows = await reader.fetch(
        "SELECT at_us, id, stream, text FROM function_logs WHERE function = ?"
        " AND (at_us > ? OR (at_us = ? AND id > ?)) ORDER BY at_us, id LIMIT ?",
        (function, after[0], after[0], after[1], limit),
    )
    return [LogChunk(*row) for row in rows]


async def prune(tx: Transaction, function: str, most: int = MOST_BYTES) -> None:
    """The newest `most` bytes stay; whole chunks go."""
    kept, before = 0, None
    while True:
        behind = "" if before is None else " AND at_us < ?"
        values = (function, BATCH) if before is None else (function, before, BATCH)
        rows = await tx.fetch(
            f"SELECT at_us, size FROM function_logs WHERE function = ?{behind}"
            " ORDER BY at_us DESC LIMIT ?",
            values,
        )
        for at_us, size in rows:
            kept += size
            before = at_us
            if kept > most:
                await tx.execute(
                    "DELETE FROM function_logs WHERE function = ? AND at_us <= ?",
                    (function, at_us),
                )
                return
        if len(rows) < BATCH:
            return
