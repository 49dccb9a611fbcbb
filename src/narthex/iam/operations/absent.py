"""What IAM has and narthex has not: lists that are always empty, a login that nobody has.

Tools ask for these before they delete a user or a role; an answer lets them go on. This file never
makes anything: what would create one of these is refused as an unknown action.
Source: IAM API reference, ListMFADevices, GetLoginProfile, ListInstanceProfilesForRole and others.
"""

from __future__ import annotations

from narthex.iam import pages, targets
from narthex.iam.service import IAM
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Find, Resource, Run
from narthex.server import Server

_PAGED: Fields = (("IsTruncated", False),)
# action -> what it is asked on, what it needs, and the name of its list
_LISTS: dict[str, tuple[Find, str, str]] = {
    "ListInstanceProfilesForRole": (targets.existing("role"), "RoleName", "InstanceProfiles"),
    "ListMFADevices": (targets.own_user, "", "MFADevices"),
    "ListSSHPublicKeys": (targets.own_user, "", "SSHPublicKeys"),
    "ListSigningCertificates": (targets.own_user, "", "Certificates"),
}


def _empty(name: str) -> Run:
    async def run(call: Call, resource: Resource, server: Server) -> Fields:
        if resource.missing:
            targets.held_entity(resource)
        return ((name, []), *_PAGED)

    return run


for _action, (_resource, _needs, _list) in _LISTS.items():
    IAM.operation(
        _action,
        action=f"iam:{_action}",
        resource=_resource,
        needs=_needs,
        takes=pages.PAGING if _needs else f"UserName {pages.PAGING}",
    )(_empty(_list))


@IAM.operation(
    "GetLoginProfile", action="iam:GetLoginProfile", resource=targets.own_user, takes="UserName"
)
async def get_login_profile(call: Call, resource: Resource, server: Server) -> None:
    if resource.missing:
        targets.held_entity(resource)
    name = call.arguments.text("UserName", call.identity.principal.name)
    raise QueryError("NoSuchEntity", f"Login Profile for User {name} cannot be found.")
