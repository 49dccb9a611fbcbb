"""Make received bytes an object: one transaction, in which the write's conditions are judged.

INVARIANT: the blob is durable before its row exists; when the row is refused, the blob is
forgotten. Readers see the old object or the new one, never a mix.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Transaction, buckets, objects
from narthex.errors import S3Error, Uncertain
from narthex.http import Pairs
from narthex.model import Object
from narthex.pure import conditions, metadata, tags
from narthex.pure.events.records import Event
from narthex.s3.acls import own_new_object
from narthex.s3.held import hold_back
from narthex.s3.operation import Call
from narthex.s3.receive import Received, discard
from narthex.s3.telling import teller_of
from narthex.server import Server


@dataclass(frozen=True, slots=True)
class Draft:
    """What a write says about its object, checked before any of its bytes."""

    headers: Pairs
    tags: Pairs
    storage_class: str
    owner: str  # canonical id
    acl: str

    @classmethod
    async def of(cls, call: Call, server: Server) -> Draft:
        """From the headers (or the signed query) of PUT, copy and create-upload. Raises S3Error."""
        refuse_encryption(call)
        conditions.check_write_shape(call.field("if-match"), call.field("if-none-match"))
        owned = await own_new_object(call.asking, call.held, server)
        return cls(
            metadata.stored_headers(call.fields()),
            tags.parse_header(call.field("x-amz-tagging")),
            metadata.storage_class(call.field("x-amz-storage-class")),
            owned.owner,
            owned.acl,
        )


async def publish(
    call: Call, draft: Draft, received: Received, server: Server, event: str
) -> Object:
    """The object, visible and durable, and told of as this event ("ObjectCreated:...").

    Raises PreconditionFailed, NoSuchKey, NoSuchBucket.
    """
    new = Object(
        key=call.key,
        version="null",
        content=server.new_id(),
        size=received.piece.size,
        etag=received.piece.etag,
        modified_us=server.clock(),
        owner=draft.owner,
        headers=draft.headers,
        tags=draft.tags,
        storage_class=draft.storage_class,
        checksum=received.checksum,
        acl=draft.acl,
    )

    teller = await teller_of(call, server)

    async def work(tx: Transaction) -> None:
        await judge_write(tx, call)
        await objects.put(tx, call.held.id, new, [received.piece], new.modified_us)
        await hold_back(tx, call, new, server)
        await teller.tell(tx, Event(event, new.key, new.modified_us, new.etag, new.size))

    try:
        await server.catalog.run(work)
    except Uncertain:  # the row may be there: its blob stays, and is swept if it is not
        raise
    except BaseException:
        await discard(received, server)
        raise
    teller.ring()
    return new


async def judge_write(tx: Transaction, call: Call) -> None:
    """Refuse the write when its bucket is gone or its conditions do not hold now."""
    await refuse_lost_bucket(tx, call)
    if_match, if_none_match = call.field("if-match"), call.field("if-none-match")
    if if_match is None and if_none_match is None:
        return
    current = await objects.find(tx, call.held.id, call.key)
    conditions.check_write(if_match, if_none_match, current.etag if current else None, call.key)


async def refuse_lost_bucket(tx: Transaction, call: Call) -> None:
    """Refuse a write into a bucket that was deleted (or made anew) since it was authorised."""
    bucket = await buckets.find(tx, call.held.name)
    if bucket is None or bucket.id != call.held.id:
        raise S3Error("NoSuchBucket", detail=(("BucketName", call.held.name),))


def refuse_encryption(call: Call) -> None:
    """What is not encrypted is not claimed to be: SSE headers are refused, not ignored."""
    for name, _ in call.fields():
        if name.startswith("x-amz-server-side-encryption") or name.startswith("x-amz-object-lock-"):
            raise S3Error("NotImplemented", detail=(("Header", name),))
