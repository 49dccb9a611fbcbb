"""GetBucketCors: which web pages may read what a bucket answers.

Source: Amazon S3 API reference, GetBucketCors.
"""

from __future__ import annotations

from narthex.catalog import buckets
from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.answer import document_response
from narthex.s3.cors import CORS
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("GetBucketCors", "GET", "bucket", action="s3:GetBucketCORS", query="cors")
async def get_bucket_cors(call: Call, server: Server) -> Response:
    text = await buckets.attached(server.catalog, call.held.id, CORS)
    if text is None:
        raise S3Error("NoSuchCORSConfiguration", detail=(("BucketName", call.held.name),))
    return document_response(text.encode())
