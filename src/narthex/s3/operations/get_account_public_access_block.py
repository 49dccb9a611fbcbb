"""GetPublicAccessBlock of an account: the blocks that count for all of its buckets.

Source: Amazon S3 Control API reference, GetPublicAccessBlock.
"""

from __future__ import annotations

from narthex.catalog import accounts
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import public_access
from narthex.s3.account_blocks import own_account
from narthex.s3.answer import document_response
from narthex.s3.operation import Call, operation
from narthex.s3.rules import account_blocks
from narthex.server import Server


@operation("GetAccountPublicAccessBlock", "GET", "account", action="s3:GetAccountPublicAccessBlock")
async def get_account_public_access_block(call: Call, server: Server) -> Response:
    account = own_account(call)
    blocks = account_blocks(await accounts.blocks(server.catalog, account))
    if blocks == public_access.NONE:
        raise S3Error("NoSuchPublicAccessBlockConfiguration", detail=(("AccountId", account),))
    return document_response(public_access.render(blocks))
