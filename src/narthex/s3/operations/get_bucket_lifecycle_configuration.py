"""GetBucketLifecycleConfiguration: which objects and uploads of a bucket end by themselves.

Source: Amazon S3 API reference, GetBucketLifecycleConfiguration.
"""

from __future__ import annotations

from narthex.catalog import buckets
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import lifecycle_document
from narthex.pure.lifecycle_document import MINIMUM
from narthex.s3.answer import document_response
from narthex.s3.lifecycle import LEAST
from narthex.s3.operation import Call, operation
from narthex.s3.rules import LIFECYCLE
from narthex.server import Server


@operation(
    "GetBucketLifecycleConfiguration",
    "GET",
    "bucket",
    action="s3:GetLifecycleConfiguration",
    query="lifecycle",
)
async def get_bucket_lifecycle_configuration(call: Call, server: Server) -> Response:
    kept = await buckets.documents(server.catalog, call.held.id)
    if LIFECYCLE not in kept:
        raise S3Error("NoSuchLifecycleConfiguration", detail=(("BucketName", call.held.name),))
    answer = document_response(kept[LIFECYCLE].encode())
    least = lifecycle_document.minimum(kept.get(LEAST))
    return Response(200, ((MINIMUM, least), *answer.headers), answer.body)
