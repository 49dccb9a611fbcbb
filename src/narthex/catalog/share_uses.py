"""What is used of shares: counts, and the reservations of uses that are not over yet.

This file never judges (pure/shares.py does) and never reads a clock. A use is booked before its
first byte; what was booked and not kept up until `until_us` is given back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from narthex.catalog import Reader, Row, Transaction

_COLUMNS = (
    "id, share, visitor, key, etag, size, sent, cost, booked, requests, counted, done, began_us,"
    " until_us"
)
_MARKS = ", ".join("?" * len(_COLUMNS.split(",")))
BATCH = 500  # rows of one pruning transaction
# Who "visits" with what it brings: a file in one request, or in parts.
FILE = "file"
UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Reservation:
    """One use of a share with limits: a download, whole or in ranges, by one visitor.

    size: of the object. sent: of it so far, since it was last begun from the start. cost: sent in
    all. booked: bytes that requests under way may still send. requests: how many are under way.
    counted: whether it counts as a use now; one that broke off does not, and counts again when it
    is resumed. done: it counts for good. until_us: when it is given back, unless it is done, and
    forgotten. Of an upload in parts, id is that of the upload, sent what is stored of it, and
    booked what parts under way may add.
    """

    id: str
    share: str
    visitor: str
    key: str
    etag: str
    size: int
    began_us: int
    until_us: int
    sent: int = 0
    cost: int = 0
    booked: int = 0
    requests: int = 0
    counted: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What is to be added to the counts of a share."""

    uses: int = 0
    bytes: int = 0
    used_us: int = 0

    def plus(self, other: Spent) -> Spent:
        """Both together."""
        return Spent(
            self.uses + other.uses, self.bytes + other.bytes, max(self.used_us, other.used_us)
        )


async def put(tx: Transaction, use: Reservation) -> None:
    """Keep a reservation, in place of what it was."""
    await tx.execute(
        f"INSERT INTO reservations ({_COLUMNS}) VALUES ({_MARKS})"
        " ON CONFLICT (id) DO UPDATE SET sent = excluded.sent, cost = excluded.cost,"
        " booked = excluded.booked, requests = excluded.requests, counted = excluded.counted,"
        " done = excluded.done, until_us = excluded.until_us",
        (
            use.id,
            use.share,
            use.visitor,
            use.key.encode(),
            use.etag,
            use.size,
            use.sent,
            use.cost,
            use.booked,
            use.requests,
            int(use.counted),
            int(use.done),
            use.began_us,
            use.until_us,
        ),
    )


async def find(reader: Reader, id: str) -> Reservation | None:
    """The reservation of this id."""
    row = await reader.fetch_one(f"SELECT {_COLUMNS} FROM reservations WHERE id = ?", (id,))
    return None if row is None else _read(row)


async def find_broken(reader: Reader, like: Reservation) -> Reservation | None:
    """What the same visitor has begun of the same object, the newest that broke off."""
    return await _newest(reader, like, "requests = 0 AND counted = 0", ())


async def find_open(reader: Reader, like: Reservation, at_most: int) -> Reservation | None:
    """What the same visitor has begun of the same object and cost no more than this, the newest."""
    return await _newest(reader, like, "cost + booked <= ?", (at_most,))


async def _newest(
    reader: Reader, like: Reservation, condition: str, values: Sequence[int]
) -> Reservation | None:
    row = await reader.fetch_one(
        f"SELECT {_COLUMNS} FROM reservations WHERE share = ? AND visitor = ? AND key = ?"
        f" AND etag = ? AND {condition} ORDER BY began_us DESC, id DESC LIMIT 1",
        (like.share, like.visitor, like.key.encode(), like.etag, *values),
    )
    return None if row is None else _read(row)


async def remove(tx: Transaction, id: str) -> None:
    """The reservation is over; its counts stay as they are."""
    await tx.execute("DELETE FROM reservations WHERE id = ?", (id,))


async def overdue(reader: Reader, share: str, now_us: int) -> list[Reservation]:
    """Reservations of a share that nobody kept up: their process ended, or nobody came back."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM reservations WHERE share = ? AND until_us <= ?", (share, now_us)
    )
    return [_read(row) for row in rows]


async def overdue_shares(reader: Reader, now_us: int) -> list[str]:
    """Shares that have overdue reservations, at most BATCH."""
    rows = await reader.fetch(
        "SELECT DISTINCT share FROM reservations WHERE until_us <= ? LIMIT ?", (now_us, BATCH)
    )
    return [row[0] for row in rows]


async def is_under_way(reader: Reader, share: str) -> bool:
    """Whether a use of it is counted that may still be given back, as any of a folder may."""
    row = await reader.fetch_one(
        "SELECT 1 FROM reservations WHERE share = ? AND counted = 1 AND (done = 0 OR key = ?)"
        " LIMIT 1",
        (share, b""),
    )
    return row is not None


async def keep_up(tx: Transaction, ids: Sequence[str], until_us: int) -> None:
    """These uses are still under way."""
    await tx.execute_many(
        "UPDATE reservations SET until_us = ? WHERE id = ? AND requests > 0",
        [(until_us, id) for id in ids],
    )


async def add(tx: Transaction, spent: Mapping[str, Spent]) -> None:
    """Add to the counts of shares, by id. Those of shares that are gone are left out."""
    await tx.execute_many(
        "UPDATE share_counts SET uses = uses + ?, bytes = bytes + ?,"
        " used_us = CASE WHEN used_us > ? THEN used_us ELSE ? END WHERE share = ?",
        [
            (one.uses, one.bytes, one.used_us, one.used_us, share)
            for share, one in sorted(spent.items())  # in one order, so that none waits in a circle
        ],
    )


async def give_back(tx: Transaction, share: str, now_us: int) -> list[Reservation]:
    """What was overdue of a share is over; what was not done counts no longer. Returns both."""
    over: list[Reservation] = []
    for use in await overdue(tx, share, now_us):
        if use.counted and not use.done:
            stored = use.sent if use.visitor == UPLOAD else 0
            await add(tx, {share: Spent(-1, -use.booked - stored)})
            over.append(replace(use, counted=False, booked=0, requests=0))
        elif use.done:
            over.append(use)
        await remove(tx, use.id)
    return over


def _read(row: Row) -> Reservation:
    return Reservation(
        id=row[0],
        share=row[1],
        visitor=row[2],
        key=row[3].decode(),
        etag=row[4],
        size=row[5],
        sent=row[6],
        cost=row[7],
        booked=row[8],
        requests=row[9],
        counted=row[10] != 0,
        done=row[11] != 0,
        began_us=row[12],
        until_us=row[13],
    )
