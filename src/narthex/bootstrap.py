"""The first start: one account and its root key. Later starts change nothing unless told to.

This file never prints: it hands a new key to the caller once. There are no default credentials.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path

from narthex import tenancy
from narthex.catalog import Transaction, accounts, audit
from narthex.catalog.audit import Entry
from narthex.config import SettingError, Settings
from narthex.errors import Unavailable
from narthex.fresh_keys import FreshKey as RootKey
from narthex.fresh_keys import new_key
from narthex.ledger.issue import own_act
from narthex.model import Account
from narthex.pure.administration import told
from narthex.server import Server

ID_VARIABLE = "NARTHEX_ROOT_ACCESS_KEY_ID"
SECRET_VARIABLE = "NARTHEX_ROOT_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name, not a secret
FILE = "credentials"
PUT_ROOT_KEY = "narthex:PutRootKey"  # as the audit log has it; no policy names it

__all__ = ["RootKey", "ensure_root", "key_of", "new_key", "write_credentials"]


def key_of(environment: Mapping[str, str]) -> RootKey | None:
    """The root key the operator chose, if any. Raises SettingError when it is half or weak."""
    key_id, secret = environment.get(ID_VARIABLE), environment.get(SECRET_VARIABLE)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        raise SettingError(f"{ID_VARIABLE} and {SECRET_VARIABLE} are set together or not at all")
    if not re.fullmatch(r"[A-Za-z0-9/+=._@-]{3,128}", key_id):
        raise SettingError(f"{ID_VARIABLE}: 3 to 128 letters, digits or any of /+=._@-")
    if not re.fullmatch(r"[!-~]{16,128}", secret):
        raise SettingError(f"{SECRET_VARIABLE}: 16 to 128 visible ASCII characters")
    return RootKey(key_id, secret)


async def ensure_root(server: Server, chosen: RootKey | None) -> RootKey | None:
    """Make the first account and its root key, once; or put the chosen key in their place.

    Returns the key that was generated now; None when there was nothing to generate.
    """
    generated = new_key()

    async def work(tx: Transaction) -> bool:
        account = await accounts.first(tx)
        fresh = account is None
        if account is None:
            account = tenancy.new_account("main", server.clock())
            await accounts.create(tx, account)
        changed = fresh
        if chosen is not None:
            changed = await _replace_root(tx, server, account, chosen) or fresh
        elif fresh:
            await accounts.put_key(tx, tenancy.root_key(server, account, generated))
        if changed:
            key = generated if chosen is None else chosen
            await audit.add(tx, [_entry(account, key.id, server.clock())])
        return fresh

    fresh = await server.catalog.run(work)
    return generated if fresh and chosen is None else None


def _entry(account: Account, access_key_id: str, now_us: int) -> Entry:
    """What the audit log says: whoever starts the server did it, by its settings."""
    detail, root = told([("AccessKeyId", access_key_id)]), f"arn:aws:iam::{account.id}:root"
    return own_act(account.id, PUT_ROOT_KEY, now_us, detail, resource=root)


async def _replace_root(tx: Transaction, server: Server, account: Account, key: RootKey) -> bool:
    """The chosen key is the account's one root key: changing the variable is a rotation.

    Whether anything had to be changed.
    """
    held = changed = False
    for old in await accounts.keys(tx, account.id):
        if old.principal.kind != "root":
            continue
        secret = server.keyring.open(old.id, old.sealed)
        same = old.id == key.id and hmac.compare_digest(secret.encode(), key.secret.encode())
        if same and old.active:
            held = True
        else:  # also the chosen key itself, when it was deactivated: it is put back below
            await accounts.remove_key(tx, old.id)
            changed = True
    if not held:
        await accounts.put_key(tx, tenancy.root_key(server, account, key))
    return changed or not held


def write_credentials(settings: Settings, key: RootKey) -> Path:
    """Keep a generated root key in the data folder, mode 0600, as an AWS credentials file.

    So `AWS_SHARED_CREDENTIALS_FILE=<it> aws s3 ls` works as it is. Raises Unavailable.
    """
    path = settings.folder / FILE
    text = (
        "# narthex made this root key at its first start. Whoever reads it owns every bucket.\n"
        f"[default]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unavailable(f"root key {path}: {error.strerror}") from error
    return path
