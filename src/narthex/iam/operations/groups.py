"""Groups of users: create, get, list, update, delete; who is in them.

This file never gives a right by itself: a group's policies do, and they count for its users.
Source: IAM API reference, CreateGroup, GetGroup, AddUserToGroup and their siblings.
"""

from __future__ import annotations

from narthex.catalog import Transaction, entities
from narthex.catalog.entities import Span
from narthex.entities import Entity
from narthex.fresh_keys import new_unique_id
from narthex.iam import pages, targets, views
from narthex.iam.operations.users import (
    ONE,
    by_name,
    conflict,
    refuse_policies,
    refuse_taken,
    rename,
)
from narthex.iam.service import IAM
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

MOST_GROUPS = 10  # of one user


@IAM.operation(
    "CreateGroup",
    action="iam:CreateGroup",
    resource=targets.new("group"),
    needs="GroupName",
    takes="Path",
)
async def create_group(call: Call, resource: Resource, server: Server) -> Fields:
    path = call.arguments.text("Path", "/")
    made = Entity(
        new_unique_id("AGPA"),
        call.account,
        "group",
        call.arguments["GroupName"],
        path,
        call.now_us,
    )

    async def work(tx: Transaction) -> None:
        await refuse_taken(tx, made)
        await entities.add(tx, made)

    await server.catalog.run(work)
    return (("Group", views.group(made)),)


@IAM.operation(
    "GetGroup",
    action="iam:GetGroup",
    resource=targets.existing("group"),
    needs="GroupName",
    takes=pages.PAGING,
)
async def get_group(call: Call, resource: Resource, server: Server) -> Fields:
    group = targets.held_entity(resource)
    rows = await entities.members_of(server.catalog, group.id, pages.span_of(call))
    shown = pages.page("Users", rows, pages.limit_of(call), views.user, by_name)
    return (("Group", views.group(group)), *shown)


@IAM.operation(
    "ListGroups",
    action="iam:ListGroups",
    resource=targets.listed("group"),
    takes=f"PathPrefix {pages.PAGING}",
)
async def list_groups(call: Call, resource: Resource, server: Server) -> Fields:
    rows = await entities.page(server.catalog, call.account, "group", pages.span_of(call))
    return pages.page("Groups", rows, pages.limit_of(call), views.group, by_name)


@IAM.operation(
    "UpdateGroup",
    action="iam:UpdateGroup",
    resource=targets.existing("group"),
    needs="GroupName",
    takes="NewPath NewGroupName",
)
async def update_group(call: Call, resource: Resource, server: Server) -> None:
    await rename(call, resource, server, "iam:UpdateGroup", call.arguments.maybe("NewGroupName"))


@IAM.operation(
    "DeleteGroup", action="iam:DeleteGroup", resource=targets.existing("group"), needs="GroupName"
)
async def delete_group(call: Call, resource: Resource, server: Server) -> None:
    async def work(tx: Transaction) -> None:
        group = await targets.still(tx, resource)
        if await entities.members_of(tx, group.id, ONE):
            raise conflict("must remove users from group first.")
        await refuse_policies(tx, group)
        await entities.remove(tx, group.id)

    await server.catalog.run(work)


@IAM.operation(
    "AddUserToGroup",
    action="iam:AddUserToGroup",
    resource=targets.existing("group"),
    needs="GroupName UserName",
)
async def add_user_to_group(call: Call, resource: Resource, server: Server) -> None:
    member = await targets.named(call, server, "user", call.arguments["UserName"])
    targets.held_entity(resource)

    async def work(tx: Transaction) -> None:
        group = await targets.still(tx, resource)
        user = await targets.still(tx, member)
        groups = await entities.groups_of(tx, user.id, Span(limit=MOST_GROUPS))
        if len(groups) >= MOST_GROUPS and group.id not in {held.id for held in groups}:
            raise QueryError(
                "LimitExceeded", f"Cannot exceed quota for GroupsPerUser: {MOST_GROUPS}"
            )
        await entities.join(tx, user.id, group.id)

    await server.catalog.run(work)


@IAM.operation(
    "RemoveUserFromGroup",
    action="iam:RemoveUserFromGroup",
    resource=targets.existing("group"),
    needs="GroupName UserName",
)
async def remove_user_from_group(call: Call, resource: Resource, server: Server) -> None:
    member = await targets.named(call, server, "user", call.arguments["UserName"])
    group = targets.held_entity(resource)
    user = targets.held_entity(member)

    async def work(tx: Transaction) -> None:
        if not await entities.leave(tx, user.id, group.id):
            raise QueryError(
                "NoSuchEntity", f"The user with name {user.name} is not in group {group.name}."
            )

    await server.catalog.run(work)


@IAM.operation(
    "ListGroupsForUser",
    action="iam:ListGroupsForUser",
    resource=targets.existing("user"),
    needs="UserName",
    takes=pages.PAGING,
)
async def list_groups_for_user(call: Call, resource: Resource, server: Server) -> Fields:
    user = targets.held_entity(resource)
    rows = await entities.groups_of(server.catalog, user.id, pages.span_of(call))
    return pages.page("Groups", rows, pages.limit_of(call), views.group, by_name)
