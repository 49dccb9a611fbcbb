"""PutBucketCors: say which web pages may read what a bucket answers.

Source: Amazon S3 API reference, PutBucketCors.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.pure import cors
from narthex.s3.answer import read_document
from narthex.s3.cors import CORS
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server


@operation("PutBucketCors", "PUT", "bucket", action="s3:PutBucketCORS", query="cors")
async def put_bucket_cors(call: Call, server: Server) -> Response:
    rules = cors.read(await read_document(call, cors.MOST_BYTES))

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, CORS, cors.render(rules).decode())

    await server.catalog.run(work)
    return Response(200, (("content-length", "0"),))
