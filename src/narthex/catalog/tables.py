"""The tables as the engine itself tells them, so that all of them can be read and written alike.

This file never knows what a table is for. Rows come in the order of their primary key, which is the
same on both engines: text and bytes are ordered bytewise, and no key holds NULL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from narthex.catalog import Reader, Row, Transaction, Value, schema
from narthex.errors import StoreError

Engine = Literal["sqlite", "postgresql"]

_CREATED: Final = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
# Name, place in the primary key (0: none), whether the engine counts it up, and whether it holds
# bytes; in their order.
_COLUMNS: Final[dict[Engine, str]] = {
    "sqlite": (
        "SELECT c.name, c.pk,"
        " CASE WHEN c.pk > 0 AND s.sql LIKE '%AUTOINCREMENT%' THEN 1 ELSE 0 END,"
        " CASE WHEN c.type = 'BLOB' THEN 1 ELSE 0 END"
        " FROM sqlite_schema s, pragma_table_info(s.name) c"
        " WHERE s.type = 'table' AND s.name = ? ORDER BY c.cid"
    ),
    "postgresql": (
        "SELECT CAST(a.attname AS TEXT), CAST(COALESCE(array_position(i.indkey, a.attnum) + 1, 0)"
        " AS BIGINT), CASE WHEN a.attidentity = '' THEN 0 ELSE 1 END,"
        " CASE WHEN a.atttypid = CAST('bytea' AS regtype) THEN 1 ELSE 0 END"
        " FROM pg_catalog.pg_class t"
        " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0"
        " AND NOT a.attisdropped"
        " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisprimary"
        " WHERE t.relkind = 'r' AND t.relname = ? ORDER BY a.attnum"
    ),
}
MOST_ROWS: Final = 2000  # read at once
MOST_BYTES: Final = 8 * 1024 * 1024  # and of their bytes so many, but for one row that has more
KEYS: Final = 200  # rows asked for by their keys at once


@dataclass(frozen=True)
class Table:
    """One table. key: the columns of its primary key. counted: the engine counts its key up.

    heavy: columns that hold bytes, up to 1 MiB each, and are not of the key.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    counted: bool
    heavy: tuple[str, ...]

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where in a row its key stands."""
        return tuple(self.columns.index(name) for name in self.key)

    def key_of(self, row: Row) -> Row:
        """The primary key of a row."""
        return tuple(row[place] for place in self.places)


def names() -> list[str]:
    """Every table of the schema, in the order in which they were thought of."""
    texts = [schema.SETTINGS, *(sql for sqls in schema.MIGRATIONS for sql in sqls)]
    created = [_CREATED.match(text) for text in texts if isinstance(text, str)]
    return [found[1] for found in created if found]


async def find(reader: Reader, engine: Engine, name: str) -> Table:
    """A table as it is there. Raises StoreError when there is none, or one without a key."""
    rows = await reader.fetch(_COLUMNS[engine], (name,))
    key = tuple(row[0] for row in sorted(rows, key=lambda row: row[1]) if row[1])
    if not key:
        raise StoreError(f"the catalog has no table `{name}` with a primary key")
    columns, counted = tuple(row[0] for row in rows), any(row[2] for row in rows)
    heavy = tuple(row[0] for row in rows if row[3] and not row[1])
    return Table(name, columns, key, counted, heavy)


async def page(reader: Reader, table: Table, after: Row | None, limit: int) -> list[Row]:
    """The first `limit` rows behind the key `after`; fewer only at the end."""
    return await _behind(reader, table, ", ".join(table.columns), after, limit)


async def page_rows(reader: Reader, table: Table, after: Row | None) -> int:
    """How many rows behind the key `after` to read at once: what is read has to fit in memory."""
    if not table.heavy:
        return MOST_ROWS
    lengths = ", ".join(f"COALESCE(LENGTH({name}), 0)" for name in table.heavy)
    total = 0
    for count, row in enumerate(await _behind(reader, table, lengths, after, MOST_ROWS)):
        total += sum(row)
        if total > MOST_BYTES:
            return max(count, 1)
    return MOST_ROWS


async def _behind(
    reader: Reader, table: Table, columns: str, after: Row | None, limit: int
) -> list[Row]:
    order = ", ".join(table.key)
    sql = f"SELECT {columns} FROM {table.name}"
    if after is None:
        return await reader.fetch(f"{sql} ORDER BY {order} LIMIT ?", (limit,))
    marks = ", ".join("?" * len(table.key))
    where = f" WHERE ({order}) > ({marks}) ORDER BY {order} LIMIT ?"
    return await reader.fetch(sql + where, (*after, limit))


async def at(reader: Reader, table: Table, keys: Sequence[Row]) -> dict[Row, Row]:
    """The rows that are there of those with these keys, by key. keys: at most KEYS."""
    if not keys:
        return {}
    one = f"({', '.join('?' * len(table.key))})"
    # The last key again and again, so that the statement is the same for any number of them.
    asked = [*keys, *[keys[-1]] * (KEYS - len(keys))]
    rows = await reader.fetch(
        f"SELECT {', '.join(table.columns)} FROM {table.name}"
        f" WHERE ({', '.join(table.key)}) IN (VALUES {', '.join([one] * KEYS)})",
        [value for key in asked for value in key],
    )
    return {table.key_of(row): row for row in rows}


async def put(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Add these rows. Raises Conflict when one of them, or one that must be unique, is there."""
    await tx.load(table.name, table.columns, rows)


async def remove(tx: Transaction, table: Table, keys: Sequence[Sequence[Value]]) -> None:
    """These rows are gone."""
    same = " AND ".join(f"{name} = ?" for name in table.key)
    await tx.execute_many(f"DELETE FROM {table.name} WHERE {same}", keys)


async def last_number(reader: Reader, engine: Engine, table: Table) -> int:
    """The last number that the engine gave out for a counted key; 0 when it never did."""
    if engine == "sqlite":
        row = await reader.fetch_one(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)
        )
        return int(row[0]) if row else 0
    row = await reader.fetch_one(
        "SELECT COALESCE(pg_sequence_last_value("
        f"CAST(pg_get_serial_sequence('{table.name}', '{table.key[0]}') AS regclass)), 0)"
    )
    return int(row[0]) if row else 0


async def count_on(tx: Transaction, engine: Engine, table: Table, last: int) -> None:
    """The next number is beyond `last`, as if all up to it had been given out here."""
    if last < 1:
        return
    if engine == "sqlite":
        changed = await tx.execute(
            "UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?", (last, table.name)
        )
        if not changed:
            await tx.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last)
            )
        return
    sequence = f"pg_get_serial_sequence('{table.name}', '{table.key[0]}')"
    await tx.fetch(f"SELECT setval(CAST({sequence} AS regclass), ?)", (last,))
