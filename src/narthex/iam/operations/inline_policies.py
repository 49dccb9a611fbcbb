"""Inline policies of users, groups and roles: put, get, list, delete, written once for all three.

This file never keeps a document that cannot be evaluated.
Source: IAM API reference, PutUserPolicy, GetGroupPolicy, ListRolePolicies and their siblings.
"""

from __future__ import annotations

from narthex.catalog import Transaction, entities
from narthex.entities import Entity
from narthex.iam import documents, pages, targets, views
from narthex.iam.service import IAM
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server


async def put_policy(call: Call, resource: Resource, server: Server) -> None:
    name, text = call.arguments["PolicyName"], call.arguments["PolicyDocument"]
    targets.held_entity(resource)
    documents.checked(text, "identity")

    async def work(tx: Transaction) -> None:
        entity = await targets.still(tx, resource)
        await documents.check_inline(tx, entity, name, text)
        await entities.put_inline(tx, entity.id, name, text)

    await server.catalog.run(work)


async def get_policy(call: Call, resource: Resource, server: Server) -> Fields:
    entity, name = targets.held_entity(resource), call.arguments["PolicyName"]
    text = await entities.inline(server.catalog, entity.id, name)
    if text is None:
        raise no_policy(entity, name)
    return (
        (targets.PARAMETERS[entity.kind], entity.name),
        ("PolicyName", name),
        ("PolicyDocument", views.encoded(text)),
    )


async def delete_policy(call: Call, resource: Resource, server: Server) -> None:
    entity, name = targets.held_entity(resource), call.arguments["PolicyName"]

    async def work(tx: Transaction) -> None:
        if not await entities.remove_inline(tx, entity.id, name):
            raise no_policy(entity, name)

    await server.catalog.run(work)


async def list_policies(call: Call, resource: Resource, server: Server) -> Fields:
    entity, limit = targets.held_entity(resource), pages.limit_of(call)
    rows = await entities.all_inline(server.catalog, entity.id, pages.after_of(call), limit + 1)
    return pages.page("PolicyNames", rows, limit, lambda row: row[0], lambda row: row[0])


def no_policy(entity: Entity, name: str) -> QueryError:
    return QueryError("NoSuchEntity", f"The {entity.kind} policy with name {name} cannot be found.")


for _kind, _name in targets.PARAMETERS.items():
    _title, _target = _kind.capitalize(), targets.existing(_kind)
    IAM.operation(
        f"Put{_title}Policy",
        action=f"iam:Put{_title}Policy",
        resource=_target,
        needs=f"{_name} PolicyName PolicyDocument",
    )(put_policy)
    IAM.operation(
        f"Get{_title}Policy",
        action=f"iam:Get{_title}Policy",
        resource=_target,
        needs=f"{_name} PolicyName",
    )(get_policy)
    IAM.operation(
        f"Delete{_title}Policy",
        action=f"iam:Delete{_title}Policy",
        resource=_target,
        needs=f"{_name} PolicyName",
    )(delete_policy)
    IAM.operation(
        f"List{_title}Policies",
        action=f"iam:List{_title}Policies",
        resource=_target,
        needs=_name,
        takes=pages.PAGING,
    )(list_policies)
