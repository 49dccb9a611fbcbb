"""Accounts and access keys. Every write to a credential moves the generation.

This file never sees a secret: it keeps sealed ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from narthex.catalog import Reader, Row, Transaction, functions
from narthex.catalog.rows import is_word
from narthex.errors import Conflict
from narthex.model import AccessKey, Account, Principal

_ACCOUNT = "id, canonical_id, name, created_us, enabled, alias"
_KEY = (
    "SELECT k.id, k.kind, k.account, a.canonical_id, k.arn, k.sealed, k.active * a.enabled,"
    " k.created_us, k.owner FROM access_keys k JOIN accounts a ON a.id = k.account"
)
_FIND_KEY = f"{_KEY} WHERE k.id = ?"


async def find_key(reader: Reader, access_key_id: str) -> AccessKey | None:
    """The key and whom it acts for, active or not; one of a disabled account is not."""
    if not is_word(access_key_id):
        return None
    row = await reader.fetch_one(_FIND_KEY, (access_key_id,))
    return None if row is None else _read_key(row)


async def keys(reader: Reader, account: str) -> list[AccessKey]:
    """All keys of an account, oldest first."""
    rows = await reader.fetch(f"{_KEY} WHERE k.account = ? ORDER BY k.created_us, k.id", (account,))
    return [_read_key(row) for row in rows]


async def put_key(tx: Transaction, key: AccessKey) -> None:
    """Keep the key, in place of one with its id. Raises Conflict when that is another account's."""
    owner = key.principal
    changed = await tx.execute(
        "INSERT INTO access_keys (id, account, kind, arn, sealed, active, created_us, owner)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, arn = excluded.arn,"
        " sealed = excluded.sealed, active = excluded.active, created_us = excluded.created_us,"
        " owner = excluded.owner WHERE access_keys.account = excluded.account",
        (
            key.id,
            owner.account,
            owner.kind,
            owner.arn,
            key.sealed,
            int(key.active),
            key.created_us,
            key.owner,
        ),
    )
    if not changed:
        raise Conflict(f"access key `{key.id}` belongs to another account")
    await move_generation(tx)


async def remove_key(tx: Transaction, access_key_id: str) -> bool:
    """The key is gone; whether it was there."""
    removed = await tx.execute("DELETE FROM access_keys WHERE id = ?", (access_key_id,))
    await tx.execute("DELETE FROM key_uses WHERE id = ?", (access_key_id,))
    await move_generation(tx)
    return removed > 0


async def keys_of(reader: Reader, account: str, owner: str) -> list[AccessKey]:
    """The keys of a user (by unique id) or, with owner "", of the account's root; oldest first."""
    rows = await reader.fetch(
        f"{_KEY} WHERE k.account = ? AND k.owner = ? ORDER BY k.created_us, k.id", (account, owner)
    )
    return [_read_key(row) for row in rows]


async def set_active(tx: Transaction, access_key_id: str, *, active: bool) -> bool:
    """The key works, or does not from now on; whether there is such a key."""
    changed = await tx.execute(
        "UPDATE access_keys SET active = ? WHERE id = ?", (int(active), access_key_id)
    )
    await move_generation(tx)
    return changed > 0


async def create(tx: Transaction, account: Account) -> None:
    """A new account. Raises Conflict when its id, its canonical id or its alias exists."""
    await tx.execute(
        f"INSERT INTO accounts ({_ACCOUNT}) VALUES (?, ?, ?, ?, ?, ?)",
        (
            account.id,
            account.canonical_id,
            account.name,
            account.created_us,
            int(account.enabled),
            account.alias,
        ),
    )


async def first(reader: Reader) -> Account | None:
    """The oldest account: the one made at first start."""
    rows = await _accounts(reader, 1)
    return rows[0] if rows else None


async def every(reader: Reader) -> list[Account]:
    """All accounts, oldest first."""
    return await _accounts(reader, 1 << 31)


async def find(reader: Reader, id: str) -> Account | None:
    """The account of this 12-digit id."""
    if not is_word(id):
        return None
    row = await reader.fetch_one(f"SELECT {_ACCOUNT} FROM accounts WHERE id = ?", (id,))
    return None if row is None else _read_account(row)


async def id_of(reader: Reader, canonical_id: str) -> str:
    """The 12-digit id of the account with this canonical id; "" when it is gone."""
    row = await reader.fetch_one("SELECT id FROM accounts WHERE canonical_id = ?", (canonical_id,))
    return "" if row is None else row[0]


async def known_canonical_ids(reader: Reader, wanted: Iterable[str]) -> set[str]:
    """Those of these canonical ids that are some account's."""
    return {one for one in wanted if await id_of(reader, one)}


async def blocks(reader: Reader, id: str) -> str:
    """The account's own block on public access, as it was put; "" for the default."""
    row = await reader.fetch_one("SELECT blocks FROM accounts WHERE id = ?", (id,))
    return "" if row is None else row[0]


async def set_blocks(tx: Transaction, id: str, text: str) -> None:
    """Replace the account's block on public access. Buckets read it with every request."""
    await tx.execute("UPDATE accounts SET blocks = ? WHERE id = ?", (text, id))


async def put(tx: Transaction, account: Account) -> bool:
    """Keep name, alias and state of an account; whether it is there. Raises Conflict for the alias.

    The keys and sessions of a disabled account are refused from the next request on.
    """
    changed = await tx.execute(
        "UPDATE accounts SET name = ?, alias = ?, enabled = ? WHERE id = ?",
        (account.name, account.alias, int(account.enabled), account.id),
    )
    await move_generation(tx)
    return changed > 0


async def alias_owner(reader: Reader, alias: str) -> str | None:
    """The id of the account that has this alias."""
    row = await reader.fetch_one("SELECT id FROM accounts WHERE alias = ?", (alias,))
    return None if row is None or not alias else row[0]


async def holds_buckets(reader: Reader, id: str) -> bool:
    """Whether the account owns a bucket: such an account is not removed."""
    row = await reader.fetch_one("SELECT 1 FROM buckets WHERE account = ? LIMIT 1", (id,))
    return row is not None


async def remove(tx: Transaction, id: str) -> bool:
    """The account is gone, with its keys, users, roles, policies, sessions, functions and targets.

    Its buckets are to be gone already. Whether it was there.
    """
    await functions.remove_of(tx, id)
    theirs = "(SELECT id FROM entities WHERE account = ?)"
    for sql in (
        "DELETE FROM key_uses WHERE id IN (SELECT id FROM access_keys WHERE account = ?)",
        "DELETE FROM access_keys WHERE account = ?",
        "DELETE FROM sessions WHERE account = ?",
        f"DELETE FROM inline_policies WHERE entity IN {theirs}",
        f"DELETE FROM attachments WHERE entity IN {theirs}",
        f"DELETE FROM memberships WHERE member IN {theirs}",
        "DELETE FROM entities WHERE account = ?",
        "DELETE FROM managed_versions WHERE policy IN"
        " (SELECT id FROM managed_policies WHERE account = ?)",
        "DELETE FROM managed_policies WHERE account = ?",
        "DELETE FROM targets WHERE account = ?",
        "DELETE FROM addresses WHERE account = ?",
        "DELETE FROM automation_runs WHERE automation IN"
        " (SELECT id FROM automations WHERE account = ?)",
        "DELETE FROM automations WHERE account = ?",
    ):
        await tx.execute(sql, (id,))
    removed = await tx.execute("DELETE FROM accounts WHERE id = ?", (id,))
    await move_generation(tx)
    return removed > 0


async def generation(reader: Reader) -> int:
    """How often a credential was written: what was read at this number is still so."""
    row = await reader.fetch_one("SELECT number FROM generations WHERE name = 'credentials'")
    return int(row[0]) if row else 0


async def move_generation(tx: Transaction) -> None:
    """What is remembered of any credential or policy is to be read again, in every worker."""
    await tx.execute("UPDATE generations SET number = number + 1 WHERE name = 'credentials'")


async def _accounts(reader: Reader, most: int) -> list[Account]:
    rows = await reader.fetch(
        f"SELECT {_ACCOUNT} FROM accounts ORDER BY created_us, id LIMIT ?", (most,)
    )
    return [_read_account(row) for row in rows]


def _read_account(row: Row) -> Account:
    return Account(row[0], row[1], row[2], row[3], row[4] != 0, row[5])


def _read_key(row: Row) -> AccessKey:
    principal = Principal(row[1], row[2], row[3], row[4], row[0])
    return AccessKey(row[0], principal, row[5], row[6] != 0, row[7], row[8])
