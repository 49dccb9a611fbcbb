"""GetCallerIdentity: who the caller is. Whoever has a working key may ask, whatever policies say.

Source: AWS STS API reference, GetCallerIdentity.
"""

from __future__ import annotations

from narthex.query_api.document import Fields
from narthex.query_api.operation import Call, Resource
from narthex.server import Server
from narthex.sts.service import STS


@STS.operation("GetCallerIdentity", action="sts:GetCallerIdentity", resource=None)
async def get_caller_identity(call: Call, resource: Resource, server: Server) -> Fields:
    caller = call.identity.principal
    return (("UserId", caller.unique_id), ("Account", caller.account), ("Arn", caller.arn))
