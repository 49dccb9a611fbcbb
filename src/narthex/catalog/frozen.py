"""A catalog that takes no more writes, since it is being moved or has moved; reads go on.

This file never asks the programs that use the catalog to behave: the engine refuses, from the next
statement on, whichever node of whichever version sends it. So a write costs nothing more before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from narthex.catalog import Reader, Transaction, settings, tables
from narthex.catalog.tables import Engine
from narthex.errors import StoreError

MOVED: Final = "moved"  # the setting of a catalog that was moved: where to, and when
BEGUN: Final = "move begun"  # the setting of a catalog that is being filled: where from
# They are about one catalog, or whose its blobs are, and are not moved with it.
OWN: Final = frozenset((MOVED, BEGUN, settings.CATALOG))
# What a frozen catalog may still be told, in `settings`: PostgreSQL is, at every start.
_STILL: Final = "('schema version', 'moved', 'move begun')"
_WHY: Final = "this catalog is being moved, or has moved: it takes no writes"
_VERBS: Final = ("INSERT", "UPDATE", "DELETE")
_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION narthex_moved() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN"
    f" RAISE EXCEPTION '{_WHY}' USING ERRCODE = 'read_only_sql_transaction'; END $body$"
)


@dataclass(frozen=True, slots=True)
class Moved:
    """where: the catalog it moved to, for people to read; never with a password."""

    where: str
    at_us: int


async def freeze(tx: Transaction, engine: Engine) -> None:
    """Every write from now on is refused as Unavailable; those before are committed or not begun.

    On PostgreSQL this waits for the works under way: it locks each table against writers.
    """
    await thaw(tx, engine)
    if engine == "postgresql":
        await tx.execute(_FUNCTION)
    for sql in _refusals(engine):
        await tx.execute(sql)


async def thaw(tx: Transaction, engine: Engine) -> None:
    """Writes are taken again."""
    for table in tables.names():
        if engine == "postgresql":
            await tx.execute(f"DROP TRIGGER IF EXISTS narthex_moved ON {table}")
            continue
        for verb in _VERBS:
            await tx.execute(f"DROP TRIGGER IF EXISTS moved_{table}_{verb.lower()}")


async def is_frozen(reader: Reader, engine: Engine) -> bool:
    """Whether writes are refused."""
    kind = (
        "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = 'moved_accounts_insert'"
        if engine == "sqlite"
        else "SELECT 1 FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
        " AND n.nspname = current_schema()"
        " WHERE g.tgname = 'narthex_moved' AND t.relname = 'accounts'"
    )
    return await reader.fetch_one(kind) is not None


async def moved(reader: Reader) -> Moved | None:
    """Where it moved to; None for a catalog that is still the one."""
    text = await settings.read(reader, MOVED)
    if not text:
        return None
    told = json.loads(text)
    return Moved(told["to"], told["at_us"])


async def say_moved(tx: Transaction, said: Moved | None) -> None:
    """Keep where it moved to, or (None) that it did not."""
    text = json.dumps({"to": said.where, "at_us": said.at_us}) if said else ""
    await settings.write(tx, MOVED, text)


async def refuse_moved(reader: Reader) -> None:
    """Raises StoreError where nobody may serve this catalog: it moved, or it is not whole yet."""
    said = await moved(reader)
    if said is not None:
        raise StoreError(
            f"this catalog moved to {said.where}: serve that one;"
            " `narthex move --reopen` takes the move back"
        )
    if await settings.read(reader, BEGUN):
        raise StoreError("a move into this catalog is not finished: run `narthex move` once more")


def _refusals(engine: Engine) -> Iterator[str]:
    for table in tables.names():
        still = f" WHEN (NEW.name NOT IN {_STILL})" if table == "settings" else ""
        if engine == "postgresql":
            verbs = "INSERT OR UPDATE" if still else " OR ".join(_VERBS)
            each = f"ROW{still}" if still else "STATEMENT"
            yield (
                f"CREATE TRIGGER narthex_moved BEFORE {verbs} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION narthex_moved()"
            )
            continue
        for verb in _VERBS[:2] if still else _VERBS:
            yield (
                f"CREATE TRIGGER moved_{table}_{verb.lower()} BEFORE {verb} ON {table}{still}"
                f" BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
            )
