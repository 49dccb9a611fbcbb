"""Set the tags of an object that is there, in one transaction."""

from __future__ import annotations

from narthex.catalog import Transaction, objects
from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.pure.events.records import Event
from narthex.s3.operation import Call
from narthex.s3.telling import teller_of
from narthex.server import Server


async def set_object_tags(call: Call, wanted: Pairs, server: Server, event: str) -> None:
    """Replace all tags, told of as this event ("ObjectTagging:..."). Raises NoSuchKey."""
    teller = await teller_of(call, server)

    async def work(tx: Transaction) -> None:
        found = await objects.find(tx, call.held.id, call.key)
        if found is None:
            raise S3Error("NoSuchKey", detail=(("Key", call.key),))
        await objects.set_tags(tx, call.held.id, call.key, wanted)
        await teller.tell(tx, Event(event, call.key, server.clock(), found.etag))

    await server.catalog.run(work)
    teller.ring()
