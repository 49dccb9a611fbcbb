"""GetObjectLockConfiguration: how long objects are locked: not at all.

Source: Amazon S3 API reference, GetObjectLockConfiguration.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "GetObjectLockConfiguration",
    "GET",
    "bucket",
    action="s3:GetBucketObjectLockConfiguration",
    query="object-lock",
)
async def get_object_lock_configuration(call: Call, server: Server) -> Response:
    raise S3Error("ObjectLockConfigurationNotFoundError", detail=(("BucketName", call.held.name),))
