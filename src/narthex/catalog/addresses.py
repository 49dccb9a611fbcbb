"""Whom somebody tells something: the addresses of a holder, such as a share, in their order.

This file never sees an address: it keeps them sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from narthex.catalog import Reader, Row, Transaction
from narthex.catalog.rows import is_word

PREFIX = "address:"  # of what a delivery is addressed to: address:HOLDER/NUMBER

_COLUMNS = "holder, number, account, target, sealed"


@dataclass(frozen=True, slots=True)
class Address:
    """target: the ARN of a named one, and nothing is sealed; "" for an address of its own."""

    holder: str
    number: int
    account: str
    target: str = ""
    sealed: bytes = field(repr=False, default=b"")

    @property
    def of_delivery(self) -> str:
        """What a delivery to it is addressed to."""
        return self.target or f"{PREFIX}{self.holder}/{self.number}"


async def add(tx: Transaction, addresses: Sequence[Address]) -> None:
    """New addresses. Raises Conflict when the holder has one of this number."""
    await tx.execute_many(
        f"INSERT INTO addresses ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        [(one.holder, one.number, one.account, one.target, one.sealed) for one in addresses],
    )


async def of(reader: Reader, holder: str) -> list[Address]:
    """All addresses of a holder."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM addresses WHERE holder = ? ORDER BY number", (holder,)
    )
    return [_read(row) for row in rows]


async def find(reader: Reader, delivery: str) -> Address | None:
    """The address that a delivery is addressed to, as `of_delivery` writes it."""
    holder, _, number = delivery.removeprefix(PREFIX).rpartition("/")
    if not is_word(holder) or not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    row = await reader.fetch_one(
        f"SELECT {_COLUMNS} FROM addresses WHERE holder = ? AND number = ?", (holder, int(number))
    )
    return None if row is None else _read(row)


async def remove(tx: Transaction, holder: str) -> None:
    """The holder tells nobody any more."""
    await tx.execute("DELETE FROM addresses WHERE holder = ?", (holder,))


def _read(row: Row) -> Address:
    return Address(row[0], row[1], row[2], row[3], bytes(row[4]))
