"""GetBucketPolicy: the policy of a bucket, as it was put.

Source: Amazon S3 API reference, GetBucketPolicy.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.s3.policies import refuse_other_accounts
from narthex.s3.rules import rules_of
from narthex.server import Server


@operation("GetBucketPolicy", "GET", "bucket", action="s3:GetBucketPolicy", query="policy")
async def get_bucket_policy(call: Call, server: Server) -> Response:
    refuse_other_accounts(call)
    rules = await rules_of(server.catalog, call.held)
    if rules.policy_text is None:
        raise S3Error("NoSuchBucketPolicy", detail=(("BucketName", call.held.name),))
    body = rules.policy_text.encode()
    headers = (("content-type", "application/json"), ("content-length", str(len(body))))
    return Response(200, headers, body)
