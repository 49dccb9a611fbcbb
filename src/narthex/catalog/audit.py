"""What happened with shares and links, and acts of administration: rows that are only added.

This file never changes one and never removes one (`audit_seals` does, by whole seals), and never
holds a secret, a token or a signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction, Value

_COLUMNS = (
    "id, account, owner, share, at_us, event, outcome, actor, address, agent, key, bytes, times,"
    " booking, detail, access_key_id, resource, request, seal"
)
_ADDED = _COLUMNS.removesuffix(", seal")
_MARKS = ", ".join("?" * len(_ADDED.split(",")))
BEHIND = b"\xff"  # no text in UTF-8 has it: behind everything that begins like this
LAST = "\U0010ffff"  # the same, of text
LONGEST = 256  # characters of what a client says of itself
LONGEST_DETAIL = 512
LONGEST_RESOURCE = 2048
ANY = "*"  # at the end of what is sought: whatever begins like this


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. id: 16 hex digits of the time in microseconds, 16 random ones.

    owner: of the share, as it is found by. actor: the ARN of whoever did it, "" for the holder of a
    link. booking: the use that several requests belong to. key: of the object. times: how often the
    same happened within about a second; bytes are of all.

    Of an act of administration `event` is its IAM action ("iam:PutUserPolicy"); access_key_id is
    the key that was used, resource the ARN that was changed, request the request's id.
    seal: the number of the seal that covers it, 0 for not yet.
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
    access_key_id: str = ""
    resource: str = ""
    request: str = ""
    seal: int = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries. owner: None for all of the account. Times: from since_us, before until_us.

    bucket: of shares in it, and acts on itself. key: the beginning of one. event, resource: a `*`
    at the end stands for whatever follows.
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
    resource: str | None = None


def entry_id(at_us: int, digits: str) -> str:
    """The id of an entry. digits: 16 random hex digits at least."""
    return f"{at_us:016x}{digits[:16]}"


async def add(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Write these down."""
    sql = f"INSERT INTO audit ({_ADDED}) VALUES ({_MARKS})"
    if len(entries) == 1:  # prepared, which many are not: an act pays for it
        await tx.execute(sql, _values(entries[0]))
    else:
        await tx.execute_many(sql, [_values(one) for one in entries])


def _values(one: Entry) -> tuple[Value, ...]:
    return (
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
        _clipped(one.detail, LONGEST_DETAIL),
        one.access_key_id,
        _clipped(one.resource, LONGEST_RESOURCE),
        one.request,
    )


def _clipped(text: str, most: int = LONGEST) -> str:
    return text[:most].replace("\0", "")


async def page(
    reader: Reader, sought: Sought, after: str | None, limit: int, *, newest_first: bool
) -> list[Entry]:
    """Entries behind the id `after`, in the order asked for, at most `limit`."""
    conditions: list[tuple[str, *tuple[Value, ...]]] = [("account = ?", sought.account)]
    for name in ("owner", "share", "event", "outcome", "actor", "address", "resource"):
        value = getattr(sought, name)
        if name in ("event", "resource") and value is not None and value.endswith(ANY):
            first = value.removesuffix(ANY)
            conditions.append((f"{name} >= ? AND {name} < ?", first, first + LAST))
        elif value is not None:
            conditions.append((f"{name} = ?", value))
    if sought.bucket is not None:
        of_bucket = "(share IN (SELECT id FROM shares WHERE bucket = ?) OR resource = ?)"
        conditions.append((of_bucket, sought.bucket, f"arn:aws:s3:::{sought.bucket}"))
    if sought.key:
        start = sought.key.encode()
        conditions.append(("key >= ? AND key < ?", start, start + BEHIND))
    if sought.since_us is not None:
        conditions.append(("id >= ?", entry_id(sought.since_us, "")))
    if sought.until_us is not None:
        conditions.append(("id < ?", entry_id(sought.until_us, "")))
    if after is not None:
        conditions.append((f"id {'<' if newest_first else '>'} ?", after))
    text = " AND ".join(condition for condition, *_ in conditions)
    values = [value for _, *given in conditions for value in given]
    order = "DESC" if newest_first else "ASC"
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM audit WHERE {text} ORDER BY id {order} LIMIT ?", (*values, limit)
    )
    return [_read(row) for row in rows]


async def unsealed(reader: Reader, account: str | None, limit: int) -> list[Entry]:
    """Entries that no seal covers yet, of this account or (None) of all, by account and age."""
    own = "" if account is None else " AND account = ?"
    values = () if account is None else (account,)
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM audit WHERE seal = 0{own} ORDER BY account, id LIMIT ?",
        (*values, limit),
    )
    return [_read(row) for row in rows]


async def covered(reader: Reader, account: str, seals: Sequence[int]) -> list[Entry]:
    """The account's entries that these seals cover, in the order of their ids."""
    if not seals:
        return []
    marks = ", ".join("?" * len(seals))
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM audit WHERE seal IN ({marks}) AND account = ? ORDER BY id",
        (*seals, account),
    )
    return [_read(row) for row in rows]


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
        access_key_id=row[15],
        resource=row[16],
        request=row[17],
        seal=row[18],
    )
