"""GetSessionToken: temporary credentials with the caller's own rights, but no way into IAM.

No permission is needed, as on AWS; a statement that denies it is obeyed.
Source: AWS STS API reference, GetSessionToken.
"""

from __future__ import annotations

from narthex.pure.policy import Reason, denial
from narthex.query_api.authorize import Asked, decide
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server
from narthex.sts.issue import Wanted, issue, refuse_second_factor
from narthex.sts.service import STS

DEFAULT = 43_200  # seconds
LONGEST_OF_ROOT = 3600


@STS.operation(
    "GetSessionToken",
    action="sts:GetSessionToken",
    resource=None,
    takes="DurationSeconds SerialNumber TokenCode",
)
async def get_session_token(call: Call, resource: Resource, server: Server) -> Fields:
    asked = Asked("sts:GetSessionToken", "*", call.account)
    access, decision = decide(call.identity, asked, call.wire)
    if decision.reason is Reason.EXPLICIT_DENY:
        raise QueryError("AccessDenied", denial(access, decision))
    refuse_second_factor(call)
    caller = call.identity.principal
    seconds = call.arguments.number("DurationSeconds", DEFAULT)
    if caller.kind == "root":
        wanted = Wanted("root", call.account, "", min(seconds, LONGEST_OF_ROOT))
    else:
        wanted = Wanted("user", call.account, caller.unique_id, seconds)
    issued = await issue(call, server, wanted)
    return (("Credentials", issued.fields),)
