"""GetBucketAcl: the access control list of a bucket.

Source: Amazon S3 API reference, GetBucketAcl. It works, and shows the owner, also where lists are
switched off.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.pure import acl_requests
from narthex.s3.answer import document_response
from narthex.s3.operation import Call, operation
from narthex.s3.rules import rules_of
from narthex.server import Server


@operation("GetBucketAcl", "GET", "bucket", action="s3:GetBucketAcl", query="acl")
async def get_bucket_acl(call: Call, server: Server) -> Response:
    rules = await rules_of(server.catalog, call.held)
    return document_response(acl_requests.render(rules.acl))
