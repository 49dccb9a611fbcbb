"""DeleteBucket: remove an empty bucket; unfinished uploads go with it.

Source: Amazon S3 API reference, DeleteBucket.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("DeleteBucket", "DELETE", "bucket", action="s3:DeleteBucket")
async def delete_bucket(call: Call, server: Server) -> Response:
    bucket = call.held

    async def work(tx: Transaction) -> None:
        if not await buckets.is_empty(tx, bucket.id):
            raise S3Error("BucketNotEmpty", detail=(("BucketName", bucket.name),))
        await buckets.remove(tx, bucket.id, server.clock())

    await server.catalog.run(work)
    return Response(204)
