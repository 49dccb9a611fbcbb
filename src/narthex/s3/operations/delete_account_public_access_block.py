"""DeletePublicAccessBlock of an account: its buckets have their own blocks only.

Source: Amazon S3 Control API reference, DeletePublicAccessBlock; it asks for the right to put.
"""

from __future__ import annotations

from narthex.catalog import Transaction, accounts
from narthex.http import Response
from narthex.pure import public_access
from narthex.s3.account_blocks import own_account
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "DeleteAccountPublicAccessBlock", "DELETE", "account", action="s3:PutAccountPublicAccessBlock"
)
async def delete_account_public_access_block(call: Call, server: Server) -> Response:
    account = own_account(call)

    async def work(tx: Transaction) -> None:
        await accounts.set_blocks(tx, account, public_access.write(public_access.NONE))

    await server.catalog.run(work)
    return Response(204)
