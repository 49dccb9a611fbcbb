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
# Name, place in the primary key (0: none), and whether the engine counts it up; in their order.
_COLUMNS: Final[dict[Engine, str]] = {
    "sqlite": (
        "SELECT c.name, c.pk, CASE WHEN c.pk > 0 AND s.sql LIKE '%AUTOINCREMENT%' THEN 1 ELSE 0 END"
        " FROM sqlite_schema s, pragma_table_info(s.name) c"
        " WHERE s.type = 'table' AND s.name = ? ORDER BY c.cid"
    ),
    "postgresql": (
        "SELECT CAST(a.attname AS TEXT), CAST(COALESCE(array_position(i.indkey, a.attnum) + 1, 0)"
        " AS BIGINT), CASE WHEN a.attidentity = '' THEN 0 ELSE 1 END"
        " FROM pg_catalog.pg_class t"
        " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0"
        " AND NOT a.attisdropped"
        " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisprimary"
        " WHERE t.relkind = 'r' AND t.relname = ? ORDER BY a.attnum"
    ),
}
LIGHT: Final = 1000  # rows read at once
HEAVY: Final = 250  # of tables whose rows hold bytes: 1 MiB each at most, 16 KiB by default
BYTES_COLUMN: Final = "data"


@dataclass(frozen=True)
class Table:
    """One table. key: the columns of its primary key. counted: the engine counts its key up."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    counted: bool

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where in a row its key stands."""
        return tuple(self.columns.index(name) for name in self.key)

    @property
    def page_rows(self) -> int:
        """How many rows are read at once."""
        return HEAVY if BYTES_COLUMN in self.columns else LIGHT

    def key_of(self, row: Row) -> Row:
        """The primary key of a row."""
        return tuple(row[place] for place in self.places)


def names() -> list[str]:
    """Every table of the schema, in the order in which they were thought of."""
    texts = [schema.SETTINGS, *(sql for sqls in schema.MIGRATIONS for sql in sqls)]
    return [found[1] for text in texts if (found := _CREATED.match(text))]


async def find(reader: Reader, engine: Engine, name: str) -> Table:
    """A table as it is there. Raises StoreError when there is none, or one without a key."""
    rows = await reader.fetch(_COLUMNS[engine], (name,))
    key = tuple(row[0] for row in sorted(rows, key=lambda row: row[1]) if row[1])
    if not key:
        raise StoreError(f"the catalog has no table `{name}` with a primary key")
    return Table(name, tuple(row[0] for row in rows), key, any(row[2] for row in rows))


async def page(reader: Reader, table: Table, after: Row | None) -> list[Row]:
    """The first `page_rows` rows behind the key `after`; fewer only at the end."""
    order, limit = ", ".join(table.key), table.page_rows
    sql = f"SELECT {', '.join(table.columns)} FROM {table.name}"
    if after is None:
        return await reader.fetch(f"{sql} ORDER BY {order} LIMIT ?", (limit,))
    marks = ", ".join("?" * len(table.key))
    where = f" WHERE ({order}) > ({marks}) ORDER BY {order} LIMIT ?"
    return await reader.fetch(sql + where, (*after, limit))


async def put(tx: Transaction, engine: Engine, table: Table, rows: Sequence[Row]) -> None:
    """Add these rows. Raises Conflict when one of them, or one that must be unique, is there."""
    overriding = " OVERRIDING SYSTEM VALUE" if table.counted and engine == "postgresql" else ""
    await tx.execute_many(
        f"INSERT INTO {table.name} ({', '.join(table.columns)}){overriding}"
        f" VALUES ({', '.join('?' * len(table.columns))})",
        rows,
    )


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
