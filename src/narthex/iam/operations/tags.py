"""Tags of users, roles and managed policies: set, list, take away.

This file never changes what a tag of another account's entity says.
Source: IAM API reference, TagUser, UntagRole, ListPolicyTags and their siblings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from narthex.catalog import Transaction, entities, managed
from narthex.entities import Entity, ManagedPolicy
from narthex.http import Pairs
from narthex.iam import pages, tagging, targets, views
from narthex.iam.service import IAM
from narthex.identity import merged
from narthex.query_api.document import Fields
from narthex.query_api.operation import Call, Resource
from narthex.server import Server


async def tag(call: Call, resource: Resource, server: Server) -> None:
    given = tagging.checked(call.arguments.pairs("Tags"))
    await change(call, resource, server, lambda tags: tagging.checked(merged(tags, given)))


async def untag(call: Call, resource: Resource, server: Server) -> None:
    keys = call.arguments.texts("TagKeys")
    await change(call, resource, server, lambda tags: tagging.without(tags, keys))


async def list_tags(call: Call, resource: Resource, server: Server) -> Fields:
    held_of(resource)
    after = pages.after_of(call)
    rows = [tag for tag in sorted(resource.tags) if tag[0] > after]
    return pages.page(
        "Tags", rows, pages.limit_of(call), lambda row: views.tags((row,))[0], lambda row: row[0]
    )


def held_of(resource: Resource) -> Entity | ManagedPolicy:
    """What was found. Raises NoSuchEntity."""
    if isinstance(resource.held, ManagedPolicy):
        return resource.held
    return targets.held_entity(resource)


async def change(
    call: Call, resource: Resource, server: Server, changed: Callable[[Pairs], Pairs]
) -> None:
    """The tags are what `changed` makes of them."""
    if isinstance(held_of(resource), ManagedPolicy):
        targets.own_policy(call, resource)

    async def work(tx: Transaction) -> None:
        if isinstance(resource.held, ManagedPolicy):
            policy = await targets.still_policy(tx, resource)
            await managed.put(tx, replace(policy, tags=changed(policy.tags)))
        else:
            entity = await targets.still(tx, resource)
            await entities.put(tx, replace(entity, tags=changed(entity.tags)))

    await server.catalog.run(work)


for _title, _name, _target in (
    ("User", "UserName", targets.existing("user")),
    ("Role", "RoleName", targets.existing("role")),
    ("Policy", "PolicyArn", targets.policy),
):
    IAM.operation(
        f"Tag{_title}", action=f"iam:Tag{_title}", resource=_target, needs=f"{_name} Tags"
    )(tag)
    IAM.operation(
        f"Untag{_title}", action=f"iam:Untag{_title}", resource=_target, needs=f"{_name} TagKeys"
    )(untag)
    IAM.operation(
        f"List{_title}Tags",
        action=f"iam:List{_title}Tags",
        resource=_target,
        needs=_name,
        takes=pages.PAGING,
    )(list_tags)
