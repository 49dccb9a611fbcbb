"""Deliveries as people see them: what waits, what was made, what failed; and doing it once more.

This file never tells a payload with a list, and never what another account has.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Reader, Transaction, Value
from narthex.catalog.deliveries import id_of
from narthex.catalog.queue import HELD

STATES = ("ready", "retrying", "behind", "delivered", "failed")
BEHIND_ALL = (1 << 63) - 1  # a number that none reaches

_KEPT = (
    "number, target, lane, kind, state, created_us, expires_us, due_us, done_us, attempts, reason"
)
_AGAIN = (
    "UPDATE deliveries SET state = 'ready', done_us = NULL, attempts = 0, reason = '', due_us = ?,"
    " expires_us = ? + (expires_us - created_us) WHERE number = ? AND account = ?"
    " AND done_us IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery without its payload. done_us: None while it is neither delivered nor failed."""

    number: int
    target: str
    lane: str
    kind: str
    state: str
    created_us: int
    expires_us: int
    due_us: int
    done_us: int | None
    attempts: int
    reason: str

    @property
    def id(self) -> str:
        """As `id_of` spells it."""
        return id_of(self.number)


@dataclass(frozen=True, slots=True)
class Done:
    """The place of a delivery among all that are done, by when they were."""

    done_us: int
    number: int


async def newest(
    reader: Reader, account: str, before: int, limit: int, *, failed: bool = False
) -> list[Kept]:
    """The account's deliveries below a number, newest first."""
    only = " AND state = 'failed'" if failed else ""
    rows = await reader.fetch(
        f"SELECT {_KEPT} FROM deliveries WHERE account = ? AND number < ?{only}"
        " ORDER BY number DESC LIMIT ?",
        (account, before, limit),
    )
    return [Kept(*row) for row in rows]


async def made_after(reader: Reader, account: str, after: int, limit: int) -> list[Kept]:
    """The account's deliveries above a number, in the order of their making."""
    rows = await reader.fetch(
        f"SELECT {_KEPT} FROM deliveries WHERE account = ? AND number > ? ORDER BY number LIMIT ?",
        (account, after, limit),
    )
    return [Kept(*row) for row in rows]


async def done_after(reader: Reader, account: str, after: Done, limit: int) -> list[Kept]:
    """The account's deliveries that were done after that one, in the order of their ends."""
    rows = await reader.fetch(
        f"SELECT {_KEPT} FROM deliveries WHERE account = ? AND done_us IS NOT NULL"
        " AND (done_us, number) > (?, ?) ORDER BY done_us, number LIMIT ?",
        (account, after.done_us, after.number, limit),
    )
    return [Kept(*row) for row in rows]


async def find(reader: Reader, account: str, number: int) -> tuple[Kept, str] | None:
    """One of the account's deliveries, and its payload."""
    row = await reader.fetch_one(
        f"SELECT {_KEPT}, payload FROM deliveries WHERE number = ? AND account = ?",
        (number, account),
    )
    return None if row is None else (Kept(*row[:-1]), row[-1])


async def again(tx: Transaction, account: str, number: int, now_us: int) -> bool:
    """It is delivered once more, with as much time as it had; whether it was done at all."""
    changed = await tx.execute(_AGAIN, (now_us, now_us, number, account))
    return changed > 0


async def waiting(reader: Reader, account: str | None) -> int:
    """How many wait, of one account or of all. It counts: for people, not for a loop."""
    return await _count(reader, "state = 'ready'", account) + await _count(reader, HELD, account)


async def failed(reader: Reader, account: str | None) -> int:
    """How many dead letters there are, of one account or of all. It counts."""
    return await _count(reader, "state = 'failed'", account)


async def prune(tx: Transaction, before_us: int, limit: int) -> int:
    """Forget what was done before then, at most so many; how many they were."""
    return await tx.execute(
        "DELETE FROM deliveries WHERE number IN (SELECT number FROM deliveries"
        " WHERE done_us IS NOT NULL AND done_us < ? ORDER BY done_us, number LIMIT ?)",
        (before_us, limit),
    )


async def _count(reader: Reader, which: str, account: str | None) -> int:
    values: tuple[Value, ...] = () if account is None else (account,)
    whose = "" if account is None else " AND account = ?"
    row = await reader.fetch_one(f"SELECT COUNT(*) FROM deliveries WHERE {which}{whose}", values)
    return 0 if row is None else row[0]
