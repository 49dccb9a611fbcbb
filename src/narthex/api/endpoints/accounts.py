"""Accounts: made with a root key that is told once, listed, disabled and enabled, deleted.

Only the root of the first account may. Whoever needs one account only never meets this.
"""

from __future__ import annotations

from narthex import tenancy
from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import Fields
from narthex.catalog import accounts
from narthex.model import Account
from narthex.pure.times import iso_seconds
from narthex.server import Server
from narthex.tenancy import AccountError


async def by_first_root(call: Call, server: Server) -> Resource:
    """Nothing but who asks. Raises AccessDenied for all but one."""
    identity, first = call.asking.identity, await accounts.first(server.catalog)
    is_root = identity.principal.kind == "root"
    if not is_root or first is None or identity.principal.account != first.id:
        raise ApiError("AccessDenied", "accounts are the business of the first account's root")
    return Resource()


@endpoint("POST", "accounts", action="narthex:CreateAccount", find=by_first_root)
async def create_account(call: Call, held: None, server: Server) -> Answer:
    name = Fields(call.body, ["name"]).needed("name")
    try:
        account, key = await tenancy.create_account(server, name)
    except AccountError as error:
        raise _refusal(error, "name") from error
    told = {
        "account": _show(account),
        "access_key_id": key.id,
        "secret_access_key": key.secret,
    }
    return Answer(told, 201)


@endpoint("GET", "accounts", action="narthex:ListAccounts", find=by_first_root)
async def list_accounts(call: Call, held: None, server: Server) -> Answer:
    return Answer({"accounts": [_show(one) for one in await tenancy.list_accounts(server)]})


@endpoint("PATCH", "accounts/{id}", action="narthex:UpdateAccount", find=by_first_root)
async def update_account(call: Call, held: None, server: Server) -> Answer:
    fields = Fields(call.body, ["enabled"])
    if call.body.get("enabled") is None:
        raise invalid("enabled", "`enabled` is needed")
    id = call.parts["id"]
    try:
        await tenancy.set_enabled(server, id, enabled=fields.flag("enabled"))
        return Answer({"account": _show(await tenancy.find_account(server, id))})
    except AccountError as error:
        raise _refusal(error) from error


@endpoint("DELETE", "accounts/{id}", action="narthex:DeleteAccount", find=by_first_root)
async def delete_account(call: Call, held: None, server: Server) -> Answer:
    try:
        account = await tenancy.find_account(server, call.parts["id"])
        await tenancy.delete_account(server, account.id)
    except AccountError as error:
        raise _refusal(error) from error
    return Answer({"account": _show(account)})


def _refusal(error: AccountError, field: str = "") -> ApiError:
    return ApiError(error.code, str(error), field if error.code == "InvalidArgument" else "")


def _show(account: Account) -> Json:
    return {
        "id": account.id,
        "name": account.name,
        "canonical_id": account.canonical_id,
        "alias": account.alias or None,
        "enabled": account.enabled,
        "created_at": iso_seconds(account.created_us),
    }
