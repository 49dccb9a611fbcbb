"""DeletePublicAccessBlock: a bucket without blocks of its own. Its account's still count.

Source: Amazon S3 API reference, DeletePublicAccessBlock; it asks for the right to put.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.s3 import rules
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server


@operation(
    "DeletePublicAccessBlock",
    "DELETE",
    "bucket",
    action="s3:PutBucketPublicAccessBlock",
    query="publicAccessBlock",
)
async def delete_public_access_block(call: Call, server: Server) -> Response:
    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, rules.BLOCKS, rules.REMOVED)

    await server.catalog.run(work)
    return Response(204)
