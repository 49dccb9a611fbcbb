"""Leases: of many processes and nodes, one does a thing at a time.

This file never reads a clock: the holder says until when, by the same clock as the others.
"""

from __future__ import annotations

from narthex.catalog import Reader, Transaction


async def take(tx: Transaction, name: str, holder: str, now_us: int, until_us: int) -> bool:
    """Whether the holder has the lease now: it was free, run out, or the holder's already."""
    changed = await tx.execute(
        "INSERT INTO leases (name, holder, until_us) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us"
        " WHERE leases.holder = excluded.holder OR leases.until_us <= ?",
        (name, holder, until_us, now_us),
    )
    return changed > 0


async def renew(tx: Transaction, name: str, holder: str, until_us: int) -> bool:
    """Whether the holder still had the lease; it is longer now. Never takes one that was lost."""
    changed = await tx.execute(
        "UPDATE leases SET until_us = ? WHERE name = ? AND holder = ?", (until_us, name, holder)
    )
    return changed > 0


async def release(tx: Transaction, name: str, holder: str) -> None:
    """Free, if the holder had it."""
    await tx.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))


async def holder(reader: Reader, name: str, now_us: int) -> str | None:
    """Who has the lease now."""
    row = await reader.fetch_one(
        "SELECT holder FROM leases WHERE name = ? AND until_us > ?", (name, now_us)
    )
    return None if row is None else row[0]
