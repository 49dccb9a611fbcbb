"""PutPublicAccessBlock of an account: set the blocks that count for all of its buckets.

Source: Amazon S3 Control API reference, PutPublicAccessBlock.
"""

from __future__ import annotations

from narthex.catalog import Transaction, accounts
from narthex.http import Response
from narthex.pure import public_access
from narthex.s3.account_blocks import NAMESPACE, S3_NAMESPACE, own_account
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation("PutAccountPublicAccessBlock", "PUT", "account", action="s3:PutAccountPublicAccessBlock")
async def put_account_public_access_block(call: Call, server: Server) -> Response:
    account = own_account(call)
    body = (await read_document(call, MAX_BYTES)).replace(NAMESPACE, S3_NAMESPACE)
    blocks = public_access.read_document(body)

    async def work(tx: Transaction) -> None:
        await accounts.set_blocks(tx, account, public_access.write(blocks))

    await server.catalog.run(work)
    return Response(200, (("content-length", "0"),))
