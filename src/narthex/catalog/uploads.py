"""Multipart uploads in progress and their parts, which become an object without being copied.

The parts are pieces whose content is the upload's id; completing makes that the object's content.
This file never judges which parts are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction, doomed, objects
from narthex.catalog.paging import follow
from narthex.catalog.rows import (
    PART,
    PUT_PIECE,
    UPLOAD,
    is_word,
    piece_values,
    read_piece,
    read_upload,
    upload_values,
)
from narthex.model import Object, Piece, Upload
from narthex.pure.listing import Span, roll_up

_FIND = f"SELECT {UPLOAD} FROM uploads WHERE id = ? AND bucket = ? AND key = ?"
_PAGE = (
    f"SELECT key, initiated_us, {UPLOAD} FROM uploads"
    " WHERE bucket = ? AND (key, initiated_us, id) > (?, ?, ?) AND key < ?"
    " ORDER BY key, initiated_us, id LIMIT ?"
)
_PARTS = f"SELECT {PART} FROM pieces WHERE content = ? AND number > ? ORDER BY number LIMIT ?"


@dataclass(frozen=True, slots=True)
class Page:
    """Uploads and common prefixes, in order.

    next_key, next_upload_id: of the last entry; next_upload_id is "" when that is a prefix.
    """

    entries: tuple[Upload | str, ...]
    truncated: bool
    next_key: str
    next_upload_id: str


async def create(tx: Transaction, upload: Upload) -> None:
    """A new upload without parts."""
    await tx.execute(
        f"INSERT INTO uploads ({UPLOAD}) VALUES ({', '.join('?' * 12)})", upload_values(upload)
    )


async def find(reader: Reader, bucket: str, key: str, upload_id: str) -> Upload | None:
    """The upload of this id, if it is for this key of this bucket (its id)."""
    if not is_word(upload_id):
        return None
    row = await reader.fetch_one(_FIND, (upload_id, bucket, key.encode()))
    return None if row is None else read_upload(row)


async def put_part(tx: Transaction, upload: Upload, part: Piece, at_us: int) -> None:
    """The part, in place of one with its number whose blob is doomed at `at_us`."""
    await doomed.doom_pieces(tx, upload.id, [part.number], at_us)
    await tx.execute(PUT_PIECE, (upload.id, *piece_values(part)))


async def parts(reader: Reader, upload_id: str, after: int, limit: int) -> list[Piece]:
    """Parts with numbers behind `after`, by number; without their bytes and sums."""
    rows = await reader.fetch(_PARTS, (upload_id, after, limit))
    return [read_piece(row) for row in rows]


async def stored_size(reader: Reader, upload_id: str, number: int | None = None) -> int:
    """Bytes of all parts that are there, or of the one with this number; 0 for none."""
    row = await reader.fetch_one(
        "SELECT CAST(SUM(size) AS BIGINT) FROM pieces WHERE content = ?"
        + ("" if number is None else " AND number = ?"),
        (upload_id,) if number is None else (upload_id, number),
    )
    return int(row[0] or 0) if row else 0


async def complete(
    tx: Transaction, upload: Upload, new: Object, chosen: Sequence[Piece], at_us: int
) -> None:
    """The object of the chosen parts, in place of one under its key; the other parts are doomed.

    new.content is the upload's id. chosen: in order, each with its number and its start.
    """
    kept = {part.number for part in chosen}
    rows = await tx.fetch("SELECT number FROM pieces WHERE content = ?", (upload.id,))
    left_out = [number for (number,) in rows if number not in kept]
    if left_out:
        await doomed.doom_pieces(tx, upload.id, left_out, at_us)
    await tx.execute_many(
        "UPDATE pieces SET start = ? WHERE content = ? AND number = ?",
        [(part.start, upload.id, part.number) for part in chosen if part.start],
    )
    await objects.replace(tx, upload.bucket, new, at_us)
    await tx.execute("DELETE FROM uploads WHERE id = ?", (upload.id,))


async def abort(tx: Transaction, upload: Upload, at_us: int) -> None:
    """The upload is gone, and its parts are doomed at `at_us`."""
    await doomed.doom_content(tx, upload.id, at_us)
    await tx.execute("DELETE FROM uploads WHERE id = ?", (upload.id,))


async def abort_all(tx: Transaction, bucket: str, at_us: int) -> None:
    """No upload is left in this bucket (its id), and their parts are doomed at `at_us`."""
    of_bucket = "(SELECT id FROM uploads WHERE bucket = ?)"
    await tx.execute(
        "INSERT INTO doomed (blob, at_us)"
        f" SELECT blob, ? FROM pieces WHERE content IN {of_bucket} AND blob IS NOT NULL",
        (at_us, bucket),
    )
    await tx.execute(f"DELETE FROM pieces WHERE content IN {of_bucket}", (bucket,))
    await tx.execute("DELETE FROM uploads WHERE bucket = ?", (bucket,))


async def page(
    reader: Reader,
    bucket: str,
    *,
    prefix: str,
    delimiter: str,
    key_marker: str,
    upload_id_marker: str,
    limit: int,
) -> Page:
    """At most `limit` entries behind the markers, by key and then by age. bucket: its id.

    upload_id_marker: "" leaves out all uploads of key_marker; the id of one that is gone, none.
    """
    if limit < 1:
        return Page((), False, "", "")
    after, behind = key_marker, None
    if upload_id_marker:
        marker = await find(reader, bucket, key_marker, upload_id_marker)
        began = marker.initiated_us if marker else -1
        behind = (key_marker.encode(), began, upload_id_marker if marker else "")

    async def fetch(span: Span[Row]) -> list[Row]:
        seen = (span.start, -1, "") if span.behind is None else span.behind[:3]
        return await reader.fetch(_PAGE, (bucket, *seen, span.end, span.most))

    flow = roll_up(prefix=prefix, delimiter=delimiter, after=after, limit=limit, behind=behind)
    rolled = await follow(flow, fetch)
    entries = tuple(
        entry if isinstance(entry, str) else read_upload(entry[2:]) for entry in rolled.entries
    )
    if not entries:
        return Page((), False, "", "")
    last = entries[-1]
    if isinstance(last, str):
        return Page(entries, rolled.truncated, last, "")
    return Page(entries, rolled.truncated, last.key, last.id)
