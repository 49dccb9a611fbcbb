"""GetBucketOwnershipControls: who owns what is uploaded.

Source: Amazon S3 API reference, GetBucketOwnershipControls.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import ownership
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.s3.rules import rules_of
from narthex.server import Server


@operation(
    "GetBucketOwnershipControls",
    "GET",
    "bucket",
    action="s3:GetBucketOwnershipControls",
    query="ownershipControls",
)
async def get_bucket_ownership_controls(call: Call, server: Server) -> Response:
    rules = await rules_of(server.catalog, call.held)
    if not rules.ownership:
        raise S3Error("OwnershipControlsNotFoundError", detail=(("BucketName", call.held.name),))
    return xml_response("OwnershipControls", ownership.elements(rules.ownership))
