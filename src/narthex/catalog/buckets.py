"""Buckets and the small documents attached to them.

This file never knows what a document means.
"""

from __future__ import annotations

from narthex.catalog import Reader, Transaction, lifecycle_walks, uploads
from narthex.catalog.rows import is_word
from narthex.model import Bucket

_BUCKET = (
    "SELECT b.id, b.name, b.account, a.canonical_id, b.region, b.created_us, b.revision, a.blocks"
    " FROM buckets b JOIN accounts a ON a.id = b.account"
)
_FIND = f"{_BUCKET} WHERE b.name = ?"
_FIND_BY_ID = f"{_BUCKET} WHERE b.id = ?"
BEHIND_ASCII = (
    "\x7f"  # bucket names are ASCII: behind every name that begins with what is before it
)


async def find(reader: Reader, name: str) -> Bucket | None:
    """The bucket of this name, whoever owns it."""
    if not is_word(name):
        return None
    row = await reader.fetch_one(_FIND, (name,))
    return None if row is None else Bucket(*row)


async def find_by_id(reader: Reader, id: str) -> Bucket | None:
    """The bucket of this id."""
    row = await reader.fetch_one(_FIND_BY_ID, (id,))
    return None if row is None else Bucket(*row)


async def create(tx: Transaction, bucket: Bucket) -> None:
    """A new bucket. Raises Conflict when the name is taken, by any account."""
    await tx.execute(
        "INSERT INTO buckets (name, id, account, region, created_us) VALUES (?, ?, ?, ?, ?)",
        (bucket.name, bucket.id, bucket.account, bucket.region, bucket.created_us),
    )


async def is_empty(reader: Reader, bucket: str) -> bool:
    """Whether it holds no object. bucket: its id. Unfinished uploads do not count."""
    row = await reader.fetch_one("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,))
    return row is None


async def remove(tx: Transaction, bucket: str, at_us: int) -> None:
    """The empty bucket is gone, with its documents and unfinished uploads. bucket: its id.

    Its automations stop.
    """
    await uploads.abort_all(tx, bucket, at_us)
    await tx.execute(
        "UPDATE automations SET state = 'stopped', reason = 'its bucket was deleted'"
        " WHERE bucket_id = ?",
        (bucket,),
    )
    await lifecycle_walks.remove(tx, bucket)
    await tx.execute("DELETE FROM bucket_documents WHERE bucket = ?", (bucket,))
    await tx.execute("DELETE FROM buckets WHERE id = ?", (bucket,))


async def page(reader: Reader, account: str, prefix: str, after: str, limit: int) -> list[Bucket]:
    """The account's buckets with this prefix behind the name `after`, by name, at most `limit`."""
    if not is_word(prefix):
        return []
    after = after.partition("\0")[0]  # no name lies between
    rows = await reader.fetch(
        f"{_BUCKET} WHERE b.account = ? AND b.name >= ? AND b.name < ? AND b.name > ?"
        " ORDER BY b.name LIMIT ?",
        (account, prefix, prefix + BEHIND_ASCII, after, limit),
    )
    return [Bucket(*row) for row in rows]


async def attach(tx: Transaction, bucket: str, kind: str, text: str) -> None:
    """Keep the bucket's document of this kind, in place of the one before. bucket: its id."""
    await tx.execute(
        "INSERT INTO bucket_documents (bucket, kind, text) VALUES (?, ?, ?)"
        " ON CONFLICT (bucket, kind) DO UPDATE SET text = excluded.text",
        (bucket, kind, text),
    )
    await _move_revision(tx, bucket)


async def attached(reader: Reader, bucket: str, kind: str) -> str | None:
    """The bucket's document of this kind. bucket: its id."""
    row = await reader.fetch_one(
        "SELECT text FROM bucket_documents WHERE bucket = ? AND kind = ?", (bucket, kind)
    )
    return None if row is None else row[0]


async def detach(tx: Transaction, bucket: str, kind: str) -> None:
    """No document of this kind, whether there was one or not. bucket: its id."""
    await tx.execute("DELETE FROM bucket_documents WHERE bucket = ? AND kind = ?", (bucket, kind))
    await _move_revision(tx, bucket)


async def documents(reader: Reader, bucket: str) -> dict[str, str]:
    """All documents of a bucket, by kind. bucket: its id."""
    rows = await reader.fetch("SELECT kind, text FROM bucket_documents WHERE bucket = ?", (bucket,))
    return {row[0]: row[1] for row in rows}


async def _move_revision(tx: Transaction, bucket: str) -> None:
    await tx.execute("UPDATE buckets SET revision = revision + 1 WHERE id = ?", (bucket,))
