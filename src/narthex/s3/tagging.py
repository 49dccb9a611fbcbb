"""Set the tags of an object that is there, in one transaction."""

from __future__ import annotations

from narthex.catalog import Transaction, objects
from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.s3.operation import Call
from narthex.server import Server


async def set_object_tags(call: Call, wanted: Pairs, server: Server) -> None:
    """Replace all tags. Raises NoSuchKey."""

    async def work(tx: Transaction) -> None:
        if await objects.find(tx, call.held.id, call.key) is None:
            raise S3Error("NoSuchKey", detail=(("Key", call.key),))
        await objects.set_tags(tx, call.held.id, call.key, wanted)

    await server.catalog.run(work)
