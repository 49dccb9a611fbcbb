"""What an action of IAM is asked on: a user, a group, a role or a policy of the caller's account.

This file never changes anything, and never looks into another account: whatever the form names,
the account is the caller's. What was not found is told after authorisation only.
"""

from __future__ import annotations

import re

from narthex.catalog import Reader, Transaction, entities, managed
from narthex.entities import AWS, Entity, EntityKind, ManagedPolicy, entity_arn
from narthex.http import Pairs
from narthex.pure.policy.patterns import Value
from narthex.query_api.errors import QueryError, invalid
from narthex.query_api.operation import Call, Find, Resource
from narthex.server import Server

PARAMETERS: dict[EntityKind, str] = {
    "user": "UserName",
    "group": "GroupName",
    "role": "RoleName",
}
_POLICY_ARN = re.compile(r"arn:aws:iam::([0-9]{12}|aws):policy(/(?:[!-~]+/)?[\w+=,.@-]{1,128})")


def existing(kind: EntityKind) -> Find:
    """The entity that the action's name parameter names."""

    async def find(call: Call, server: Server) -> Resource:
        return await named(call, server, kind, call.arguments[PARAMETERS[kind]])

    return find


def new(kind: EntityKind) -> Find:
    """The entity that the action will make."""

    async def find(call: Call, server: Server) -> Resource:
        path = call.arguments.text("Path", "/")
        arn = entity_arn(call.account, kind, path, call.arguments[PARAMETERS[kind]])
        return Resource(arn, keys=_given_keys(call))

    return find


def listed(kind: str) -> Find:
    """All entities of a kind, or those below PathPrefix."""

    async def find(call: Call, server: Server) -> Resource:
        prefix = call.arguments.text("PathPrefix", "/")
        return Resource(f"arn:aws:iam::{call.account}:{kind}{prefix}")

    return find


async def anything(call: Call, server: Server) -> Resource:
    """No resource in particular."""
    return Resource("*")


async def own_user(call: Call, server: Server) -> Resource:
    """The user that UserName names; without it the caller, which may be the account's root."""
    name = call.arguments.maybe("UserName")
    principal = call.identity.principal
    if name is not None:
        return await named(call, server, "user", name)
    if principal.kind == "user":
        return _resource(
            call,
            await entities.get(server.catalog, principal.unique_id),
            "user",
            principal.name,
            "",
        )
    if principal.kind == "root":
        return Resource(principal.arn)
    raise invalid("Must specify userName when calling with non-User credentials")


async def named(call: Call, server: Server, kind: EntityKind, name: str) -> Resource:
    """The entity of this name, with the condition keys that it and the form fill."""
    entity = await entities.find(server.catalog, call.account, kind, name)
    boundary = ""
    if entity is not None and entity.boundary:
        boundary = await boundary_arn(server.catalog, entity)
    return _resource(call, entity, kind, name, boundary)


def _resource(
    call: Call, entity: Entity | None, kind: EntityKind, name: str, boundary: str
) -> Resource:
    keys: dict[str, Value] = {"iam:permissionsboundary": boundary} if boundary else {}
    keys |= _given_keys(call)
    missing = f"The {kind} with name {name} cannot be found."
    if entity is None:
        return Resource(entity_arn(call.account, kind, "/", name), missing=missing, keys=keys)
    keys |= _tag_keys(entity.tags)
    return Resource(entity.arn, entity, missing, entity.tags, keys)


def _given_keys(call: Call) -> dict[str, Value]:
    """Condition keys that the form fills: which policy is attached, which boundary is set."""
    keys: dict[str, Value] = {}
    if "PolicyArn" in call.arguments:
        keys["iam:policyarn"] = call.arguments["PolicyArn"]
    if "PermissionsBoundary" in call.arguments:
        keys["iam:permissionsboundary"] = call.arguments["PermissionsBoundary"]
    return keys


def _tag_keys(tags: Pairs) -> dict[str, Value]:
    return {f"iam:resourcetag/{key.lower()}": value for key, value in tags}


async def new_policy(call: Call, server: Server) -> Resource:
    """The managed policy that the action will make."""
    path = call.arguments.text("Path", "/")
    return Resource(entity_arn(call.account, "policy", path, call.arguments["PolicyName"]))


async def policy(call: Call, server: Server) -> Resource:
    """The managed policy that PolicyArn names. Raises ValidationError for what is no such ARN."""
    arn = call.arguments["PolicyArn"]
    found = await policy_of(server.catalog, call.account, arn)
    missing = f"Policy {arn} was not found."
    if found is None:
        return Resource(arn, missing=missing)
    return Resource(arn, found, missing, found.tags, _tag_keys(found.tags))


async def policy_of(reader: Reader, account: str, arn: str) -> ManagedPolicy | None:
    """The managed policy of this ARN, as one account sees it.

    Raises ValidationError for what is no such ARN.
    """
    match = _POLICY_ARN.fullmatch(arn)
    if match is None:
        raise invalid("Invalid ARN:  Could not be parsed!")
    return await managed.find(reader, account, match[1], match[2])


async def attachable(reader: Reader, account: str, arn: str) -> ManagedPolicy:
    """The managed policy of this ARN, to attach or to bound with. Raises NoSuchEntity."""
    found = await policy_of(reader, account, arn)
    if found is None:
        raise QueryError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
    return found


async def boundary_arn(reader: Reader, entity: Entity) -> str:
    """The ARN of the entity's permission boundary, "" for none."""
    if not entity.boundary:
        return ""
    found = await managed.get(reader, entity.account, entity.boundary)
    return "" if found is None else found.arn


def held_entity(resource: Resource) -> Entity:
    """The entity that was found. Raises NoSuchEntity."""
    if not isinstance(resource.held, Entity):
        raise QueryError("NoSuchEntity", resource.missing)
    return resource.held


def held_policy(resource: Resource) -> ManagedPolicy:
    """The policy that was found. Raises NoSuchEntity."""
    if not isinstance(resource.held, ManagedPolicy):
        raise QueryError("NoSuchEntity", resource.missing)
    return resource.held


def own_policy(call: Call, resource: Resource) -> ManagedPolicy:
    """The policy that was found, to be changed. Raises NoSuchEntity; AccessDenied for AWS's own."""
    found = held_policy(resource)
    if found.account == AWS or found.account != call.account:
        raise QueryError("AccessDenied", f"Policy {found.arn} is AWS's and cannot be changed.")
    return found


async def still(tx: Transaction, resource: Resource) -> Entity:
    """The entity as this transaction sees it, by its id. Raises NoSuchEntity when it is gone."""
    entity = await entities.get(tx, held_entity(resource).id)
    if entity is None:
        raise QueryError("NoSuchEntity", resource.missing)
    return entity


async def still_policy(tx: Transaction, resource: Resource) -> ManagedPolicy:
    """The policy as this transaction sees it, by its id. Raises NoSuchEntity when it is gone."""
    before = held_policy(resource)
    found = await managed.get(tx, before.account, before.id)
    if found is None:
        raise QueryError("NoSuchEntity", resource.missing)
    return found
