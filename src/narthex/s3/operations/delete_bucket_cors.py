"""DeleteBucketCors: no web page may read what a bucket answers.

Source: Amazon S3 API reference, DeleteBucketCors (its action is s3:PutBucketCORS).
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.s3.cors import CORS
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("DeleteBucketCors", "DELETE", "bucket", action="s3:PutBucketCORS", query="cors")
async def delete_bucket_cors(call: Call, server: Server) -> Response:
    async def work(tx: Transaction) -> None:
        await buckets.detach(tx, call.held.id, CORS)

    await server.catalog.run(work)
    return Response(204)
