"""PutBucketAcl: replace the access control list of a bucket, by headers or by a document.

Source: Amazon S3 API reference, PutBucketAcl.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.pure import acl
from narthex.pure.acl_requests import from_put
from narthex.s3 import rules
from narthex.s3.acls import accept
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation("PutBucketAcl", "PUT", "bucket", action="s3:PutBucketAcl", query="acl")
async def put_bucket_acl(call: Call, server: Server) -> Response:
    body = await read_document(call, MAX_BYTES)
    owner = call.held.owner
    asked = from_put(call.field, body, owner=owner, bucket_owner=owner, on="bucket")
    current = await rules.rules_of(server.catalog, call.held)
    listed = acl.write(await accept(asked, call.held, current, server))

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, rules.ACL, listed)

    await server.catalog.run(work)
    return Response(200, (("content-length", "0"),))
