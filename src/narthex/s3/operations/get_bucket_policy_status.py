"""GetBucketPolicyStatus: whether the bucket's policy lets strangers in. ACLs do not count here.

Source: Amazon S3 API reference, GetBucketPolicyStatus.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.s3.rules import rules_of
from narthex.server import Server


@operation(
    "GetBucketPolicyStatus",
    "GET",
    "bucket",
    action="s3:GetBucketPolicyStatus",
    query="policyStatus",
)
async def get_bucket_policy_status(call: Call, server: Server) -> Response:
    rules = await rules_of(server.catalog, call.held)
    if rules.policy is None:
        raise S3Error("NoSuchBucketPolicy", detail=(("BucketName", call.held.name),))
    return xml_response("PolicyStatus", [("IsPublic", "true" if rules.is_public else "false")])
