"""GetBucketReplication: where a bucket is replicated to: nowhere. The stores below replicate.

Source: Amazon S3 API reference, GetBucketReplication.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "GetBucketReplication",
    "GET",
    "bucket",
    action="s3:GetReplicationConfiguration",
    query="replication",
)
async def get_bucket_replication(call: Call, server: Server) -> Response:
    raise S3Error("ReplicationConfigurationNotFoundError", detail=(("BucketName", call.held.name),))
