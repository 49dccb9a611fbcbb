"""PutPublicAccessBlock: set the four blocks of a bucket.

Source: Amazon S3 API reference, PutPublicAccessBlock.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.pure import public_access
from narthex.s3 import rules
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation(
    "PutPublicAccessBlock",
    "PUT",
    "bucket",
    action="s3:PutBucketPublicAccessBlock",
    query="publicAccessBlock",
)
async def put_public_access_block(call: Call, server: Server) -> Response:
    blocks = public_access.read_document(await read_document(call, MAX_BYTES))

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, rules.BLOCKS, public_access.write(blocks))

    await server.catalog.run(work)
    return Response(200, (("content-length", "0"),))
