"""PutBucketTagging: replace the tags of a bucket.

Source: Amazon S3 API reference, PutBucketTagging.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.pure import documents, tags
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation("PutBucketTagging", "PUT", "bucket", action="s3:PutBucketTagging", query="tagging")
async def put_bucket_tagging(call: Call, server: Server) -> Response:
    wanted = documents.read_tagging(await read_document(call, MAX_BYTES))
    tags.check_bucket_tags(wanted)

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, "tagging", tags.to_text(wanted))

    await server.catalog.run(work)
    return Response(204)
