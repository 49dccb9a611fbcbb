"""Access keys of users and of the root: create, list, update, delete, when last used.

This file never shows a secret twice, and never touches a key of another user than the one that was
authorised: whatever id the form names, it must be that user's.
Source: IAM API reference, CreateAccessKey and its siblings.
"""

from __future__ import annotations

from narthex.catalog import Transaction, accounts, entities, key_uses
from narthex.entities import Entity
from narthex.fresh_keys import new_key
from narthex.iam import pages, targets
from narthex.iam.service import IAM
from narthex.model import AccessKey, Principal
from narthex.pure.times import iso_seconds
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

MOST_KEYS = 2  # of one user


def owner_of(resource: Resource) -> Entity | None:
    """The user whose keys are meant; None for the account's root. Raises NoSuchEntity."""
    if resource.held is None and not resource.missing:
        return None
    return targets.held_entity(resource)


@IAM.operation(
    "CreateAccessKey", action="iam:CreateAccessKey", resource=targets.own_user, takes="UserName"
)
async def create_access_key(call: Call, resource: Resource, server: Server) -> Fields:
    user, fresh = owner_of(resource), new_key()
    caller = call.identity.principal
    kind, owner = ("root", "") if user is None else ("user", user.id)
    key = AccessKey(
        fresh.id,
        Principal(kind, call.account, caller.canonical_id, "", fresh.id),
        fresh.sealed(server.keyring),
        True,
        call.now_us,
        owner,
    )

    async def work(tx: Transaction) -> None:
        if user is not None:
            await targets.still(tx, resource)
        if len(await accounts.keys_of(tx, call.account, owner)) >= MOST_KEYS:
            raise QueryError(
                "LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}"
            )
        await accounts.put_key(tx, key)

    call.made["AccessKeyId"] = fresh.id
    await server.catalog.run(work)
    shown: Fields = (
        ("UserName", None if user is None else user.name),
        ("AccessKeyId", fresh.id),
        ("Status", "Active"),
        ("SecretAccessKey", fresh.secret),
        ("CreateDate", iso_seconds(key.created_us)),
    )
    return (("AccessKey", shown),)


@IAM.operation(
    "ListAccessKeys",
    action="iam:ListAccessKeys",
    resource=targets.own_user,
    takes=f"UserName {pages.PAGING}",
)
async def list_access_keys(call: Call, resource: Resource, server: Server) -> Fields:
    user, after = owner_of(resource), pages.after_of(call)
    rows = await accounts.keys_of(server.catalog, call.account, "" if user is None else user.id)
    if after:
        rows = [row for row in rows if place(row) > after]

    def show(key: AccessKey) -> Fields:
        return (
            ("UserName", None if user is None else user.name),
            ("AccessKeyId", key.id),
            ("Status", "Active" if key.active else "Inactive"),
            ("CreateDate", iso_seconds(key.created_us)),
        )

    return pages.page("AccessKeyMetadata", rows, pages.limit_of(call), show, place)


def place(key: AccessKey) -> str:
    """Where a key stands in lists: the oldest is first."""
    return f"{key.created_us:020} {key.id}"


@IAM.operation(
    "UpdateAccessKey",
    action="iam:UpdateAccessKey",
    resource=targets.own_user,
    needs="AccessKeyId Status",
    takes="UserName",
)
async def update_access_key(call: Call, resource: Resource, server: Server) -> None:
    user, active = owner_of(resource), call.arguments["Status"] == "Active"

    async def work(tx: Transaction) -> None:
        key = await theirs(tx, call, user)
        await accounts.set_active(tx, key.id, active=active)

    await server.catalog.run(work)


@IAM.operation(
    "DeleteAccessKey",
    action="iam:DeleteAccessKey",
    resource=targets.own_user,
    needs="AccessKeyId",
    takes="UserName",
)
async def delete_access_key(call: Call, resource: Resource, server: Server) -> None:
    user = owner_of(resource)

    async def work(tx: Transaction) -> None:
        key = await theirs(tx, call, user)
        await accounts.remove_key(tx, key.id)

    await server.catalog.run(work)


async def theirs(tx: Transaction, call: Call, user: Entity | None) -> AccessKey:
    """The key that the form names, when it is this user's. Raises NoSuchEntity."""
    owner, wanted = "" if user is None else user.id, call.arguments["AccessKeyId"]
    for key in await accounts.keys_of(tx, call.account, owner):
        if key.id == wanted:
            return key
    raise no_key(wanted)


def no_key(access_key_id: str) -> QueryError:
    """The refusal of a key that is not there, or not theirs."""
    return QueryError("NoSuchEntity", f"The Access Key with id {access_key_id} cannot be found")


async def key_owner(call: Call, server: Server) -> Resource:
    """The user whose key AccessKeyId names, in the caller's account."""
    wanted = call.arguments["AccessKeyId"]
    missing = f"The Access Key with id {wanted} cannot be found"
    key = await accounts.find_key(server.catalog, wanted)
    if key is None or key.principal.account != call.account:
        return Resource("*", missing=missing)
    if key.principal.kind == "root":
        return Resource(
            call.identity.principal.arn if call.identity.principal.kind == "root" else "*"
        )
    user = await entities.get(server.catalog, key.owner)
    return Resource("*" if user is None else user.arn, user, missing)


@IAM.operation(
    "GetAccessKeyLastUsed",
    action="iam:GetAccessKeyLastUsed",
    resource=key_owner,
    needs="AccessKeyId",
)
async def get_access_key_last_used(call: Call, resource: Resource, server: Server) -> Fields:
    user = owner_of(resource)
    await server.identities.last_used.written()
    use = await key_uses.find(server.catalog, call.arguments["AccessKeyId"])
    told: Fields = (("ServiceName", "N/A"), ("Region", "N/A"))
    if use is not None:
        told = (
            ("LastUsedDate", iso_seconds(use.used_us)),
            ("ServiceName", use.service),
            ("Region", use.region),
        )
    return (("UserName", None if user is None else user.name), ("AccessKeyLastUsed", told))
