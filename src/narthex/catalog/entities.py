"""Users, groups and roles, their memberships and their inline policies.

This file never decides who may; every write that could change what somebody may do moves the
generation, so that no worker goes on with what it remembers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from narthex.catalog import Reader, Row, Transaction
from narthex.catalog.accounts import move_generation
from narthex.catalog.rows import is_word, read_pairs, write_pairs
from narthex.entities import Entity, EntityKind
from narthex.http import Pairs

_COLUMNS = (
    "id, account, kind, name, path, created_us, boundary, tags, trust, pins, description,"
    " longest_session, used_us, used_region"
)
# Users and roles; and sessions of roles. A federated user is its name and nothing else.
_PRINCIPAL = re.compile(
    r"arn:aws:iam::(?P<account>[0-9]{12}):(?P<kind>user|role)/(?:[^/]+/)*(?P<name>[^/]+)"
)
_ROLE_SESSION = re.compile(
    r"arn:aws:sts::(?P<account>[0-9]{12}):assumed-role/(?P<name>[^/]+)/(?P<session>[^/]+)"
)
ENTITY = "SELECT " + ", ".join(f"e.{name}" for name in _COLUMNS.split(", ")) + " FROM entities e"


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows of a list: names (in lower case) behind `after`, paths with `prefix`, `limit`."""

    after: str = ""
    prefix: str = "/"
    limit: int = 100

    @property
    def paths(self) -> tuple[str, str]:
        """The first path with the prefix, and one behind the last: paths are visible ASCII."""
        return self.prefix, self.prefix + "\x7f"


async def find(reader: Reader, account: str, kind: EntityKind, name: str) -> Entity | None:
    """The entity of this name in this account, whatever the case of the name."""
    if not is_word(name):
        return None
    row = await reader.fetch_one(
        f"{ENTITY} WHERE e.account = ? AND e.kind = ? AND e.folded = ?",
        (account, kind, name.lower()),
    )
    return None if row is None else read_entity(row)


async def get(reader: Reader, id: str) -> Entity | None:
    """The entity of this unique id."""
    if not is_word(id):
        return None
    row = await reader.fetch_one(f"{ENTITY} WHERE e.id = ?", (id,))
    return None if row is None else read_entity(row)


async def ids_of(reader: Reader, names: Iterable[str]) -> Pairs:
    """The unique id that each user, role or session ARN stands for now, of those that exist.

    Kept beside a document that names principals, so that a namesake made later inherits nothing.
    """
    found: list[tuple[str, str]] = []
    for arn in sorted(names):
        named = _PRINCIPAL.fullmatch(arn)
        session = _ROLE_SESSION.fullmatch(arn)
        if named is not None:
            kind: EntityKind = "user" if named["kind"] == "user" else "role"
            entity = await find(reader, named["account"], kind, named["name"])
            if entity is not None and entity.arn == arn:
                found.append((arn, entity.id))
        elif session is not None:
            entity = await find(reader, session["account"], "role", session["name"])
            if entity is not None and entity.name == session["name"]:
                found.append((arn, f"{entity.id}:{session['session']}"))
    return tuple(found)


async def page(reader: Reader, account: str, kind: EntityKind, span: Span) -> list[Entity]:
    """Entities of one kind, by name."""
    rows = await reader.fetch(
        f"{ENTITY} WHERE e.account = ? AND e.kind = ? AND e.folded > ?"
        " AND e.path >= ? AND e.path < ? ORDER BY e.folded LIMIT ?",
        (account, kind, span.after, *span.paths, span.limit),
    )
    return [read_entity(row) for row in rows]


async def count(reader: Reader, account: str, kind: EntityKind) -> int:
    """How many there are of one kind."""
    row = await reader.fetch_one(
        "SELECT COUNT(*) FROM entities WHERE account = ? AND kind = ?", (account, kind)
    )
    return int(row[0]) if row else 0


async def add(tx: Transaction, entity: Entity) -> None:
    """A new entity. Raises Conflict when its name is taken.

    Nothing can be remembered of what did not exist: the generation stays.
    """
    await tx.execute(
        f"INSERT INTO entities ({_COLUMNS}, folded)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entity.id,
            entity.account,
            entity.kind,
            entity.name,
            entity.path,
            entity.created_us,
            entity.boundary,
            write_pairs(entity.tags),
            entity.trust,
            write_pairs(entity.pins),
            entity.description,
            entity.longest_session,
            entity.used_us,
            entity.used_region,
            entity.name.lower(),
        ),
    )


async def put(tx: Transaction, entity: Entity) -> bool:
    """Keep what can change of an entity; whether it is there. Raises Conflict for its name."""
    changed = await tx.execute(
        "UPDATE entities SET name = ?, folded = ?, path = ?, boundary = ?, tags = ?, trust = ?,"
        " pins = ?, description = ?, longest_session = ? WHERE id = ?",
        (
            entity.name,
            entity.name.lower(),
            entity.path,
            entity.boundary,
            write_pairs(entity.tags),
            entity.trust,
            write_pairs(entity.pins),
            entity.description,
            entity.longest_session,
            entity.id,
        ),
    )
    await move_generation(tx)
    return changed > 0


async def remove(tx: Transaction, id: str) -> bool:
    """The entity is gone, with the sessions that were its own; whether it was there."""
    await tx.execute("DELETE FROM sessions WHERE owner = ?", (id,))
    removed = await tx.execute("DELETE FROM entities WHERE id = ?", (id,))
    await move_generation(tx)
    return removed > 0


async def note_use(tx: Transaction, id: str, used_us: int, region: str) -> None:
    """The role was last assumed at this time."""
    await tx.execute(
        "UPDATE entities SET used_us = ?, used_region = ? WHERE id = ? AND used_us < ?",
        (used_us, region, id, used_us),
    )


# Memberships: users in groups.


async def join(tx: Transaction, user: str, group: str) -> None:
    """The user is in the group, as it may have been before. Both by their ids."""
    await tx.execute(
        "INSERT INTO memberships (member, team) VALUES (?, ?)"
        " ON CONFLICT (member, team) DO NOTHING",
        (user, group),
    )
    await move_generation(tx)


async def leave(tx: Transaction, user: str, group: str) -> bool:
    """The user is not in the group; whether it was."""
    removed = await tx.execute(
        "DELETE FROM memberships WHERE member = ? AND team = ?", (user, group)
    )
    await move_generation(tx)
    return removed > 0


async def groups_of(reader: Reader, user: str, span: Span) -> list[Entity]:
    """The groups a user is in, by name."""
    rows = await reader.fetch(
        f"{ENTITY} JOIN memberships m ON m.team = e.id"
        " WHERE m.member = ? AND e.folded > ? ORDER BY e.folded LIMIT ?",
        (user, span.after, span.limit),
    )
    return [read_entity(row) for row in rows]


async def members_of(reader: Reader, group: str, span: Span) -> list[Entity]:
    """The users in a group, by name."""
    rows = await reader.fetch(
        f"{ENTITY} JOIN memberships m ON m.member = e.id"
        " WHERE m.team = ? AND e.folded > ? ORDER BY e.folded LIMIT ?",
        (group, span.after, span.limit),
    )
    return [read_entity(row) for row in rows]


# Inline policies: texts that belong to one entity. Their names differ by case.


async def put_inline(tx: Transaction, entity: str, name: str, document: str) -> None:
    """Keep the entity's policy of this name, in place of the one before."""
    await tx.execute(
        "INSERT INTO inline_policies (entity, name, document) VALUES (?, ?, ?)"
        " ON CONFLICT (entity, name) DO UPDATE SET document = excluded.document",
        (entity, name, document),
    )
    await move_generation(tx)


async def inline(reader: Reader, entity: str, name: str) -> str | None:
    """The entity's policy of this name."""
    row = await reader.fetch_one(
        "SELECT document FROM inline_policies WHERE entity = ? AND name = ?", (entity, name)
    )
    return None if row is None else row[0]


async def all_inline(
    reader: Reader, entity: str, after: str = "", limit: int = 1 << 31
) -> list[tuple[str, str]]:
    """Names and texts of the entity's inline policies behind a name, by name."""
    rows = await reader.fetch(
        "SELECT name, document FROM inline_policies WHERE entity = ? AND name > ?"
        " ORDER BY name LIMIT ?",
        (entity, after, limit),
    )
    return [(name, document) for name, document in rows]


async def remove_inline(tx: Transaction, entity: str, name: str) -> bool:
    """No policy of this name; whether there was one."""
    removed = await tx.execute(
        "DELETE FROM inline_policies WHERE entity = ? AND name = ?", (entity, name)
    )
    await move_generation(tx)
    return removed > 0


def read_entity(row: Row) -> Entity:
    """The entity of a row that `ENTITY` selected."""
    return Entity(
        id=row[0],
        account=row[1],
        kind=row[2],
        name=row[3],
        path=row[4],
        created_us=row[5],
        boundary=row[6],
        tags=read_pairs(row[7]),
        trust=row[8],
        pins=read_pairs(row[9]),
        description=row[10],
        longest_session=row[11],
        used_us=row[12],
        used_region=row[13],
    )
