"""The catalog on PostgreSQL: many nodes, serialisable works that run again when two collide.

This file never knows a noun; it never lets a psycopg object or exception out.

A read outside a work is one prepared statement, one round trip. A work runs at isolation level
serializable, so that it means what it means on SQLite: of two that cannot both be true the database
ends one, and that one runs again after a random pause, lest the two meet for ever.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, NoReturn, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from narthex.catalog import Row, Transaction, Value, postgresql_calls, schema
from narthex.catalog.postgresql_connections import CONNECTING, CONNECTIONS, Connection, Pool
from narthex.catalog.postgresql_histories import Histories
from narthex.catalog.postgresql_statements import (
    Again,
    Lost,
    commit,
    copy_in,
    fetch,
    numbered,
    translate,
)
from narthex.catalog.postgresql_watch import Watch
from narthex.catalog.snapshots import Snapshots
from narthex.catalog.works import cancel_later
from narthex.errors import StoreError, Unavailable, Uncertain

T = TypeVar("T")
TRY_SECONDS: Final = 20.0  # that a work is tried again before its caller is told to come back
FIRST_PAUSE: Final = 0.002  # seconds, at most, between the first two tries; doubled for each next
LONGEST_PAUSE: Final = 0.25
CLOCK: Final = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
# Since 13, and whatever Debian and others put behind the number; YugabyteDB says `11.2-YB-...`.
PLAIN_POSTGRESQL: Final = re.compile(r"PostgreSQL (1[3-9]|[2-9]\d)(\.\d+)*( |$)")
BEGIN: Final = b"BEGIN ISOLATION LEVEL SERIALIZABLE"


class PostgreSQL:
    """A catalog in one database. Make it with `open_postgresql`; used from one event loop."""

    def __init__(self, pool: Pool, watch: Watch | None, conninfo: str) -> None:
        self._pool = pool
        self._conninfo = conninfo
        self._watch = watch
        self._snapshots = Snapshots(watch.ask) if watch else None

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return await self._read(sql, values)
        except (Lost, Again):
            return await self._read(sql, values)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        rows = await self.fetch(sql, values)
        return rows[0] if rows else None

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        attempts = _Attempts(self._pool, work)
        task = asyncio.ensure_future(attempts.run())
        late = False
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                # In the middle of a commit, the outcome must be known before anybody acts on it.
                late = True
                if not attempts.committing:
                    task.cancel()
        if late:
            cancel_later(asyncio.CancelledError() if task.cancelled() else task.exception())
        return task.result()

    def recent(self) -> None:
        return None

    async def latest(self) -> dict[Any, Any] | None:
        return await self._snapshots.noted() if self._snapshots else None

    async def call(self) -> None:
        connection = await self._pool.take()
        try:
            await postgresql_calls.call(connection)
        finally:
            await self._pool.give_back(connection)

    async def listen(self, hear: Callable[[], None]) -> None:
        await postgresql_calls.listen(self._conninfo, hear)

    async def clock(self) -> int | None:
        row = await self.fetch_one(CLOCK)
        return row[0] if row else None

    async def close(self) -> None:
        if self._watch is not None:
            await self._watch.close()
        await self._pool.close()

    async def _read(self, sql: str, values: Sequence[Value]) -> list[Row]:
        connection = await self._pool.take()
        try:
            return await fetch(connection, sql, values)
        finally:
            await self._pool.give_back(connection)


class _Attempts(Generic[T]):
    """One work, run until it is committed, fails, or has collided for too long."""

    def __init__(self, pool: Pool, work: Callable[[Transaction], Awaitable[T]]) -> None:
        self._pool = pool
        self._work = work
        self.committing = False  # or committed: from here on, a cancellation comes too late

    async def run(self) -> T:
        until = time.monotonic() + TRY_SECONDS
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._once()
            except (Again, Lost) as error:
                if time.monotonic() > until:
                    raise Unavailable(f"the catalog is contended: {error}") from error
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _once(self) -> T:
        connection = await self._pool.take()
        try:
            tx = _Transaction(connection)
            try:
                await tx.execute_plain(BEGIN)
                result = await self._work(tx)
            except Exception as error:
                await _roll_back(connection)
                # Whatever the work made of it: what a statement failed with decides.
                if isinstance(tx.failed, Again | Lost):
                    raise tx.failed from error
                raise
            if tx.failed is not None:
                await _roll_back(connection)
                raise tx.failed
            await self._commit(connection)
            return result
        finally:
            await self._pool.give_back(connection)

    async def _commit(self, connection: Connection) -> None:
        self.committing = True
        try:
            warning = await commit(connection)
        except psycopg.Error as error:
            self.committing = False
            if error.sqlstate is None or connection.broken:
                raise Uncertain(f"the commit was cut off: {error}") from error
            translate(error, connection)
        if warning:
            # It is on this server, and was not on the standby when the server stopped waiting for
            # it (a timeout, an operator): a failover now would lose it.
            raise Uncertain(f"the commit may be lost: {warning}")


class _Transaction:
    """What a work sees."""

    __slots__ = ("_connection", "failed")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.failed: StoreError | None = None

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return await fetch(self._connection, sql, values)
        except StoreError as error:
            self._fail(error)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        rows = await self.fetch(sql, values)
        return rows[0] if rows else None

    async def execute(self, sql: str, values: Sequence[Value] = ()) -> int:
        cursor = psycopg.AsyncRawCursor(self._connection)
        try:
            await cursor.execute(numbered(sql), values, prepare=True)
        except psycopg.Error as error:
            self._refuse(error)
        return cursor.rowcount

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        cursor = psycopg.AsyncRawCursor(self._connection)
        try:
            await cursor.executemany(numbered(sql), rows)
        except psycopg.Error as error:
            self._refuse(error)

    async def load(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> None:
        try:
            await copy_in(self._connection, table, columns, rows)
        except psycopg.Error as error:
            self._refuse(error)

    async def execute_plain(self, sql: bytes) -> None:
        """A statement without values that is not worth preparing."""
        try:
            await self._connection.execute(sql)
        except psycopg.Error as error:
            self._refuse(error)

    def _refuse(self, error: psycopg.Error) -> NoReturn:
        try:
            translate(error, self._connection)
        except StoreError as translated:
            self._fail(translated)

    def _fail(self, error: StoreError) -> NoReturn:
        if self.failed is None:
            self.failed = error
        raise error


async def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):  # a broken connection has rolled back already
        await connection.execute(b"ROLLBACK")


async def open_postgresql(url: str, connections: int = CONNECTIONS) -> PostgreSQL:
    """The catalog at `postgresql://...`, migrated when needed. connections: at most, of the pool.

    Raises Unavailable (not reached, not let in), StoreError (made by a newer narthex, or a URL that
    cannot be read). The URL may hold a password and stands in no text.
    """
    try:
        said = conninfo_to_dict(url)
        conninfo = make_conninfo(url, **{k: v for k, v in CONNECTING.items() if k not in said})
    except psycopg.Error:
        raise StoreError("the catalog's URL cannot be read") from None
    histories = Histories()
    pool = Pool(conninfo, histories, connections)
    connection = await pool.take()
    try:
        await _migrate(connection)
    except BaseException as error:
        await connection.close()
        if isinstance(error, psycopg.Error):
            raise Unavailable(f"the catalog's tables cannot be made: {error}") from error
        raise
    watch = Watch(conninfo, histories) if await _tells_snapshots(connection) else None
    await pool.give_back(connection)
    return PostgreSQL(pool, watch, conninfo)


async def _tells_snapshots(connection: Connection) -> bool:
    """Whether this is PostgreSQL itself, and not what only speaks its protocol."""
    row = await (await connection.execute(b"SELECT version()")).fetchone()
    return row is not None and bool(PLAIN_POSTGRESQL.match(str(row[0])))


async def _migrate(connection: Connection) -> None:
    """Nodes that start at once wait here for the first: it holds the row of the version."""
    # Two that make it at once: one is told so in any of three ways, and it is there.
    with suppress(pg.UniqueViolation, pg.DuplicateTable, pg.DuplicateObject):
        await connection.execute(schema.spell(schema.SETTINGS, "postgresql").encode())
    await connection.execute(
        b"INSERT INTO settings (name, value) VALUES ('schema version', '0')"
        b" ON CONFLICT (name) DO NOTHING"
    )
    async with connection.transaction():
        row = await (await connection.execute(f"{schema.VERSION} FOR UPDATE".encode())).fetchone()
        version = int(row[0]) if row else 0
        for statements in schema.pending(version):
            for sql in statements:
                await connection.execute(schema.spell(sql, "postgresql").encode())
            version += 1
            await psycopg.AsyncRawCursor(connection).execute(
                numbered(schema.SET_VERSION), (str(version),)
            )
