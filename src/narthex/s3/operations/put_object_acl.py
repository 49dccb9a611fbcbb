"""PutObjectAcl: replace the access control list of an object, by headers or by a document.

Source: Amazon S3 API reference, PutObjectAcl.
"""

from __future__ import annotations

from narthex.catalog import Transaction, objects
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import acl
from narthex.pure.acl_requests import from_put
from narthex.pure.events.records import Event
from narthex.s3.acls import accept
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.s3.rules import rules_of
from narthex.s3.select import check_version
from narthex.s3.telling import teller_of
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation("PutObjectAcl", "PUT", "object", action="s3:PutObjectAcl", query="acl")
async def put_object_acl(call: Call, server: Server) -> Response:
    check_version(call)
    body = await read_document(call, MAX_BYTES)
    found = await objects.find(server.catalog, call.held.id, call.key)
    if found is None:
        raise S3Error("NoSuchKey", detail=(("Key", call.key),))
    asked = from_put(call.field, body, owner=found.owner, bucket_owner=call.held.owner, on="object")
    rules = await rules_of(server.catalog, call.held)
    listed = acl.write(await accept(asked, call.held, rules, server))
    teller = await teller_of(call, server)

    async def work(tx: Transaction) -> None:
        if not await objects.set_acl(tx, call.held.id, call.key, listed):
            raise S3Error("NoSuchKey", detail=(("Key", call.key),))
        await teller.tell(tx, Event("ObjectAcl:Put", call.key, server.clock(), found.etag))

    await server.catalog.run(work)
    teller.ring()
    return Response(200, (("content-length", "0"),))
