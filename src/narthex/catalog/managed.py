"""Managed policies, their versions, and what they are attached to.

This file never decides who may, and never tells one account of another's policies: those of `aws`
are everyone's. Every write that could change what somebody may do moves the generation.
"""

from __future__ import annotations

from typing import Literal

from narthex.catalog import Reader, Row, Transaction, Value
from narthex.catalog.accounts import move_generation
from narthex.catalog.entities import ENTITY, Span, read_entity
from narthex.catalog.rows import is_word, read_pairs, write_pairs
from narthex.entities import (
    AWS,
    Entity,
    EntityKind,
    ManagedPolicy,
    NamedDocument,
    PolicyVersion,
    entity_arn,
)
from narthex.errors import Corrupt

Use = Literal["attached", "boundary"]

_STORED = (
    "id, account, name, path, created_us, updated_us, default_number, last_number,"
    " description, tags"
)
_POLICY = (
    "SELECT "
    + ", ".join(f"p.{name}" for name in _STORED.split(", "))
    + ", (SELECT COUNT(*) FROM attachments a JOIN entities e ON e.id = a.entity"
    " WHERE a.policy = p.id AND e.account = ?)"
    ", (SELECT COUNT(*) FROM entities e WHERE e.boundary = p.id AND e.boundary <> ''"
    " AND e.account = ?) FROM managed_policies p"
)


async def find(
    reader: Reader, account: str, owner: str, path_and_name: str
) -> ManagedPolicy | None:
    """The policy with this path and name, as one account sees it: its own, or one of `aws`.

    path_and_name: "/division/name". owner: the account in the ARN.
    """
    path, slash, name = path_and_name.rpartition("/")
    if owner not in (account, AWS) or not is_word(path_and_name):
        return None
    row = await reader.fetch_one(
        f"{_POLICY} WHERE p.account = ? AND p.folded = ? AND p.path = ? AND p.name = ?",
        (account, account, owner, name.lower(), path + slash, name),
    )
    return None if row is None else _read(row)


async def get(reader: Reader, account: str, id: str) -> ManagedPolicy | None:
    """The policy of this id, its uses counted in one account."""
    row = await reader.fetch_one(f"{_POLICY} WHERE p.id = ?", (account, account, id))
    return None if row is None else _read(row)


async def is_named(reader: Reader, account: str, name: str) -> bool:
    """Whether the account has a policy of this name, on any path and in any case."""
    row = await reader.fetch_one(
        "SELECT 1 FROM managed_policies WHERE account = ? AND folded = ?", (account, name.lower())
    )
    return row is not None


async def page(
    reader: Reader, account: str, owners: tuple[str, ...], span: Span, use: Use | None = None
) -> list[ManagedPolicy]:
    """Policies of these owners, by name and owner; only those in use that way, if one is given.

    span.after: a name in lower case, a space and the owner behind which the list goes on.
    """
    name, _, owner = span.after.partition(" ")
    marks = ", ".join("?" * len(owners))
    values: list[Value] = [account, account, *owners, name, name, owner]
    used = ""
    if use == "attached":
        used = (
            " AND EXISTS (SELECT 1 FROM attachments a JOIN entities e ON e.id = a.entity"
            " WHERE a.policy = p.id AND e.account = ?)"
        )
    elif use == "boundary":
        used = (
            " AND EXISTS (SELECT 1 FROM entities e WHERE e.boundary = p.id"
            " AND e.boundary <> '' AND e.account = ?)"
        )
    values += [account] if used else []
    rows = await reader.fetch(
        f"{_POLICY} WHERE p.account IN ({marks})"
        f" AND (p.folded > ? OR (p.folded = ? AND p.account > ?)){used}"
        " AND p.path >= ? AND p.path < ? ORDER BY p.folded, p.account LIMIT ?",
        (*values, *span.paths, span.limit),
    )
    return [_read(row) for row in rows]


async def count(reader: Reader, account: str) -> int:
    """How many policies the account has."""
    row = await reader.fetch_one(
        "SELECT COUNT(*) FROM managed_policies WHERE account = ?", (account,)
    )
    return int(row[0]) if row else 0


async def add(tx: Transaction, policy: ManagedPolicy, document: str) -> None:
    """A new policy and its first version. Raises Conflict when its name is taken."""
    await tx.execute(
        f"INSERT INTO managed_policies ({_STORED}, folded)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            policy.id,
            policy.account,
            policy.name,
            policy.path,
            policy.created_us,
            policy.updated_us,
            policy.default,
            policy.last,
            policy.description,
            write_pairs(policy.tags),
            policy.name.lower(),
        ),
    )
    await add_version(tx, policy.id, PolicyVersion(policy.default, document, policy.created_us))


async def put(tx: Transaction, policy: ManagedPolicy) -> bool:
    """Keep what can change of a policy; whether it is still there."""
    changed = await tx.execute(
        "UPDATE managed_policies SET default_number = ?, last_number = ?, updated_us = ?, tags = ?"
        " WHERE id = ?",
        (policy.default, policy.last, policy.updated_us, write_pairs(policy.tags), policy.id),
    )
    await move_generation(tx)
    return changed > 0


async def remove(tx: Transaction, id: str) -> bool:
    """The policy is gone with its versions; whether it was there."""
    await tx.execute("DELETE FROM managed_versions WHERE policy = ?", (id,))
    removed = await tx.execute("DELETE FROM managed_policies WHERE id = ?", (id,))
    await move_generation(tx)
    return removed > 0


async def add_version(tx: Transaction, policy: str, version: PolicyVersion) -> None:
    """One more version of a policy, by the policy's id."""
    await tx.execute(
        "INSERT INTO managed_versions (policy, number, document, created_us) VALUES (?, ?, ?, ?)",
        (policy, version.number, version.document, version.created_us),
    )


async def versions(reader: Reader, policy: str) -> list[PolicyVersion]:
    """All versions, newest first."""
    rows = await reader.fetch(
        "SELECT number, document, created_us FROM managed_versions WHERE policy = ?"
        " ORDER BY number DESC",
        (policy,),
    )
    return [PolicyVersion(*row) for row in rows]


async def remove_version(tx: Transaction, policy: str, number: int) -> bool:
    """The version is gone; whether it was there. The default one is not to be asked for."""
    removed = await tx.execute(
        "DELETE FROM managed_versions WHERE policy = ? AND number = ?", (policy, number)
    )
    return removed > 0


async def attach(tx: Transaction, entity: str, policy: str) -> None:
    """The policy is attached to the entity, as it may have been before. Both by their ids."""
    await tx.execute(
        "INSERT INTO attachments (entity, policy) VALUES (?, ?)"
        " ON CONFLICT (entity, policy) DO NOTHING",
        (entity, policy),
    )
    await move_generation(tx)


async def detach(tx: Transaction, entity: str, policy: str) -> bool:
    """The policy is not attached to the entity; whether it was."""
    removed = await tx.execute(
        "DELETE FROM attachments WHERE entity = ? AND policy = ?", (entity, policy)
    )
    await move_generation(tx)
    return removed > 0


async def attached(reader: Reader, entity: Entity, span: Span) -> list[ManagedPolicy]:
    """The policies attached to an entity, by name and owner; span as in `page`."""
    name, _, owner = span.after.partition(" ")
    rows = await reader.fetch(
        f"{_POLICY} JOIN attachments t ON t.policy = p.id WHERE t.entity = ?"
        " AND (p.folded > ? OR (p.folded = ? AND p.account > ?))"
        " AND p.path >= ? AND p.path < ? ORDER BY p.folded, p.account LIMIT ?",
        (
            entity.account,
            entity.account,
            entity.id,
            name,
            name,
            owner,
            *span.paths,
            span.limit,
        ),
    )
    return [_read(row) for row in rows]


async def users_of(
    reader: Reader,
    account: str,
    policy: str,
    span: Span,
    use: Use | None = None,
    kind: EntityKind | None = None,
) -> list[Entity]:
    """An account's entities that use a policy, one way or any, by kind and name.

    span.after: a kind, a space and a name in lower case, behind which the list goes on.
    """
    after, _, name = span.after.partition(" ")
    ways = {
        "attached": "e.id IN (SELECT t.entity FROM attachments t WHERE t.policy = ?)",
        "boundary": "(e.boundary = ? AND e.boundary <> '')",
    }
    used = [ways[use]] if use else list(ways.values())
    sort = " AND e.kind = ?" if kind else ""
    rows = await reader.fetch(
        f"{ENTITY} WHERE e.account = ? AND ({' OR '.join(used)}){sort}"
        " AND (e.kind > ? OR (e.kind = ? AND e.folded > ?))"
        " AND e.path >= ? AND e.path < ? ORDER BY e.kind, e.folded LIMIT ?",
        (
            account,
            *[policy] * len(used),
            *([kind] if kind else []),
            after,
            after,
            name,
            *span.paths,
            span.limit,
        ),
    )
    return [read_entity(row) for row in rows]


async def documents(reader: Reader, ids: tuple[str, ...]) -> list[NamedDocument]:
    """The default versions of these policies, told by their ARNs; what is gone is missing.

    Raises Corrupt for one that is there without its text.
    """
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    rows = await reader.fetch(
        "SELECT p.account, p.path, p.name, v.document FROM managed_policies p"
        " LEFT JOIN managed_versions v ON v.policy = p.id AND v.number = p.default_number"
        f" WHERE p.id IN ({marks}) ORDER BY p.folded, p.account",
        ids,
    )
    return [_document(row) for row in rows]


async def documents_of(reader: Reader, entity: str) -> list[NamedDocument]:
    """Every text that counts for a user or a role: its own, the attached, and its groups'.

    Raises Corrupt when one is not there: it may have denied.
    """
    held = "(SELECT ? UNION ALL SELECT team FROM memberships WHERE member = ?)"
    inline = await reader.fetch(
        "SELECT e.kind, e.name, i.name, i.document FROM inline_policies i"
        f" JOIN entities e ON e.id = i.entity WHERE i.entity IN {held}"
        " ORDER BY e.kind DESC, e.folded, i.name",
        (entity, entity),
    )
    shared = await reader.fetch(
        "SELECT DISTINCT p.account, p.path, p.name, v.document FROM attachments t"
        " LEFT JOIN managed_policies p ON p.id = t.policy"
        " LEFT JOIN managed_versions v ON v.policy = p.id AND v.number = p.default_number"
        f" WHERE t.entity IN {held} ORDER BY p.account, p.path, p.name",
        (entity, entity),
    )
    named = [
        NamedDocument(f"{kind} {owner}, inline policy {name}", document)
        for kind, owner, name, document in inline
    ]
    return [*named, *[_document(row) for row in shared]]


def _document(row: Row) -> NamedDocument:
    account, path, name, document = row
    if document is None:
        raise Corrupt("a managed policy in use has lost its text")
    return NamedDocument(entity_arn(account, "policy", path, name), document)


def _read(row: Row) -> ManagedPolicy:
    return ManagedPolicy(
        id=row[0],
        account=row[1],
        name=row[2],
        path=row[3],
        created_us=row[4],
        updated_us=row[5],
        default=row[6],
        last=row[7],
        description=row[8],
        tags=read_pairs(row[9]),
        attached=row[10],
        bounds=row[11],
    )
