"""Managed policies attached to users, groups and roles, and permission boundaries.

This file never attaches a policy of another account: only the caller's own and AWS's are found.
Source: IAM API reference, AttachUserPolicy, PutRolePermissionsBoundary and their siblings.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, entities, managed
from narthex.catalog.entities import Span
from narthex.entities import ManagedPolicy
from narthex.iam import pages, targets, views
from narthex.iam.service import IAM
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

MOST_ATTACHED = 10  # to one user, group or role


async def attach_policy(call: Call, resource: Resource, server: Server) -> None:
    arn = call.arguments["PolicyArn"]
    targets.held_entity(resource)

    async def work(tx: Transaction) -> None:
        entity = await targets.still(tx, resource)
        policy = await targets.attachable(tx, call.account, arn)
        held = await managed.attached(tx, entity, Span(limit=MOST_ATTACHED))
        if len(held) >= MOST_ATTACHED and policy.id not in {one.id for one in held}:
            quota = f"PoliciesPer{entity.kind.capitalize()}: {MOST_ATTACHED}"
            raise QueryError("LimitExceeded", f"Cannot exceed quota for {quota}")
        await managed.attach(tx, entity.id, policy.id)

    await server.catalog.run(work)


async def detach_policy(call: Call, resource: Resource, server: Server) -> None:
    entity, arn = targets.held_entity(resource), call.arguments["PolicyArn"]

    async def work(tx: Transaction) -> None:
        policy = await targets.policy_of(tx, call.account, arn)
        if policy is None or not await managed.detach(tx, entity.id, policy.id):
            raise QueryError("NoSuchEntity", f"Policy {arn} was not found.")

    await server.catalog.run(work)


async def list_attached(call: Call, resource: Resource, server: Server) -> Fields:
    entity, limit = targets.held_entity(resource), pages.limit_of(call)
    rows = await managed.attached(server.catalog, entity, pages.span_of(call))
    return (
        ("AttachedPolicies", views.attached(rows[:limit])),
        *pages.more(len(rows) > limit, by_name_and_owner(rows[:limit][-1]) if rows else ""),
    )


def by_name_and_owner(policy: ManagedPolicy) -> str:
    """Where a managed policy stands in lists."""
    return f"{policy.name.lower()} {policy.account}"


async def put_boundary(call: Call, resource: Resource, server: Server) -> None:
    arn = call.arguments["PermissionsBoundary"]
    targets.held_entity(resource)

    async def work(tx: Transaction) -> None:
        entity = await targets.still(tx, resource)
        policy = await targets.attachable(tx, call.account, arn)
        await entities.put(tx, replace(entity, boundary=policy.id))

    await server.catalog.run(work)


async def delete_boundary(call: Call, resource: Resource, server: Server) -> None:
    async def work(tx: Transaction) -> None:
        entity = await targets.still(tx, resource)
        if not entity.boundary:
            raise QueryError(
                "NoSuchEntity", f"The {entity.kind} {entity.name} has no permissions boundary."
            )
        await entities.put(tx, replace(entity, boundary=""))

    await server.catalog.run(work)


for _kind, _name in targets.PARAMETERS.items():
    _title, _target = _kind.capitalize(), targets.existing(_kind)
    for _verb, _run in (("Attach", attach_policy), ("Detach", detach_policy)):
        IAM.operation(
            f"{_verb}{_title}Policy",
            action=f"iam:{_verb}{_title}Policy",
            resource=_target,
            needs=f"{_name} PolicyArn",
        )(_run)
    IAM.operation(
        f"ListAttached{_title}Policies",
        action=f"iam:ListAttached{_title}Policies",
        resource=_target,
        needs=_name,
        takes=f"PathPrefix {pages.PAGING}",
    )(list_attached)
    if _kind == "group":  # groups are not bounded
        continue
    IAM.operation(
        f"Put{_title}PermissionsBoundary",
        action=f"iam:Put{_title}PermissionsBoundary",
        resource=_target,
        needs=f"{_name} PermissionsBoundary",
    )(put_boundary)
    IAM.operation(
        f"Delete{_title}PermissionsBoundary",
        action=f"iam:Delete{_title}PermissionsBoundary",
        resource=_target,
        needs=_name,
    )(delete_boundary)
