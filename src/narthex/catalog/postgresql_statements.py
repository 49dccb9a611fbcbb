"""One statement on one connection to PostgreSQL, and what its errors mean to the catalog.

This file lets no psycopg exception out but that of a commit, which is judged where it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NoReturn

import psycopg
from psycopg import errors as pg

from narthex.catalog import Row, Value
from narthex.catalog.postgresql_connections import Connection
from narthex.errors import Conflict, Corrupt, StoreError, Unavailable


class Again(Unavailable):
    """The database ended this work in favour of another; nothing of it happened."""


class Lost(Unavailable):
    """The connection is gone, and with it a work that was not being committed."""


@lru_cache(maxsize=1024)
def numbered(sql: str) -> bytes:
    """The statement with PostgreSQL's own marks: $1, $2, ... for each `?`. No literal holds one."""
    first, *rest = sql.split("?")
    return (first + "".join(f"${place}{text}" for place, text in enumerate(rest, 1))).encode()


async def fetch(connection: Connection, sql: str, values: Sequence[Value]) -> list[Row]:
    cursor = psycopg.AsyncRawCursor(connection)
    try:
        await cursor.execute(numbered(sql), values, prepare=True, binary=True)
        return await cursor.fetchall()
    except psycopg.Error as error:
        translate(error, connection)


async def copy_in(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> None:
    """Rows as one stream, which no statement is planned for. Raises psycopg.Error.

    Its binary form is taken for columns of the very types of our values only, as ours are.
    """
    sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    async with connection.cursor(binary=True).copy(sql.encode()) as copying:
        for row in rows:
            await copying.write_row(row)


async def commit(connection: Connection) -> str:
    """Commit; what the server warned of, "" when it was done as it should. Raises psycopg.Error.

    A commit whose wait for a synchronous standby is given up is acknowledged, with a warning.
    Source: PostgreSQL, "Synchronous Replication"; SyncRepWaitForLSN.
    """
    warnings: list[str] = []

    def hear(diagnostic: pg.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            warnings.append(diagnostic.message_primary or "no reason given")

    connection.add_notice_handler(hear)
    try:
        await connection.execute(b"COMMIT")
    finally:
        connection.remove_notice_handler(hear)
    return "; ".join(warnings)


# Classes of SQLSTATE: connection failures, lack of resources, an operator's intervention, errors
# of the system (a full disk is 53100). Source: PostgreSQL, appendix A.
_UNAVAILABLE = ("08", "53", "57", "58")
_READ_ONLY = "25006"  # the server became a standby


def translate(error: psycopg.Error, connection: Connection) -> NoReturn:
    state = error.sqlstate or ""
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected):
        raise Again(str(error)) from error
    if isinstance(error, pg.IntegrityError):
        raise Conflict(str(error)) from error
    if connection.broken:
        raise Lost(f"the connection to the catalog was lost: {error}") from error
    if state.startswith(_UNAVAILABLE) or state == _READ_ONLY:
        raise Unavailable(f"the catalog cannot be read or written: {error}") from error
    if isinstance(error, pg.DataCorrupted | pg.IndexCorrupted):
        raise Corrupt(f"the catalog is damaged: {error}") from error
    raise StoreError(f"the catalog refused a statement: {error}") from error
