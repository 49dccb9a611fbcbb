"""GetBucketLogging: where S3's access logs go: nowhere. `narthex audit` has what they would tell.

Source: Amazon S3 API reference, GetBucketLogging: empty where it is off.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("GetBucketLogging", "GET", "bucket", action="s3:GetBucketLogging", query="logging")
async def get_bucket_logging(call: Call, server: Server) -> Response:
    return xml_response("BucketLoggingStatus", [])
