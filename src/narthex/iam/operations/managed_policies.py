"""Managed policies: create, get, list, delete, and what they are attached to.

This file never keeps a document that cannot be evaluated, and never changes a policy of AWS's.
Source: IAM API reference, CreatePolicy, ListPolicies, ListEntitiesForPolicy and their siblings.
"""

from __future__ import annotations

from narthex.catalog import Transaction, managed
from narthex.catalog.managed import Use
from narthex.entities import AWS, EntityKind, ManagedPolicy
from narthex.fresh_keys import new_unique_id
from narthex.iam import documents, pages, tagging, targets, views
from narthex.iam.operations.attachments import by_name_and_owner
from narthex.iam.service import IAM
from narthex.query_api.document import Fields, Value
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

USES: dict[str, Use] = {"PermissionsPolicy": "attached", "PermissionsBoundary": "boundary"}
ENTITIES: dict[str, EntityKind] = {"User": "user", "Group": "group", "Role": "role"}


@IAM.operation(
    "CreatePolicy",
    action="iam:CreatePolicy",
    resource=targets.new_policy,
    needs="PolicyName PolicyDocument",
    takes="Path Description Tags",
)
async def create_policy(call: Call, resource: Resource, server: Server) -> Fields:
    given = call.arguments
    text = given["PolicyDocument"]
    documents.check_managed(text)
    made = ManagedPolicy(
        new_unique_id("ANPA"),
        call.account,
        given["PolicyName"],
        given.text("Path", "/"),
        call.now_us,
        call.now_us,
        description=given.text("Description"),
        tags=tagging.checked(given.pairs("Tags")),
    )

    async def work(tx: Transaction) -> None:
        if await managed.is_named(tx, call.account, made.name):
            raise QueryError(
                "EntityAlreadyExists",
                f"A policy called {made.name} already exists. Duplicate names are not allowed.",
            )
        await managed.add(tx, made, text)

    await server.catalog.run(work)
    return (("Policy", views.policy(made, whole=True)),)


@IAM.operation("GetPolicy", action="iam:GetPolicy", resource=targets.policy, needs="PolicyArn")
async def get_policy(call: Call, resource: Resource, server: Server) -> Fields:
    return (("Policy", views.policy(targets.held_policy(resource), whole=True)),)


@IAM.operation(
    "ListPolicies",
    action="iam:ListPolicies",
    resource=targets.listed("policy"),
    takes=f"Scope OnlyAttached PathPrefix PolicyUsageFilter {pages.PAGING}",
)
async def list_policies(call: Call, resource: Resource, server: Server) -> Fields:
    given, limit = call.arguments, pages.limit_of(call)
    owners = {"AWS": (AWS,), "Local": (call.account,)}.get(given.text("Scope"), (call.account, AWS))
    use = USES.get(given.text("PolicyUsageFilter"))
    if given.flag("OnlyAttached"):
        use = use or "attached"
    rows = await managed.page(server.catalog, call.account, owners, pages.span_of(call), use)
    return pages.page("Policies", rows, limit, views.policy, by_name_and_owner)


@IAM.operation(
    "ListEntitiesForPolicy",
    action="iam:ListEntitiesForPolicy",
    resource=targets.policy,
    needs="PolicyArn",
    takes=f"EntityFilter PathPrefix PolicyUsageFilter {pages.PAGING}",
)
async def list_entities_for_policy(call: Call, resource: Resource, server: Server) -> Fields:
    policy, given = targets.held_policy(resource), call.arguments
    kind = ENTITIES.get(given.text("EntityFilter"))
    use = USES.get(given.text("PolicyUsageFilter"))
    rows = await managed.users_of(
        server.catalog, call.account, policy.id, pages.span_of(call), use, kind
    )
    limit = pages.limit_of(call)
    shown = rows[:limit]
    found: list[tuple[str, Value]] = []
    for title, sort in ENTITIES.items():
        members: list[Value] = [
            ((f"{title}Name", entity.name), (f"{title}Id", entity.id))
            for entity in shown
            if entity.kind == sort
        ]
        found.append((f"Policy{title}s", members))
    last = f"{shown[-1].kind} {shown[-1].name.lower()}" if shown else ""
    return (*found, *pages.more(len(rows) > limit, last))


@IAM.operation(
    "DeletePolicy", action="iam:DeletePolicy", resource=targets.policy, needs="PolicyArn"
)
async def delete_policy(call: Call, resource: Resource, server: Server) -> None:
    targets.own_policy(call, resource)

    async def work(tx: Transaction) -> None:
        policy = await targets.still_policy(tx, resource)
        if policy.attached or policy.bounds:
            raise QueryError("DeleteConflict", "Cannot delete a policy attached to entities.")
        if len(await managed.versions(tx, policy.id)) > 1:
            raise QueryError(
                "DeleteConflict",
                "This policy has more than one version. Before you delete a policy, you must "
                "delete the policy's versions. The default version is deleted with the policy.",
            )
        await managed.remove(tx, policy.id)

    await server.catalog.run(work)
