"""GetBucketEncryption: how objects are encrypted at rest: not by narthex, so none is claimed.

Source: Amazon S3 API reference, GetBucketEncryption. Disks are encrypted below narthex,
or not at all.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "GetBucketEncryption",
    "GET",
    "bucket",
    action="s3:GetEncryptionConfiguration",
    query="encryption",
)
async def get_bucket_encryption(call: Call, server: Server) -> Response:
    raise S3Error(
        "ServerSideEncryptionConfigurationNotFoundError", detail=(("BucketName", call.held.name),)
    )
