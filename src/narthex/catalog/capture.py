"""Which rows changed since a moment, as the engine itself notes them while a catalog is moved.

Beside each table lies a log, `moving_<table>`: the key of every row that was added, changed or
removed. Triggers write it in the transaction of the change, whichever node of whichever version
makes it. This file never knows what is done about a change, and never takes a key out of a log: a
place in it is a number, and what is behind that number is read again.

INVARIANT: a change that a reader does not see yet is behind every place that `changed` returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from narthex.catalog import Catalog, Reader, Row, Transaction
from narthex.catalog.tables import Engine, Table
from narthex.errors import StoreError, Unavailable

MOST_KEYS: Final = 10_000  # read at once
_LOG: Final = "moving_"
_VERBS: Final = ("INSERT", "UPDATE", "DELETE")
# The place of a row in its log. SQLite has one writer at a time: rows become seen in their order.
# PostgreSQL's do not: there it is the number of the transaction that wrote it.
_AT: Final[dict[Engine, str]] = {"sqlite": "rowid", "postgresql": "at_xid"}
# Every transaction below this number has ended, and what it wrote is seen from now on.
_ENDED: Final = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
_OWN_NUMBER: Final = "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"
# A log file's name begins with its timeline, as eight hexadecimal digits.
_HISTORY: Final = (
    "SELECT CAST(system_identifier AS TEXT)"
    " || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) FROM pg_control_system()"
)
_SQLITE_LOGS: Final = (
    "SELECT type, name FROM sqlite_schema WHERE name LIKE 'moving\\_%' ESCAPE '\\'"
    " AND type IN ('table', 'trigger') ORDER BY type DESC"
)
_POSTGRESQL_LOGS: Final = (
    "SELECT CAST(substr(proname, 9) AS TEXT) FROM pg_catalog.pg_proc p"
    " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname = current_schema()"
    " WHERE proname LIKE 'narthex\\_moving\\_%'"
)


@dataclass(frozen=True, slots=True)
class Changes:
    """keys: of rows that changed, each once and in order. full: there are more behind the last."""

    keys: list[Row]
    full: bool


async def begin(catalog: Catalog, engine: Engine, tables: Sequence[Table]) -> None:
    """From now on every change of these tables is noted; what was noted before is forgotten.

    On PostgreSQL this waits, table by table, for the works that write it.
    """
    await end(catalog, engine)
    if engine == "sqlite":
        await _run(catalog, [sql for table in tables for sql in _sqlite(table)])
        return
    row = await catalog.fetch_one("SELECT CAST(quote_ident(current_schema()) AS TEXT)")
    schema = row[0] if row else "public"
    for table in tables:
        # One lock at a time: who holds two may wait for a work that waits for the other.
        await _run(catalog, list(_postgresql(table, schema)))


async def end(catalog: Catalog, engine: Engine) -> None:
    """Nothing is noted any more, and nothing that was is kept."""
    if engine == "sqlite":
        found = await catalog.fetch(_SQLITE_LOGS)
        if found:
            await _run(catalog, [f"DROP {kind} IF EXISTS {name}" for kind, name in found])
        return
    for (log,) in await catalog.fetch(_POSTGRESQL_LOGS):
        drops = [f"DROP FUNCTION IF EXISTS narthex_{log}() CASCADE", f"DROP TABLE IF EXISTS {log}"]
        await _run(catalog, drops)


async def is_begun(reader: Reader, engine: Engine) -> bool:
    """Whether changes of at least one table are noted."""
    logs = _SQLITE_LOGS if engine == "sqlite" else _POSTGRESQL_LOGS
    return await reader.fetch_one(logs) is not None


async def place(reader: Reader, engine: Engine, table: Table) -> int:
    """From where on to read what is not seen yet, once all that is seen now was read."""
    if engine == "postgresql":
        row = await reader.fetch_one(_ENDED)
    else:
        row = await reader.fetch_one(f"SELECT COALESCE(MAX(rowid), 0) + 1 FROM {_LOG}{table.name}")
    return int(row[0]) if row else 0


async def changed(
    reader: Reader, engine: Engine, table: Table, since: int, after: Row | None
) -> Changes:
    """Keys that are noted at `since` or later, behind the key `after`; at most MOST_KEYS."""
    key = ", ".join(table.key)
    sql = f"SELECT DISTINCT {key} FROM {_LOG}{table.name} WHERE {_AT[engine]} >= ?"
    if after is not None:
        sql += f" AND ({key}) > ({', '.join('?' * len(table.key))})"
    sql += f" ORDER BY {key} LIMIT ?"
    rows = await reader.fetch(sql, (since, *(after or ()), MOST_KEYS))
    return Changes(rows, len(rows) == MOST_KEYS)


async def history(reader: Reader, engine: Engine) -> str:
    """Which history the engine goes on with: another one may lack what this one told.

    After a failover without a synchronous standby, a commit that was seen is gone; nothing notes
    that. Empty where there is one only, or the engine does not tell. Raises Unavailable.
    """
    if engine == "sqlite":
        return ""
    try:
        row = await reader.fetch_one(_HISTORY)
    except Unavailable:
        raise
    except StoreError:  # it only speaks PostgreSQL's protocol, or may not tell
        return ""
    return str(row[0]) if row else ""


async def _run(catalog: Catalog, statements: Sequence[str]) -> None:
    """All of them in one transaction."""

    async def work(tx: Transaction) -> None:
        for sql in statements:
            await tx.execute(sql)

    await catalog.run(work)


def _sqlite(table: Table) -> Iterator[str]:
    key, log = ", ".join(table.key), f"{_LOG}{table.name}"
    yield f"CREATE TABLE {log} AS SELECT {key} FROM {table.name} WHERE 1 = 0"
    for verb in _VERBS:
        side = "NEW" if verb == "INSERT" else "OLD"
        body = f"INSERT INTO {log} ({key}) VALUES ({_of(side, table)});"
        if verb == "UPDATE":
            moved = f"({_of('NEW', table)}) IS NOT ({_of('OLD', table)})"
            body += f" INSERT INTO {log} ({key}) SELECT {_of('NEW', table)} WHERE {moved};"
        yield (f"CREATE TRIGGER {log}_{verb.lower()} AFTER {verb} ON {table.name} BEGIN {body} END")


def _postgresql(table: Table, schema: str) -> Iterator[str]:
    key, log = ", ".join(table.key), f"{_LOG}{table.name}"
    note = f"INSERT INTO {schema}.{log} ({_AT['postgresql']}, {key}) VALUES ({_OWN_NUMBER}"
    yield (
        f"CREATE TABLE {log} AS"
        f" SELECT CAST(0 AS BIGINT) AS {_AT['postgresql']}, {key} FROM {table.name} WITH NO DATA"
    )
    yield f"CREATE INDEX {log}_by_place ON {log} ({_AT['postgresql']})"
    # As whoever moves: the nodes' own role need not be allowed to write logs.
    yield (
        f"CREATE FUNCTION narthex_{log}() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER SET search_path = pg_catalog AS $body$ BEGIN"
        f" IF TG_OP <> 'INSERT' THEN {note}, {_of('OLD', table)}); END IF;"
        f" IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE'"
        f" AND ({_of('NEW', table)}) <> ({_of('OLD', table)})"
        f" THEN {note}, {_of('NEW', table)}); END IF;"
        " RETURN NULL; END $body$"
    )
    yield (
        f"CREATE TRIGGER narthex_{log} AFTER {' OR '.join(_VERBS)} ON {table.name}"
        f" FOR EACH ROW EXECUTE FUNCTION narthex_{log}()"
    )


def _of(side: str, table: Table) -> str:
    return ", ".join(f"{side}.{name}" for name in table.key)
