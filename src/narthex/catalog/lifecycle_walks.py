"""The walks that end objects by rules: which is due, where it goes on, and the rows on its way.

This file never knows a rule and removes nothing: `objects` and `uploads` do. Rows are read by the
index of their keys, a bounded number at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction, doomed
from narthex.catalog.rows import read_pairs
from narthex.http import Pairs

OBJECTS, UPLOADS = "objects", "uploads"
_WALK = "bucket, due_us, began_us, stage, key, at_us, upload, soonest_us"
_PUT = (
    f"INSERT INTO lifecycle_walks ({_WALK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (bucket) DO UPDATE SET due_us = excluded.due_us, began_us = excluded.began_us,"
    " stage = excluded.stage, key = excluded.key, at_us = excluded.at_us,"
    " upload = excluded.upload, soonest_us = excluded.soonest_us"
)
_PASSED = "SELECT key, content, size, modified_us, tags FROM objects WHERE bucket = ? AND key"
_OBJECTS = f"{_PASSED} >= ? AND key < ? ORDER BY key LIMIT ?"
_STILL = f"{_PASSED} IN ({doomed.MARKS}) ORDER BY key"
_UPLOADS = (
    "SELECT key, initiated_us, id FROM uploads"
    " WHERE bucket = ? AND (key, initiated_us, id) > (?, ?, ?) AND key < ?"
    " ORDER BY key, initiated_us, id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Walk:
    """One bucket's (its id). Its fields are those of the table; key "" is before all keys."""

    bucket: str
    due_us: int
    began_us: int = 0
    stage: str = OBJECTS
    key: bytes = b""
    at_us: int = -1
    upload: str = ""
    soonest_us: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """An object that a walk comes by. key: its UTF-8, as it is ordered."""

    key: bytes
    content: str
    size: int
    made_us: int
    tags: Pairs


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload in progress that a walk comes by."""

    key: bytes
    begun_us: int
    id: str


async def put(tx: Transaction, walk: Walk) -> None:
    """The walk of its bucket is this one now."""
    await tx.execute(
        _PUT,
        (
            walk.bucket,
            walk.due_us,
            walk.began_us,
            walk.stage,
            walk.key,
            walk.at_us,
            walk.upload,
            walk.soonest_us,
        ),
    )


async def remove(tx: Transaction, bucket: str) -> None:
    """The bucket (its id) has no rules any more."""
    await tx.execute("DELETE FROM lifecycle_walks WHERE bucket = ?", (bucket,))


async def due(reader: Reader, now_us: int) -> Walk | None:
    """The walk that has waited longest of those that are due."""
    row = await reader.fetch_one(
        f"SELECT {_WALK} FROM lifecycle_walks WHERE due_us <= ? ORDER BY due_us, bucket LIMIT 1",
        (now_us,),
    )
    return None if row is None else Walk(*row)


async def find(reader: Reader, bucket: str) -> Walk | None:
    """The walk of a bucket (its id)."""
    row = await reader.fetch_one(f"SELECT {_WALK} FROM lifecycle_walks WHERE bucket = ?", (bucket,))
    return None if row is None else Walk(*row)


async def objects_from(
    reader: Reader, bucket: str, start: bytes, end: bytes, limit: int
) -> list[Passed]:
    """Objects with keys in [start, end), in order, at most `limit`."""
    rows = await reader.fetch(_OBJECTS, (bucket, start, end, limit))
    return [_passed(row) for row in rows]


async def still(reader: Reader, bucket: str, passed: Sequence[Passed]) -> list[Passed]:
    """Those of these that are there and were not written anew, as they are now, in order.

    passed: of the bucket (its id), doomed.ASKED_AT_ONCE at most.
    """
    keys = doomed.padded([one.key for one in passed])
    same = {one.content for one in passed}
    rows = await reader.fetch(_STILL, (bucket, *keys))
    return [_passed(row) for row in rows if row[1] in same]


async def uploads_behind(
    reader: Reader, bucket: str, behind: tuple[bytes, int, str], end: bytes, limit: int
) -> list[Begun]:
    """Uploads behind one of this key, time and id, with keys before `end`, at most `limit`."""
    rows = await reader.fetch(_UPLOADS, (bucket, *behind, end, limit))
    return [Begun(*row) for row in rows]


def _passed(row: Row) -> Passed:
    tags = read_pairs(row[4]) if row[4] != "[]" else ()
    return Passed(row[0], row[1], row[2], row[3], tags)
