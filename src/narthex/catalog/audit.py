"""What happened with shares and links: rows that are added and, long after, pruned. Never changed.

This file never holds a secret, a token or a signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction, Value

_COLUMNS = (
    "id, account, owner, share, at_us, event, outcome, actor, address, agent, key, bytes, times,"
    " booking, detail"
)
_MARKS = ", ".join("?" * len(_COLUMNS.split(",")))
BATCH = 1000  # rows of one pruning transaction
BEHIND = b"\xff"  # no text in UTF-8 has it: behind everything that begins like this
LONGEST = 256  # characters of what a client says of itself


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. id: 16 hex digits of the time in microseconds, 16 random ones.

    owner: of the share, as it is found by. actor: the ARN of whoever did it, "" for the holder of a
    link. booking: the use that several requests belong to. key: of the object. times: how often the
    same happened within about a second; bytes are of all.
    """

    id: str
    account: str
    owner: str
    share: str
    at_us: int
    event: str
    outcome: str = ""
    actor: str = ""
    address: str = ""
    agent: str = ""
    key: str = ""
    bytes: int = 0
    booking: str = ""
    detail: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries. owner: None for all of the account. Times: from since_us, before until_us.

    bucket: of shares in it. key: the beginning of one.
    """

    account: str
    owner: str | None
    share: str | None = None
    event: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    outcome: str | None = None
    actor: str | None = None
    address: str | None = None
    bucket: str | None = None
    key: str | None = None


def entry_id(at_us: int, digits: str) -> str:
    """The id of an entry. digits: 16 random hex digits at least."""
    return f"{at_us:016x}{digits[:16]}"


async def add(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Write these down."""
    await tx.execute_many(
        f"INSERT INTO audit ({_COLUMNS}) VALUES ({_MARKS})",
        [
            (
                one.id,
                one.account,
                one.owner,
                one.share,
                one.at_us,
                one.event,
                one.outcome,
                one.actor,
                one.address,
                _clipped(one.agent),
                one.key.encode(),
                one.bytes,
                one.times,
                one.booking,
                _clipped(one.detail),
            )
            for one in entries
        ],
    )


def _clipped(text: str) -> str:
    return text[:LONGEST].replace("\0", "")


async def page(
    reader: Reader, sought: Sought, after: str | None, limit: int, *, newest_first: bool
) -> list[Entry]:
    """Entries behind the id `after`, in the order asked for, at most `limit`."""
    conditions: dict[str, Value] = {"account = ?": sought.account}
    for name in ("owner", "share", "event", "outcome", "actor", "address"):
        value = getattr(sought, name)
        if value is not None:
            conditions[f"{name} = ?"] = value
    if sought.bucket is not None:
        conditions["share IN (SELECT id FROM shares WHERE bucket = ?)"] = sought.bucket
    if sought.key:
        first = sought.key.encode()
        conditions["key >= ?"] = first
        conditions["key < ?"] = first + BEHIND
    if sought.since_us is not None:
        conditions["id >= ?"] = entry_id(sought.since_us, "")
    if sought.until_us is not None:
        conditions["id < ?"] = entry_id(sought.until_us, "")
    values = list(conditions.values())
    text = " AND ".join(conditions)
    if after is not None:
        text += f" AND id {'<' if newest_first else '>'} ?"
        values.append(after)
    order = "DESC" if newest_first else "ASC"
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM audit WHERE {text} ORDER BY id {order} LIMIT ?", (*values, limit)
    )
    return [_read(row) for row in rows]


async def prune(tx: Transaction, before_us: int) -> int:
    """Entries older than this are gone, at most BATCH at once; how many were."""
    return await tx.execute(
        "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)",
        (entry_id(before_us, ""), BATCH),
    )


def _read(row: Row) -> Entry:
    return Entry(
        id=row[0],
        account=row[1],
        owner=row[2],
        share=row[3],
        at_us=row[4],
        event=row[5],
        outcome=row[6],
        actor=row[7],
        address=row[8],
        agent=row[9],
        key=row[10].decode(),
        bytes=row[11],
        times=row[12],
        booking=row[13],
        detail=row[14],
    )
