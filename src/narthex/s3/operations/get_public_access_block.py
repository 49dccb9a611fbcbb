"""GetPublicAccessBlock: the four blocks of a bucket, without its account's.

Source: Amazon S3 API reference, GetPublicAccessBlock.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import public_access
from narthex.s3.answer import document_response
from narthex.s3.operation import Call, operation
from narthex.s3.rules import rules_of
from narthex.server import Server


@operation(
    "GetPublicAccessBlock",
    "GET",
    "bucket",
    action="s3:GetBucketPublicAccessBlock",
    query="publicAccessBlock",
)
async def get_public_access_block(call: Call, server: Server) -> Response:
    rules = await rules_of(server.catalog, call.held)
    if rules.own_blocks is None:
        raise S3Error(
            "NoSuchPublicAccessBlockConfiguration", detail=(("BucketName", call.held.name),)
        )
    return document_response(public_access.render(rules.own_blocks))
