"""HeadBucket: whether a bucket is there and may be used, and its region.

Source: Amazon S3 API reference, HeadBucket.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.s3.operations.create_bucket import bucket_arn
from narthex.server import Server


@operation("HeadBucket", "HEAD", "bucket", action="s3:ListBucket")
async def head_bucket(call: Call, server: Server) -> Response:
    return Response(
        200,
        (
            ("x-amz-bucket-region", call.held.region or server.settings.home_region),
            bucket_arn(call.held.name),
            ("x-amz-access-point-alias", "false"),
            ("content-type", "application/xml"),
        ),
    )
