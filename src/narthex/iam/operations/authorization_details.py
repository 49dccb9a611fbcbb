"""GetAccountAuthorizationDetails: all users, groups, roles and policies of an account, whole.

This file never shows a secret, and nothing of another account but AWS's own policies.
Source: IAM API reference, GetAccountAuthorizationDetails.
"""

from __future__ import annotations

from narthex.catalog import entities, managed
from narthex.catalog.entities import Span
from narthex.entities import AWS, Entity, EntityKind, ManagedPolicy
from narthex.iam import pages, targets, views
from narthex.iam.operations.attachments import by_name_and_owner
from narthex.iam.service import IAM
from narthex.query_api.document import Fields, Value
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

# In the order of the pages. A place is one of these words, a space, and the place in its list.
KINDS: dict[str, EntityKind] = {"1": "user", "2": "group", "3": "role"}
FILTERS = {
    "User": "1",
    "Group": "2",
    "Role": "3",
    "LocalManagedPolicy": "4",
    "AWSManagedPolicy": "5",
}
LISTS = {
    "1": "UserDetailList",
    "2": "GroupDetailList",
    "3": "RoleDetailList",
    "4": "Policies",
    "5": "Policies",
}
ALL = Span(limit=1 << 31)


@IAM.operation(
    "GetAccountAuthorizationDetails",
    action="iam:GetAccountAuthorizationDetails",
    resource=targets.anything,
    takes=f"Filter {pages.PAGING}",
)
async def get_account_authorization_details(
    call: Call, resource: Resource, server: Server
) -> Fields:
    wanted = {FILTERS[name] for name in call.arguments.texts("Filter")} or set(LISTS)
    begin, _, after = pages.after_of(call).partition(" ")
    limit = pages.limit_of(call)
    lists: dict[str, list[Value]] = {name: [] for name in LISTS.values()}
    left, place, truncated = limit, "", False
    for section in sorted(wanted):
        if section < begin:
            continue
        span = Span(after if section == begin else "", limit=left + 1)
        rows = await _rows(call, server, section, span)
        truncated = len(rows) > left
        for row in rows[:left]:
            lists[LISTS[section]].append(await _detail(row, call, server))
            place = f"{section} {_place(row)}"
        left -= min(len(rows), left)
        if truncated:
            break
    shown: Fields = tuple((name, found) for name, found in lists.items())
    return (*shown, *pages.more(truncated, place))


async def _rows(
    call: Call, server: Server, section: str, span: Span
) -> list[Entity] | list[ManagedPolicy]:
    kind = KINDS.get(section)
    if kind is not None:
        return await entities.page(server.catalog, call.account, kind, span)
    if section == FILTERS["AWSManagedPolicy"]:  # of AWS's own only those in use
        return await managed.page(server.catalog, call.account, (AWS,), span, "attached")
    return await managed.page(server.catalog, call.account, (call.account,), span)


def _place(row: Entity | ManagedPolicy) -> str:
    return row.name.lower() if isinstance(row, Entity) else by_name_and_owner(row)


async def _detail(row: Entity | ManagedPolicy, call: Call, server: Server) -> Fields:
    if isinstance(row, ManagedPolicy):
        versions: list[Value] = [
            views.version(one, row.default, document=True)
            for one in await managed.versions(server.catalog, row.id)
        ]
        return (*views.policy(row), ("PolicyVersionList", versions))
    inline: list[Value] = [
        (("PolicyName", name), ("PolicyDocument", views.encoded(text)))
        for name, text in await entities.all_inline(server.catalog, row.id)
    ]
    attached = views.attached(await managed.attached(server.catalog, row, ALL))
    bound = await targets.boundary_arn(server.catalog, row)
    if row.kind == "user":
        groups: list[Value] = [
            group.name for group in await entities.groups_of(server.catalog, row.id, ALL)
        ]
        return (
            *views.user(row, bound, whole=True),
            ("UserPolicyList", inline),
            ("GroupList", groups),
            ("AttachedManagedPolicies", attached),
        )
    if row.kind == "group":
        return (
            *views.group(row),
            ("GroupPolicyList", inline),
            ("AttachedManagedPolicies", attached),
        )
    return (
        *[field for field in views.role(row, bound, whole=True) if field[0] not in LEFT_OUT],
        ("InstanceProfileList", []),
        ("RolePolicyList", inline),
        ("AttachedManagedPolicies", attached),
    )


LEFT_OUT = frozenset(["Description", "MaxSessionDuration"])  # RoleDetail has neither
