"""A catalog that takes no more writes, since it is being moved or has moved; reads go on.

This file never asks the programs that use the catalog to behave: the engine refuses, from the next
statement on, whichever node of whichever version sends it. So a write costs nothing more before.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from narthex.catalog import Catalog, Reader, Transaction, settings, tables
from narthex.catalog.tables import Engine
from narthex.errors import StoreError

MOVED: Final = "moved"  # the setting of a catalog that was moved: where to, and when
BEGUN: Final = "move begun"  # the setting of a catalog that is being filled: where from
RUN: Final = "move run"  # the setting of a catalog that is being moved: by which run of a move
VERSION: Final = "schema version"
# They are about one catalog, or whose its blobs are, and are not moved with it.
OWN: Final = frozenset((MOVED, BEGUN, RUN, VERSION, settings.CATALOG))
# What a frozen catalog may still be told, in `settings`: PostgreSQL is, at every start.
_STILL: Final = f"('{VERSION}', '{MOVED}', '{BEGUN}', '{RUN}')"
AT_ONCE: Final = 6  # tables that are frozen or thawed side by side, on PostgreSQL
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


async def freeze(catalog: Catalog, engine: Engine) -> None:
    """Once this returns every write is refused as Unavailable; those before are committed, or not.

    On PostgreSQL it waits for the works under way: it locks each table against writers, each in a
    transaction of its own. Who holds two locks may wait for a work that waits for the other; and a
    work that writes a frozen table and one that is not yet is refused as a whole.
    """
    if engine == "postgresql":
        await catalog.run(lambda tx: _execute(tx, [_FUNCTION]))
    frozen = await _frozen(catalog, engine)
    names = [name for name in tables.names() if name not in frozen]
    await _each(catalog, engine, [list(_refusals(engine, name)) for name in names])


async def thaw(catalog: Catalog, engine: Engine) -> None:
    """Writes are taken again."""
    drops: list[list[str]] = []
    for table in sorted(await _frozen(catalog, engine)):
        if engine == "postgresql":
            drops.append([f"DROP TRIGGER IF EXISTS narthex_moved ON {table}"])
        else:
            names = (f"moved_{table}_{verb.lower()}" for verb in _VERBS)
            drops.append([f"DROP TRIGGER IF EXISTS {name}" for name in names])
    await _each(catalog, engine, drops)


async def is_frozen(reader: Reader, engine: Engine) -> bool:
    """Whether writes are refused, by some table at least."""
    return bool(await _frozen(reader, engine))


async def is_whole(reader: Reader, engine: Engine) -> bool:
    """Whether every table refuses writes."""
    return await _frozen(reader, engine) >= set(tables.names())


async def _frozen(reader: Reader, engine: Engine) -> set[str]:
    """The tables that refuse writes."""
    rows = await reader.fetch(
        "SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'trigger'"
        " AND name = 'moved_' || tbl_name || '_insert'"
        if engine == "sqlite"
        else "SELECT CAST(t.relname AS TEXT) FROM pg_catalog.pg_trigger g"
        " JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
        " AND n.nspname = current_schema()"
        " WHERE g.tgname = 'narthex_moved'"
    )
    return {row[0] for row in rows}


async def _each(catalog: Catalog, engine: Engine, steps: Sequence[list[str]]) -> None:
    """Every step: all in one transaction on SQLite, each in its own on PostgreSQL."""
    if engine == "sqlite":
        whole = [sql for step in steps for sql in step]
        if whole:
            await catalog.run(lambda tx: _execute(tx, whole))
        return
    room = asyncio.Semaphore(AT_ONCE)

    async def take(step: list[str]) -> None:
        async with room:
            await catalog.run(lambda tx: _execute(tx, step))

    try:
        async with asyncio.TaskGroup() as tasks:
            for step in steps:
                tasks.create_task(take(step))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group


async def _execute(tx: Transaction, statements: Sequence[str]) -> None:
    for sql in statements:
        await tx.execute(sql)


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


def _refusals(engine: Engine, table: str) -> Iterator[str]:
    still = f" WHEN (NEW.name NOT IN {_STILL})" if table == "settings" else ""
    if engine == "postgresql":
        verbs = "INSERT OR UPDATE" if still else " OR ".join(_VERBS)
        each = f"ROW{still}" if still else "STATEMENT"
        yield (
            f"CREATE TRIGGER narthex_moved BEFORE {verbs} ON {table}"
            f" FOR EACH {each} EXECUTE FUNCTION narthex_moved()"
        )
        return
    for verb in _VERBS[:2] if still else _VERBS:
        yield (
            f"CREATE TRIGGER moved_{table}_{verb.lower()} BEFORE {verb} ON {table}{still}"
            f" BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
        )
