"""GetAccessKeyInfo: the account of an access key, if it is the caller's own.

AWS tells the account of any key; here one account learns nothing of another.
Source: AWS STS API reference, GetAccessKeyInfo.
"""

from __future__ import annotations

from narthex.catalog import accounts, sessions
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server
from narthex.sts.service import STS


async def anything(call: Call, server: Server) -> Resource:
    """No resource in particular."""
    return Resource("*")


@STS.operation(
    "GetAccessKeyInfo", action="sts:GetAccessKeyInfo", resource=anything, needs="AccessKeyId"
)
async def get_access_key_info(call: Call, resource: Resource, server: Server) -> Fields:
    wanted = call.arguments["AccessKeyId"]
    key = await accounts.find_key(server.catalog, wanted)
    account = key.principal.account if key is not None else ""
    if key is None:
        session = await sessions.find(server.catalog, wanted)
        account = session.account if session is not None else ""
    if account != call.account:
        raise QueryError("AccessDenied", "The access key is not one of your account.")
    return (("Account", account),)
