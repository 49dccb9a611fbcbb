"""GetBucketAccelerateConfiguration: whether transfers are accelerated: none is.

Source: Amazon S3 API reference, GetBucketAccelerateConfiguration: empty where it was
never enabled.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "GetBucketAccelerateConfiguration",
    "GET",
    "bucket",
    action="s3:GetAccelerateConfiguration",
    query="accelerate",
)
async def get_bucket_accelerate_configuration(call: Call, server: Server) -> Response:
    return xml_response("AccelerateConfiguration", [])
