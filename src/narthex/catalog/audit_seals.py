"""The seals of the audit log: one for each stretch of an account's entries, in a chain.

This file never makes a digest and never signs. INVARIANT: entries go by whole seals and after these
were marked as pruned, oldest first; the engine keeps all others (see `audit_tables`).
"""

from __future__ import annotations

from collections.abc import Sequence

from narthex.catalog import Reader, Row, Transaction
from narthex.pure.audit_chain import Seal

_SEAL = "account, number, at_us, newest_us, entries, digest, previous, signature, pruned_us"
AT_ONCE = 8  # seals whose entries are removed in one transaction


async def add(tx: Transaction, seal: Seal, entries: Sequence[str]) -> bool:
    """Keep a seal, and mark the entries with these ids; whether none of them was covered before.

    Raises Conflict when there is a seal of its number.
    """
    await tx.execute(
        f"INSERT INTO audit_seals ({_SEAL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            seal.account,
            seal.number,
            seal.at_us,
            seal.newest_us,
            seal.entries,
            seal.digest,
            seal.previous,
            seal.signature,
        ),
    )
    marks = ", ".join("?" * len(entries))
    marked = await tx.execute(
        f"UPDATE audit SET seal = ? WHERE seal = 0 AND account = ? AND id IN ({marks})",
        (seal.number, seal.account, *entries),
    )
    return marked == len(entries)


async def last(reader: Reader, account: str) -> Seal | None:
    """The account's newest seal."""
    row = await reader.fetch_one(
        f"SELECT {_SEAL} FROM audit_seals WHERE account = ? ORDER BY number DESC LIMIT 1",
        (account,),
    )
    return None if row is None else _read(row)


async def page(reader: Reader, account: str, after: int, limit: int) -> list[Seal]:
    """The account's seals behind this number, oldest first; none that was given up but the last.

    What is given up may be going just now.
    """
    kept = await _given_up(reader, account)
    rows = await reader.fetch(
        f"SELECT {_SEAL} FROM audit_seals WHERE account = ? AND number > ? AND number >= ?"
        " ORDER BY number LIMIT ?",
        (account, after, kept, limit),
    )
    return [_read(row) for row in rows]


async def _given_up(reader: Reader, account: str) -> int:
    """The number of the newest seal that was given up, 0 for none."""
    row = await reader.fetch_one(
        "SELECT MAX(number) FROM audit_seals WHERE account = ? AND pruned_us <> 0", (account,)
    )
    return 0 if row is None or row[0] is None else int(row[0])


async def beyond(reader: Reader, account: str, number: int) -> int:
    """How many entries say that a seal after this one covers them."""
    row = await reader.fetch_one(
        "SELECT COUNT(*) FROM audit WHERE seal > ? AND account = ?", (number, account)
    )
    return 0 if row is None else int(row[0])


async def old(reader: Reader, before_us: int) -> list[Seal]:
    """Of each account the newest seal that can be given up: it and all before it are older.

    Only where that is more than was given up already.
    """
    rows = await reader.fetch(
        "SELECT account, MIN(CASE WHEN newest_us >= ? THEN number END), MIN(number), MAX(number),"
        " MAX(CASE WHEN pruned_us <> 0 THEN number ELSE 0 END)"
        " FROM audit_seals GROUP BY account ORDER BY account",
        (before_us,),
    )
    found = []
    for account, young, least, most, given in rows:
        number = most if young is None else young - 1
        if number < least or number <= given:
            continue
        row = await reader.fetch_one(
            f"SELECT {_SEAL} FROM audit_seals WHERE account = ? AND number = ?", (account, number)
        )
        if row is not None:
            found.append(_read(row))
    return found


async def give_up(tx: Transaction, account: str, number: int, at_us: int) -> None:
    """What this seal covers, and all before it, may go from now on."""
    await tx.execute(
        "UPDATE audit_seals SET pruned_us = ? WHERE account = ? AND number = ? AND pruned_us = 0",
        (at_us, account, number),
    )


async def given_up(reader: Reader) -> list[tuple[str, int]]:
    """Accounts, and up to which seal their entries may go."""
    rows = await reader.fetch(
        "SELECT account, MAX(number) FROM audit_seals WHERE pruned_us <> 0 GROUP BY account"
    )
    return [(row[0], int(row[1])) for row in rows]


async def remove(tx: Transaction, account: str, number: int) -> int:
    """The oldest of what was given up is gone, AT_ONCE seals with their entries; how many rows.

    The seal of this number stays: what follows it is held against it.
    """
    rows = await tx.fetch(
        "SELECT number FROM audit_seals WHERE account = ? AND number < ? ORDER BY number LIMIT ?",
        (account, number, AT_ONCE),
    )
    older = [int(row[0]) for row in rows]
    numbers = older if len(older) == AT_ONCE else [*older, number]
    marks = ", ".join("?" * len(numbers))
    gone = await tx.execute(
        f"DELETE FROM audit WHERE seal IN ({marks}) AND account = ?", (*numbers, account)
    )
    for one in older:
        gone += await tx.execute(
            "DELETE FROM audit_seals WHERE account = ? AND number = ?", (account, one)
        )
    return gone


def _read(row: Row) -> Seal:
    return Seal(row[0], row[1], row[2], row[3], row[4], row[5], row[6], bytes(row[7]), row[8] != 0)
