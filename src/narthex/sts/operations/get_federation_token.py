"""GetFederationToken: temporary credentials for somebody else: the caller's rights, narrowed.

Without a session policy they allow nothing by themselves.
Source: AWS STS API reference, GetFederationToken.
"""

from __future__ import annotations

from narthex.query_api.document import Fields
from narthex.query_api.operation import Call, Resource
from narthex.server import Server
from narthex.sts.issue import Wanted, checked_tags, issue, packed_size, session_policies
from narthex.sts.service import STS

DEFAULT = 43_200  # seconds
LONGEST_OF_ROOT = 3600


async def federated_user(call: Call, server: Server) -> Resource:
    """The federated user of this name, who exists by being named."""
    return Resource(f"arn:aws:sts::{call.account}:federated-user/{call.arguments['Name']}")


@STS.operation(
    "GetFederationToken",
    action="sts:GetFederationToken",
    resource=federated_user,
    needs="Name",
    takes="Policy PolicyArns DurationSeconds Tags",
)
async def get_federation_token(call: Call, resource: Resource, server: Server) -> Fields:
    given, caller = call.arguments, call.identity.principal
    texts, managed = await session_policies(call, server.catalog, call.account)
    tags = checked_tags(given.pairs("Tags"))
    seconds, owner = given.number("DurationSeconds", DEFAULT), caller.unique_id
    if caller.kind == "root":
        seconds, owner = min(seconds, LONGEST_OF_ROOT), ""
    wanted = Wanted("federated", call.account, owner, seconds, given["Name"], texts, managed, tags)
    issued = await issue(call, server, wanted)
    user: Fields = (
        ("FederatedUserId", f"{call.account}:{given['Name']}"),
        ("Arn", resource.arn),
    )
    return (
        ("Credentials", issued.fields),
        ("FederatedUser", user),
        ("PackedPolicySize", packed_size(given.maybe("Policy"), tags)),
    )
