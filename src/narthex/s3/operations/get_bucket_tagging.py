"""GetBucketTagging: the tags of a bucket.

Source: Amazon S3 API reference, GetBucketTagging.
"""

from __future__ import annotations

from narthex.catalog import buckets
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import tags
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("GetBucketTagging", "GET", "bucket", action="s3:GetBucketTagging", query="tagging")
async def get_bucket_tagging(call: Call, server: Server) -> Response:
    text = await buckets.attached(server.catalog, call.held.id, "tagging")
    if text is None:
        raise S3Error("NoSuchTagSet", detail=(("BucketName", call.held.name),))
    return xml_response("Tagging", tags.elements(tags.from_text(text)))
