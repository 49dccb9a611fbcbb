"""Roles: create, get, list, update, delete, and who may assume them.

This file never issues credentials: `sts` does. A trust policy is kept with the unique id of every
principal it names, so that a namesake made later cannot assume the role.
Source: IAM API reference, CreateRole, GetRole, UpdateAssumeRolePolicy and their siblings.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, entities
from narthex.entities import HOUR, Entity
from narthex.fresh_keys import new_unique_id
from narthex.iam import documents, pages, tagging, targets, views
from narthex.iam.operations.users import by_name, refuse_policies, refuse_taken
from narthex.iam.service import IAM
from narthex.query_api.document import Fields
from narthex.query_api.operation import Call, Resource
from narthex.server import Server


@IAM.operation(
    "CreateRole",
    action="iam:CreateRole",
    resource=targets.new("role"),
    needs="RoleName AssumeRolePolicyDocument",
    takes="Path Description MaxSessionDuration PermissionsBoundary Tags",
)
async def create_role(call: Call, resource: Resource, server: Server) -> Fields:
    given = call.arguments
    bound = given.maybe("PermissionsBoundary")
    made = Entity(
        new_unique_id("AROA"),
        call.account,
        "role",
        given["RoleName"],
        given.text("Path", "/"),
        call.now_us,
        tags=tagging.checked(given.pairs("Tags")),
        trust=given["AssumeRolePolicyDocument"],
        description=given.text("Description"),
        longest_session=given.number("MaxSessionDuration", HOUR),
    )

    async def work(tx: Transaction) -> Entity:
        role = replace(made, pins=await documents.checked_trust(tx, call.account, made.trust))
        if bound is not None:
            policy = await targets.attachable(tx, call.account, bound)
            role = replace(role, boundary=policy.id)
        await refuse_taken(tx, role)
        await entities.add(tx, role)
        return role

    role = await server.catalog.run(work)
    return (("Role", views.role(role, bound or "", longest=False, whole=True)),)


@IAM.operation("GetRole", action="iam:GetRole", resource=targets.existing("role"), needs="RoleName")
async def get_role(call: Call, resource: Resource, server: Server) -> Fields:
    role = targets.held_entity(resource)
    bound = await targets.boundary_arn(server.catalog, role)
    return (("Role", views.role(role, bound, whole=True)),)


@IAM.operation(
    "ListRoles",
    action="iam:ListRoles",
    resource=targets.listed("role"),
    takes=f"PathPrefix {pages.PAGING}",
)
async def list_roles(call: Call, resource: Resource, server: Server) -> Fields:
    rows = await entities.page(server.catalog, call.account, "role", pages.span_of(call))
    return pages.page("Roles", rows, pages.limit_of(call), views.role, by_name)


async def change(call: Call, resource: Resource, server: Server) -> Entity:
    """The role with the description and the longest session that were given."""
    given = call.arguments

    async def work(tx: Transaction) -> Entity:
        role = await targets.still(tx, resource)
        role = replace(
            role,
            description=given.text("Description", role.description),
            longest_session=given.number("MaxSessionDuration", role.longest_session),
        )
        await entities.put(tx, role)
        return role

    return await server.catalog.run(work)


@IAM.operation(
    "UpdateRole",
    action="iam:UpdateRole",
    resource=targets.existing("role"),
    needs="RoleName",
    takes="Description MaxSessionDuration",
)
async def update_role(call: Call, resource: Resource, server: Server) -> Fields:
    await change(call, resource, server)
    return ()


@IAM.operation(
    "UpdateRoleDescription",
    action="iam:UpdateRoleDescription",
    resource=targets.existing("role"),
    needs="RoleName Description",
)
async def update_role_description(call: Call, resource: Resource, server: Server) -> Fields:
    role = await change(call, resource, server)
    bound = await targets.boundary_arn(server.catalog, role)
    return (("Role", views.role(role, bound, whole=True)),)


@IAM.operation(
    "UpdateAssumeRolePolicy",
    action="iam:UpdateAssumeRolePolicy",
    resource=targets.existing("role"),
    needs="RoleName PolicyDocument",
)
async def update_assume_role_policy(call: Call, resource: Resource, server: Server) -> None:
    text = call.arguments["PolicyDocument"]

    async def work(tx: Transaction) -> None:
        role = await targets.still(tx, resource)
        pins = await documents.checked_trust(tx, call.account, text)
        await entities.put(tx, replace(role, trust=text, pins=pins))

    await server.catalog.run(work)


@IAM.operation(
    "DeleteRole", action="iam:DeleteRole", resource=targets.existing("role"), needs="RoleName"
)
async def delete_role(call: Call, resource: Resource, server: Server) -> None:
    async def work(tx: Transaction) -> None:
        role = await targets.still(tx, resource)
        await refuse_policies(tx, role)
        await entities.remove(tx, role.id)

    await server.catalog.run(work)
