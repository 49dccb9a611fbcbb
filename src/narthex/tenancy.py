"""Accounts: made with a root key of their own, listed, disabled, enabled, deleted.

This file never shows one account anything of another, and never prints: a new root key is handed
to whoever asked, once. Whoever is served only needs the first account, made at the first start.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from narthex.catalog import Transaction, accounts
from narthex.errors import Conflict, StoreError
from narthex.fresh_keys import FreshKey, new_key
from narthex.model import AccessKey, Account, Principal
from narthex.server import Server

NAME = re.compile(r"[\w+=,.@ -]{1,64}", re.ASCII)


class AccountError(StoreError):
    """What is asked of an account cannot be done. The text is for the operator.

    code: "InvalidArgument", "NoSuchAccount", "AccountExists" or "AccountInUse".
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


def no_such_account(name: str) -> AccountError:
    """The refusal of a name or an id that is no account's."""
    return AccountError("NoSuchAccount", f"there is no account `{name[:64]}`")


def new_account(name: str, now_us: int) -> Account:
    """An account with a random 12-digit id and a random canonical id of 64 hex digits."""
    digits = str(secrets.choice(range(100_000_000_000, 1_000_000_000_000)))
    return Account(digits, secrets.token_hex(32), name, now_us)


def root_key(server: Server, account: Account, key: FreshKey) -> AccessKey:
    """A key of the account's root, as the catalog keeps it."""
    principal = Principal(
        "root", account.id, account.canonical_id, f"arn:aws:iam::{account.id}:root", key.id
    )
    return AccessKey(key.id, principal, key.sealed(server.keyring), True, server.clock())


async def create_account(server: Server, name: str) -> tuple[Account, FreshKey]:
    """A new account and the key of its root, which is told only now. Raises AccountError."""
    if NAME.fullmatch(name) is None:
        raise AccountError(
            "InvalidArgument",
            f"`{name[:64]}` is no name: 1 to 64 letters, digits, spaces or +=,.@_-",
        )
    key = new_key()
    drawn = new_account(name, server.clock())

    async def work(tx: Transaction) -> Account:
        others = await accounts.every(tx)
        if any(other.name == name for other in others):
            raise AccountError("AccountExists", f"there is an account `{name}` already")
        # Younger than all others also when the clock went back: the oldest is this server's own.
        youngest = max((other.created_us for other in others), default=-1)
        account = replace(drawn, created_us=max(drawn.created_us, youngest + 1))
        await accounts.create(tx, account)
        await accounts.put_key(tx, root_key(server, account, key))
        return account

    try:
        return await server.catalog.run(work), key
    except Conflict as error:  # one in a million million
        raise AccountError("AccountExists", "the id drawn is taken: try again") from error


async def list_accounts(server: Server) -> list[Account]:
    """All accounts, oldest first."""
    return await accounts.every(server.catalog)


async def find_account(server: Server, name_or_id: str) -> Account:
    """The account of this name or id. Raises AccountError."""
    for account in await accounts.every(server.catalog):
        if name_or_id in (account.id, account.name):
            return account
    raise no_such_account(name_or_id)


async def set_enabled(server: Server, account_id: str, *, enabled: bool) -> None:
    """Every key and session of the account works, or is refused from the next request on.

    Raises AccountError when there is no such account, and to disable the first: nobody could enable
    it again.
    """

    async def work(tx: Transaction) -> None:
        account = await accounts.find(tx, account_id)
        if account is None:
            raise no_such_account(account_id)
        if not enabled:
            await _refuse_first(tx, account_id)
        await accounts.put(tx, replace(account, enabled=enabled))

    await server.catalog.run(work)


async def delete_account(server: Server, account_id: str) -> None:
    """The account is gone with its users, roles, policies and keys.

    Raises AccountError for the first account, for one that owns a bucket, and when there is none.
    """

    async def work(tx: Transaction) -> None:
        await _refuse_first(tx, account_id)
        if await accounts.holds_buckets(tx, account_id):
            raise AccountError("AccountInUse", "the account owns buckets: delete them first")
        if not await accounts.remove(tx, account_id):
            raise no_such_account(account_id)

    await server.catalog.run(work)


async def _refuse_first(tx: Transaction, account_id: str) -> None:
    first = await accounts.first(tx)
    if first is not None and first.id == account_id:
        raise AccountError("AccountInUse", "the first account is this server's own and stays")
