"""DeleteBucketTagging: a bucket without tags. The bucket itself stays.

Source: Amazon S3 API reference, DeleteBucketTagging (its action is s3:PutBucketTagging).
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("DeleteBucketTagging", "DELETE", "bucket", action="s3:PutBucketTagging", query="tagging")
async def delete_bucket_tagging(call: Call, server: Server) -> Response:
    async def work(tx: Transaction) -> None:
        await buckets.detach(tx, call.held.id, "tagging")

    await server.catalog.run(work)
    return Response(204)
