"""DeleteObject: the key is gone afterwards, whether it was there or not.

Source: Amazon S3 API reference, DeleteObject.
"""

from __future__ import annotations

from narthex.catalog import Transaction, objects
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import conditions
from narthex.pure.events.records import Event
from narthex.s3.operation import Call, operation
from narthex.s3.select import check_version
from narthex.s3.telling import teller_of
from narthex.server import Server

# Conditions that S3 knows for directory buckets only.
UNSUPPORTED = ("x-amz-if-match-size", "x-amz-if-match-last-modified-time")


@operation("DeleteObject", "DELETE", "object", action="s3:DeleteObject")
async def delete_object(call: Call, server: Server) -> Response:
    check_version(call)
    for name in UNSUPPORTED:
        if call.field(name) is not None:
            raise S3Error("NotImplemented", detail=(("Header", name),))
    if_match = call.field("if-match")
    teller = await teller_of(call, server)

    async def work(tx: Transaction) -> None:
        if if_match is not None:
            current = await objects.find(tx, call.held.id, call.key)
            conditions.check_delete(if_match, current.etag if current else None, call.key)
        now = server.clock()
        if await objects.remove(tx, call.held.id, call.key, now):
            await teller.tell(tx, Event("ObjectRemoved:Delete", call.key, now))

    await server.catalog.run(work)
    teller.ring()
    return Response(204)
