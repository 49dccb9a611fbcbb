"""DeleteBucketOwnershipControls: no controls; whoever uploads an object then owns it.

Source: Amazon S3 API reference, DeleteBucketOwnershipControls.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.s3 import rules
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server


@operation(
    "DeleteBucketOwnershipControls",
    "DELETE",
    "bucket",
    action="s3:PutBucketOwnershipControls",
    query="ownershipControls",
)
async def delete_bucket_ownership_controls(call: Call, server: Server) -> Response:
    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, rules.OWNERSHIP, rules.REMOVED)

    await server.catalog.run(work)
    return Response(204)
