"""Versions of managed policies: create, get, list, delete, and which one counts.

This file never leaves a policy without the version that counts.
Source: IAM API reference, CreatePolicyVersion, SetDefaultPolicyVersion and their siblings.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, managed
from narthex.entities import PolicyVersion
from narthex.iam import documents, pages, targets, views
from narthex.iam.service import IAM
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

MOST_VERSIONS = 5
NUMBER_DIGITS = 12


@IAM.operation(
    "CreatePolicyVersion",
    action="iam:CreatePolicyVersion",
    resource=targets.policy,
    needs="PolicyArn PolicyDocument",
    takes="SetAsDefault",
)
async def create_policy_version(call: Call, resource: Resource, server: Server) -> Fields:
    targets.own_policy(call, resource)
    text = call.arguments["PolicyDocument"]
    documents.check_managed(text)
    as_default = call.arguments.flag("SetAsDefault")

    async def work(tx: Transaction) -> PolicyVersion:
        policy = await targets.still_policy(tx, resource)
        if len(await managed.versions(tx, policy.id)) >= MOST_VERSIONS:
            raise QueryError(
                "LimitExceeded",
                f"A managed policy can have up to {MOST_VERSIONS} versions. Before you create a "
                "new version, you must delete an existing version.",
            )
        made = PolicyVersion(policy.last + 1, text, call.now_us)
        await managed.add_version(tx, policy.id, made)
        default = made.number if as_default else policy.default
        await managed.put(
            tx, replace(policy, last=made.number, default=default, updated_us=call.now_us)
        )
        return made

    made = await server.catalog.run(work)
    default = made.number if as_default else 0
    return (("PolicyVersion", views.version(made, default, document=False)),)


@IAM.operation(
    "GetPolicyVersion",
    action="iam:GetPolicyVersion",
    resource=targets.policy,
    needs="PolicyArn VersionId",
)
async def get_policy_version(call: Call, resource: Resource, server: Server) -> Fields:
    policy = targets.held_policy(resource)
    for version in await managed.versions(server.catalog, policy.id):
        if version.number == number_of(call):
            return (("PolicyVersion", views.version(version, policy.default, document=True)),)
    raise no_version(call)


def number_of(call: Call) -> int:
    """The number that VersionId names; 0 for one that no version has."""
    digits = call.arguments["VersionId"][1:]
    return int(digits) if digits.isdigit() and len(digits) <= NUMBER_DIGITS else 0


def no_version(call: Call) -> QueryError:
    """The refusal of a version that is not there."""
    arn, version = call.arguments["PolicyArn"], call.arguments["VersionId"]
    return QueryError(
        "NoSuchEntity", f"Policy {arn} version {version} does not exist or is not attachable."
    )


@IAM.operation(
    "ListPolicyVersions",
    action="iam:ListPolicyVersions",
    resource=targets.policy,
    needs="PolicyArn",
    takes=pages.PAGING,
)
async def list_policy_versions(call: Call, resource: Resource, server: Server) -> Fields:
    policy, after = targets.held_policy(resource), pages.after_of(call)
    rows = await managed.versions(server.catalog, policy.id)
    if after:
        rows = [row for row in rows if place(row) > after]
    return pages.page(
        "Versions",
        rows,
        pages.limit_of(call),
        lambda row: views.version(row, policy.default, document=False),
        place,
    )


def place(version: PolicyVersion) -> str:
    """Where a version stands in lists: the newest is first."""
    return str(10**NUMBER_DIGITS - version.number)


@IAM.operation(
    "SetDefaultPolicyVersion",
    action="iam:SetDefaultPolicyVersion",
    resource=targets.policy,
    needs="PolicyArn VersionId",
)
async def set_default_policy_version(call: Call, resource: Resource, server: Server) -> None:
    targets.own_policy(call, resource)
    number = number_of(call)

    async def work(tx: Transaction) -> None:
        policy = await targets.still_policy(tx, resource)
        if number not in {version.number for version in await managed.versions(tx, policy.id)}:
            raise no_version(call)
        await managed.put(tx, replace(policy, default=number, updated_us=call.now_us))

    await server.catalog.run(work)


@IAM.operation(
    "DeletePolicyVersion",
    action="iam:DeletePolicyVersion",
    resource=targets.policy,
    needs="PolicyArn VersionId",
)
async def delete_policy_version(call: Call, resource: Resource, server: Server) -> None:
    targets.own_policy(call, resource)
    number = number_of(call)

    async def work(tx: Transaction) -> None:
        policy = await targets.still_policy(tx, resource)
        if number == policy.default:
            raise QueryError("DeleteConflict", "Cannot delete the default version of a policy.")
        if not await managed.remove_version(tx, policy.id, number):
            raise no_version(call)

    await server.catalog.run(work)
