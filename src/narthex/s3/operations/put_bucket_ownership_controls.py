"""PutBucketOwnershipControls: say who owns what is uploaded, and whether lists count.

Source: Amazon S3 API reference, PutBucketOwnershipControls.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import acl, ownership
from narthex.s3 import rules
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation(
    "PutBucketOwnershipControls",
    "PUT",
    "bucket",
    action="s3:PutBucketOwnershipControls",
    query="ownershipControls",
)
async def put_bucket_ownership_controls(call: Call, server: Server) -> Response:
    wanted = ownership.read_controls(await read_document(call, MAX_BYTES))
    current = await rules.rules_of(server.catalog, call.held)
    if wanted == ownership.ENFORCED and current.acl != acl.private(call.held.owner):
        raise S3Error("InvalidBucketAclWithObjectOwnership")

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, rules.OWNERSHIP, wanted)

    await server.catalog.run(work)
    return Response(200, (("content-length", "0"),))
