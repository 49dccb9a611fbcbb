"""GetBucketVersioning: whether a bucket keeps versions. None does: nobody ever turned it on.

Source: Amazon S3 API reference, GetBucketVersioning: empty where versioning was never
enabled, as it cannot be here.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "GetBucketVersioning", "GET", "bucket", action="s3:GetBucketVersioning", query="versioning"
)
async def get_bucket_versioning(call: Call, server: Server) -> Response:
    return xml_response("VersioningConfiguration", [])
