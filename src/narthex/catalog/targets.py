"""Named targets of an account: where its buckets' events and its shares' notices go.

This file never sees a URL or a secret: it keeps them sealed, and what may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from narthex.catalog import Reader, Row, Transaction
from narthex.catalog.rows import is_word

MOST = 1000  # of an account

_COLUMNS = "account, name, shown, sealed, created_us"


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """shown: its URL without secrets. sealed: all of it, as `events.targets` seals."""

    account: str
    name: str
    shown: str
    sealed: bytes = field(repr=False)
    created_us: int


async def add(tx: Transaction, target: NamedTarget) -> None:
    """A new target. Raises Conflict when its account has one of this name."""
    await tx.execute(
        f"INSERT INTO targets ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        (target.account, target.name, target.shown, target.sealed, target.created_us),
    )


async def find(reader: Reader, account: str, name: str) -> NamedTarget | None:
    """The account's target of this name."""
    if not is_word(name):
        return None
    row = await reader.fetch_one(
        f"SELECT {_COLUMNS} FROM targets WHERE account = ? AND name = ?", (account, name)
    )
    return None if row is None else _read(row)


async def every(reader: Reader, account: str) -> list[NamedTarget]:
    """All targets of an account, by name."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM targets WHERE account = ? ORDER BY name LIMIT ?", (account, MOST)
    )
    return [_read(row) for row in rows]


async def remove(tx: Transaction, account: str, name: str) -> bool:
    """The target is gone; whether it was there."""
    removed = await tx.execute(
        "DELETE FROM targets WHERE account = ? AND name = ?", (account, name)
    )
    return removed > 0


def _read(row: Row) -> NamedTarget:
    return NamedTarget(row[0], row[1], row[2], bytes(row[3]), row[4])
