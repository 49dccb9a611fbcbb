"""What owners were told of their shares, and when their ends are to be.

This file never knows whom, and sends nothing: a notice is a delivery in the same transaction.
"""

from __future__ import annotations

from narthex.catalog import Reader, Transaction

BATCH = 500  # shares of one look


async def mark(tx: Transaction, share: str, occasion: str, about: str) -> bool:
    """It is told now; whether it was not before. about: which use or end, "" where there is one."""
    added = await tx.execute(
        "INSERT INTO share_tellings (share, occasion, about) VALUES (?, ?, ?)"
        " ON CONFLICT (share, occasion, about) DO NOTHING",
        (share, occasion, about),
    )
    return added > 0


async def set_end(tx: Transaction, share: str, due_us: int | None) -> None:
    """Its end is to be told at this time; None when it is not to be."""
    if due_us is None:
        await tx.execute("DELETE FROM share_ends WHERE share = ?", (share,))
        return
    await tx.execute(
        "INSERT INTO share_ends (share, due_us) VALUES (?, ?)"
        " ON CONFLICT (share) DO UPDATE SET due_us = excluded.due_us",
        (share, due_us),
    )


async def due(reader: Reader, now_us: int) -> list[str]:
    """Shares whose end is to be told by now, the longest due first, at most BATCH."""
    rows = await reader.fetch(
        "SELECT share FROM share_ends WHERE due_us <= ? ORDER BY due_us, share LIMIT ?",
        (now_us, BATCH),
    )
    return [row[0] for row in rows]
