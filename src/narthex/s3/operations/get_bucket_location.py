"""GetBucketLocation: the region given when the bucket was made; empty means us-east-1.

Source: Amazon S3 API reference, GetBucketLocation.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("GetBucketLocation", "GET", "bucket", action="s3:GetBucketLocation", query="location")
async def get_bucket_location(call: Call, server: Server) -> Response:
    return xml_response("LocationConstraint", call.held.region)
