"""Users: create, get, list, update, delete.

This file never touches what hangs on a user: a user that still has something is not deleted.
Source: IAM API reference, CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, accounts, entities, managed
from narthex.catalog.entities import Span
from narthex.entities import Entity, entity_arn
from narthex.fresh_keys import new_unique_id
from narthex.iam import pages, tagging, targets, views
from narthex.iam.service import IAM
from narthex.pure.times import iso_seconds
from narthex.query_api.authorize import Asked, require
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

ONE = Span(limit=1)


@IAM.operation(
    "CreateUser",
    action="iam:CreateUser",
    resource=targets.new("user"),
    needs="UserName",
    takes="Path PermissionsBoundary Tags",
)
async def create_user(call: Call, resource: Resource, server: Server) -> Fields:
    given = call.arguments
    bound = given.maybe("PermissionsBoundary")
    made = Entity(
        new_unique_id("AIDA"),
        call.account,
        "user",
        given["UserName"],
        given.text("Path", "/"),
        call.now_us,
        tags=tagging.checked(given.pairs("Tags")),
    )

    async def work(tx: Transaction) -> Entity:
        user = made
        if bound is not None:
            policy = await targets.attachable(tx, call.account, bound)
            user = replace(user, boundary=policy.id)
        await refuse_taken(tx, user)
        await entities.add(tx, user)
        return user

    user = await server.catalog.run(work)
    return (("User", views.user(user, bound or "", whole=True)),)


async def refuse_taken(tx: Transaction, entity: Entity) -> None:
    """Raises EntityAlreadyExists when another entity of its kind has its name."""
    other = await entities.find(tx, entity.account, entity.kind, entity.name)
    if other is not None and other.id != entity.id:
        kind = entity.kind.capitalize()
        raise QueryError("EntityAlreadyExists", f"{kind} with name {entity.name} already exists.")


@IAM.operation("GetUser", action="iam:GetUser", resource=targets.own_user, takes="UserName")
async def get_user(call: Call, resource: Resource, server: Server) -> Fields:
    if resource.held is None and not resource.missing:
        return (("User", await _root(call, resource, server)),)
    user = targets.held_entity(resource)
    bound = await targets.boundary_arn(server.catalog, user)
    return (("User", views.user(user, bound, whole=True)),)


async def _root(call: Call, resource: Resource, server: Server) -> Fields:
    """The account's root, which is a user without a name."""
    account = await accounts.find(server.catalog, call.account)
    created_us = 0 if account is None else account.created_us
    return (
        ("Path", "/"),
        ("UserId", call.account),
        ("Arn", resource.arn),
        ("CreateDate", iso_seconds(created_us)),
    )


@IAM.operation(
    "ListUsers",
    action="iam:ListUsers",
    resource=targets.listed("user"),
    takes=f"PathPrefix {pages.PAGING}",
)
async def list_users(call: Call, resource: Resource, server: Server) -> Fields:
    rows = await entities.page(server.catalog, call.account, "user", pages.span_of(call))
    return pages.page("Users", rows, pages.limit_of(call), views.user, by_name)


def by_name(entity: Entity) -> str:
    """Where an entity stands in lists."""
    return entity.name.lower()


@IAM.operation(
    "UpdateUser",
    action="iam:UpdateUser",
    resource=targets.existing("user"),
    needs="UserName",
    takes="NewPath NewUserName",
)
async def update_user(call: Call, resource: Resource, server: Server) -> None:
    await rename(call, resource, server, "iam:UpdateUser", call.arguments.maybe("NewUserName"))


async def rename(
    call: Call, resource: Resource, server: Server, action: str, name: str | None
) -> None:
    """The entity has a new name, a new path or both; its id and all it has stay.

    The action must be allowed on what it becomes too: who may change some users can neither take
    one out of reach nor put it where others' policies expect their own.
    """
    path = call.arguments.maybe("NewPath")
    held = targets.held_entity(resource)
    arn = entity_arn(held.account, held.kind, path or held.path, name or held.name)
    if arn != held.arn:
        asked = Asked(action, arn, call.account, resource.tags, keys=resource.keys)
        require(call.identity, asked, call.wire)

    async def work(tx: Transaction) -> None:
        entity = await targets.still(tx, resource)
        entity = replace(entity, name=name or entity.name, path=path or entity.path)
        await refuse_taken(tx, entity)
        await entities.put(tx, entity)

    await server.catalog.run(work)


@IAM.operation(
    "DeleteUser", action="iam:DeleteUser", resource=targets.existing("user"), needs="UserName"
)
async def delete_user(call: Call, resource: Resource, server: Server) -> None:
    async def work(tx: Transaction) -> None:
        user = await targets.still(tx, resource)
        if await accounts.keys_of(tx, user.account, user.id):
            raise conflict("must delete access keys first.")
        if await entities.groups_of(tx, user.id, ONE):
            raise conflict("must remove users from group first.")
        await refuse_policies(tx, user)
        await entities.remove(tx, user.id)

    await server.catalog.run(work)


async def refuse_policies(tx: Transaction, entity: Entity) -> None:
    """Raises DeleteConflict while the entity has a policy of its own or attached."""
    if await entities.all_inline(tx, entity.id, limit=1):
        raise conflict("must delete policies first.")
    if await managed.attached(tx, entity, ONE):
        raise conflict("must detach all policies first.")


def conflict(why: str) -> QueryError:
    """What stands in the way of a deletion."""
    return QueryError("DeleteConflict", f"Cannot delete entity, {why}")
