"""The account: its alias, and a summary of what it holds and may hold.

This file never tells of another account more than that an alias is taken.
Source: IAM API reference, CreateAccountAlias, GetAccountSummary and their siblings.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, accounts, entities, managed
from narthex.iam import pages, targets
from narthex.iam.operations.access_keys import MOST_KEYS
from narthex.iam.operations.attachments import MOST_ATTACHED
from narthex.iam.operations.groups import MOST_GROUPS
from narthex.iam.operations.policy_versions import MOST_VERSIONS
from narthex.iam.service import IAM
from narthex.model import Account
from narthex.pure.policy.document import MAX_INLINE_CHARS, MAX_MANAGED_CHARS, MAX_TRUST_CHARS
from narthex.query_api.document import Fields
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Call, Resource
from narthex.server import Server

QUOTAS: dict[str, int] = {
    "AccessKeysPerUserQuota": MOST_KEYS,
    "AssumeRolePolicySizeQuota": MAX_TRUST_CHARS,
    "AttachedPoliciesPerGroupQuota": MOST_ATTACHED,
    "AttachedPoliciesPerRoleQuota": MOST_ATTACHED,
    "AttachedPoliciesPerUserQuota": MOST_ATTACHED,
    "GroupPolicySizeQuota": MAX_INLINE_CHARS["group"],
    "GroupsPerUserQuota": MOST_GROUPS,
    "PolicySizeQuota": MAX_MANAGED_CHARS,
    "RolePolicySizeQuota": MAX_INLINE_CHARS["role"],
    "UserPolicySizeQuota": MAX_INLINE_CHARS["user"],
    "VersionsPerPolicyQuota": MOST_VERSIONS,
}


async def own_account(tx: Transaction, call: Call) -> Account:
    """The caller's account."""
    account = await accounts.find(tx, call.account)
    if account is None:
        raise QueryError("NoSuchEntity", "The account is gone.")
    return account


@IAM.operation(
    "CreateAccountAlias",
    action="iam:CreateAccountAlias",
    resource=targets.anything,
    needs="AccountAlias",
)
async def create_account_alias(call: Call, resource: Resource, server: Server) -> None:
    alias = call.arguments["AccountAlias"]

    async def work(tx: Transaction) -> None:
        account = await own_account(tx, call)
        if await accounts.alias_owner(tx, alias) not in (None, account.id):
            raise QueryError("EntityAlreadyExists", f"The account alias {alias} already exists.")
        await accounts.put(tx, replace(account, alias=alias))

    await server.catalog.run(work)


@IAM.operation(
    "DeleteAccountAlias",
    action="iam:DeleteAccountAlias",
    resource=targets.anything,
    needs="AccountAlias",
)
async def delete_account_alias(call: Call, resource: Resource, server: Server) -> None:
    alias = call.arguments["AccountAlias"]

    async def work(tx: Transaction) -> None:
        account = await own_account(tx, call)
        if account.alias != alias:
            raise QueryError("NoSuchEntity", f"The account alias {alias} cannot be found.")
        await accounts.put(tx, replace(account, alias=""))

    await server.catalog.run(work)


@IAM.operation(
    "ListAccountAliases",
    action="iam:ListAccountAliases",
    resource=targets.anything,
    takes=pages.PAGING,
)
async def list_account_aliases(call: Call, resource: Resource, server: Server) -> Fields:
    account = await accounts.find(server.catalog, call.account)
    aliases = [account.alias] if account is not None and account.alias else []
    return (("AccountAliases", aliases), ("IsTruncated", False))


@IAM.operation("GetAccountSummary", action="iam:GetAccountSummary", resource=targets.anything)
async def get_account_summary(call: Call, resource: Resource, server: Server) -> Fields:
    reader, account = server.catalog, call.account
    counts = {
        "AccountAccessKeysPresent": int(bool(await accounts.keys_of(reader, account, ""))),
        "AccountMFAEnabled": 0,
        "Groups": await entities.count(reader, account, "group"),
        "MFADevices": 0,
        "MFADevicesInUse": 0,
        "Policies": await managed.count(reader, account),
        "Roles": await entities.count(reader, account, "role"),
        "Users": await entities.count(reader, account, "user"),
    }
    return (("SummaryMap", counts | QUOTAS),)
