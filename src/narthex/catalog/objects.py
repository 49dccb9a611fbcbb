"""Objects and the pieces that hold their bytes: find, put, remove, page.

This file never judges a condition and never touches a blob: it dooms those that lose their row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction, doomed
from narthex.catalog.paging import Flow, follow
from narthex.catalog.rows import (
    LISTED,
    OBJECT,
    PIECE,
    PUT_PIECE,
    object_values,
    piece_values,
    read_object,
    read_piece,
    write_pairs,
)
from narthex.http import Pairs
from narthex.model import Object, Piece
from narthex.pure.listing import Span, roll_up

_COLUMNS = len(OBJECT.split(","))
_OF_OBJECT = ", ".join(f"o.{name.strip()}" for name in OBJECT.split(","))
_OF_PIECE = ", ".join(f"p.{name.strip()}" for name in PIECE.split(","))
_FIND = f"SELECT {OBJECT} FROM objects WHERE bucket = ? AND key = ?"
# The hottest read of all: one statement for an object and, when it has one only, its piece.
_FIND_WITH_PIECE = (
    f"SELECT {_OF_OBJECT}, {_OF_PIECE} FROM objects o"
    " LEFT JOIN pieces p ON p.content = o.content AND p.number = 1 AND o.parts = 0"
    " WHERE o.bucket = ? AND o.key = ?"
)
_PAGE = (
    f"SELECT key, {LISTED} FROM objects"
    " WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
)
_PUT = (
    f"INSERT INTO objects (bucket, key, {OBJECT}) VALUES (?, ?, {', '.join('?' * _COLUMNS)})"
    " ON CONFLICT (bucket, key, version) DO UPDATE SET "
    + ", ".join(
        f"{name.strip()} = excluded.{name.strip()}"
        for name in OBJECT.split(",")
        if name != "version"
    )
)
_REMOVE = f"DELETE FROM objects WHERE bucket = ? AND key IN ({doomed.MARKS})"
_LAST_START_BEFORE = (
    "SELECT start FROM pieces WHERE content = ? AND start > 0 AND start <= ?"
    " ORDER BY start DESC LIMIT 1"
)
_PIECES = f"SELECT {PIECE} FROM pieces WHERE content = ? AND start > 0 AND start >= ? AND start < ?"
# The index by start leaves out each content's first piece, the only one of most.
_WITH_FIRST = (
    f"{_PIECES} UNION ALL SELECT {PIECE} FROM pieces WHERE content = ?"
    " AND number = (SELECT MIN(number) FROM pieces WHERE content = ?)"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Objects (without headers and tags) and common prefixes, in order.

    truncated: at least one more would follow. next_after: behind what; "" when none would.
    """

    entries: tuple[Object | str, ...]
    truncated: bool
    next_after: str


async def find(reader: Reader, bucket: str, key: str) -> Object | None:
    """The object under this key. bucket: its id."""
    row = await reader.fetch_one(_FIND, (bucket, key.encode()))
    return None if row is None else read_object(key, row)


async def find_with_piece(
    reader: Reader, bucket: str, key: str
) -> tuple[Object, Piece | None] | None:
    """The object and, when it was not made of parts, its one piece with its inline bytes.

    Raises Corrupt: the inline bytes were altered.
    """
    row = await reader.fetch_one(_FIND_WITH_PIECE, (bucket, key.encode()))
    if row is None:
        return None
    piece = read_piece(row[_COLUMNS:]) if row[_COLUMNS] is not None else None
    return read_object(key, row), piece


async def pieces(reader: Reader, content: str, start: int, end: int) -> list[Piece]:
    """The pieces that hold bytes [start, end) of a content, in order. Raises Corrupt."""
    before = await reader.fetch_one(_LAST_START_BEFORE, (content, start)) if start else None
    if before is not None:
        rows = await reader.fetch(_PIECES, (content, before[0], end))
    else:
        rows = await reader.fetch(_WITH_FIRST, (content, 0, end, content, content))
    return sorted((read_piece(row) for row in rows), key=_by_place)


async def put(
    tx: Transaction, bucket: str, new: Object, pieces: Sequence[Piece], at_us: int
) -> None:
    """The object, in place of one under its key, whose blobs are doomed. bucket: its id."""
    await replace(tx, bucket, new, at_us)
    await tx.execute_many(PUT_PIECE, [(new.content, *piece_values(piece)) for piece in pieces])


async def replace(tx: Transaction, bucket: str, new: Object, at_us: int) -> None:
    """The object's row, in place of one under its key; its pieces are there already."""
    key = new.key.encode()
    old = await tx.fetch_one(
        "SELECT content FROM objects WHERE bucket = ? AND key = ? AND version = ?",
        (bucket, key, new.version),
    )
    if old is not None:
        await doomed.doom_content(tx, old[0], at_us)
    await tx.execute(_PUT, (bucket, key, *object_values(new)))


async def remove(tx: Transaction, bucket: str, key: str, at_us: int) -> bool:
    """The object is gone, its blobs are doomed at `at_us`; whether it was there. bucket: its id."""
    row = await tx.fetch_one(
        "SELECT content FROM objects WHERE bucket = ? AND key = ?", (bucket, key.encode())
    )
    if row is None:
        return False
    await doomed.doom_content(tx, row[0], at_us)
    await tx.execute("DELETE FROM objects WHERE bucket = ? AND key = ?", (bucket, key.encode()))
    return True


async def remove_all(
    tx: Transaction, bucket: str, found: Sequence[tuple[bytes, str]], at_us: int
) -> None:
    """These objects are gone, their blobs are doomed at `at_us`. bucket: its id.

    found: keys (their UTF-8) and contents that are there, doomed.ASKED_AT_ONCE at most.
    """
    if not found:
        return
    await doomed.doom_contents(tx, [content for _, content in found], at_us)
    await tx.execute(_REMOVE, (bucket, *doomed.padded([key for key, _ in found])))


async def set_tags(tx: Transaction, bucket: str, key: str, tags: Pairs) -> bool:
    """The object has these tags and no others; whether it was there. bucket: its id."""
    changed = await tx.execute(
        "UPDATE objects SET tags = ? WHERE bucket = ? AND key = ?",
        (write_pairs(tags), bucket, key.encode()),
    )
    return changed > 0


async def set_acl(tx: Transaction, bucket: str, key: str, acl: str) -> bool:
    """The object has this access control list; whether it was there. bucket: its id."""
    changed = await tx.execute(
        "UPDATE objects SET acl = ? WHERE bucket = ? AND key = ?", (acl, bucket, key.encode())
    )
    return changed > 0


async def page(
    reader: Reader, bucket: str, *, prefix: str, delimiter: str, after: str, limit: int
) -> Page:
    """At most `limit` entries behind `after`, in the order of keys. bucket: its id."""
    if limit < 1:
        return Page((), False, "")

    async def fetch(span: Span[Row]) -> list[Row]:
        return await reader.fetch(_PAGE, (bucket, span.start, span.end, span.most))

    flow: Flow = roll_up(prefix=prefix, delimiter=delimiter, after=after, limit=limit)
    rolled = await follow(flow, fetch)
    entries = tuple(
        entry if isinstance(entry, str) else read_object(entry[0].decode(), entry[1:])
        for entry in rolled.entries
    )
    if not rolled.truncated:
        return Page(entries, False, "")
    last = entries[-1]
    return Page(entries, True, last if isinstance(last, str) else last.key)


def _by_place(piece: Piece) -> tuple[int, int]:
    return piece.start, piece.number
