"""Files that came in by a request and are held back until a review lets them go.

This file never judges. INVARIANT: a row stands for the very bytes that came in: a file that takes
their place is another one, and not held by it.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Literal

from narthex.catalog import Reader, Row, Transaction

HeldState = Literal["waiting", "refused", "released"]
_HELD = "state <> 'released'"
MOST = 1000  # rows of one answer
_COLUMNS = "content, bucket, bucket_name, key, etag, share, state, decision, at_us"


@dataclass(frozen=True, slots=True)
class Held:
    """content: the id of the bytes. bucket: its id. share: the request's id.

    decision: the id of what refused it, "" while it waits. One that is released is held no more:
    its row says that a review has let these bytes go.
    """

    content: str
    bucket: str
    bucket_name: str
    key: str
    etag: str
    share: str
    state: HeldState
    decision: str
    at_us: int


async def hold(tx: Transaction, held: Held) -> None:
    """This file is held back."""
    content, bucket, name, key, *rest = astuple(held)
    await tx.execute(
        f"INSERT INTO held ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (content, bucket, name, key.encode(), *rest),
    )


async def tags_of(reader: Reader, bucket: str, key: str) -> tuple[str, ...]:
    """The ETags under which something is held at this key."""
    rows = await reader.fetch(
        f"SELECT etag FROM held WHERE bucket = ? AND key = ? AND {_HELD}", (bucket, key.encode())
    )
    return tuple(row[0] for row in rows)


async def holds_any(reader: Reader, bucket: str) -> tuple[bool]:
    """Whether anything is held in this bucket."""
    row = await reader.fetch_one(
        f"SELECT 1 FROM held WHERE bucket = ? AND {_HELD} LIMIT 1", (bucket,)
    )
    return (row is not None,)


async def between(reader: Reader, bucket: str, first: str, last: str) -> set[tuple[str, str]]:
    """Key and ETag of all that is held from one key to another, both included."""
    rows = await reader.fetch(
        f"SELECT key, etag FROM held WHERE bucket = ? AND key >= ? AND key <= ? AND {_HELD}",
        (bucket, first.encode(), last.encode()),
    )
    return {(bytes(row[0]).decode(), row[1]) for row in rows}


async def shows_any(reader: Reader, bucket: str, prefix: str) -> bool:
    """Whether there is an object whose key begins so, and that is not held."""
    row = await reader.fetch_one(
        "SELECT 1 FROM objects o WHERE o.bucket = ? AND o.key >= ? AND o.key < ? AND NOT EXISTS"
        " (SELECT 1 FROM held h WHERE h.bucket = o.bucket AND h.key = o.key"
        f" AND h.content = o.content AND h.{_HELD}) LIMIT 1",
        (bucket, prefix.encode(), prefix.encode() + b"\xff"),
    )
    return row is not None


async def waiting(reader: Reader, limit: int) -> list[Held]:
    """Those that no review has seen, the oldest first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM held WHERE state = 'waiting' ORDER BY at_us, content LIMIT ?",
        (limit,),
    )
    return [_read(row) for row in rows]


async def of_share(reader: Reader, share: str) -> list[Held]:
    """What is held of a request, the newest first; at most MOST."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM held WHERE share = ? AND {_HELD}"
        " ORDER BY at_us DESC, content LIMIT ?",
        (share, MOST),
    )
    return [_read(row) for row in rows]


async def was_released(reader: Reader, content: str) -> tuple[bool]:
    """Whether these bytes came in by a request, and were let go."""
    row = await reader.fetch_one(
        "SELECT 1 FROM held WHERE content = ? AND state = 'released'", (content,)
    )
    return (row is not None,)


async def refuse(tx: Transaction, content: str, decision: str) -> None:
    """It stays held, by this decision."""
    await tx.execute(
        "UPDATE held SET state = 'refused', decision = ? WHERE content = ?", (decision, content)
    )


async def release(tx: Transaction, content: str) -> None:
    """It is held no more."""
    await tx.execute("UPDATE held SET state = 'released' WHERE content = ?", (content,))


async def release_decided(tx: Transaction, decision: str) -> None:
    """What this decision refused is held no more."""
    await tx.execute("UPDATE held SET state = 'released' WHERE decision = ?", (decision,))


async def forget_gone(tx: Transaction) -> None:
    """What came in and is not there any more is forgotten."""
    await tx.execute(
        "DELETE FROM held WHERE NOT EXISTS (SELECT 1 FROM objects o"
        " WHERE o.bucket = held.bucket AND o.key = held.key AND o.content = held.content)"
    )


def _read(row: Row) -> Held:
    content, bucket, name, key, *rest = row
    return Held(content, bucket, name, bytes(key).decode(), *rest)
