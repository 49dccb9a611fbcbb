"""The catalog on PostgreSQL: many nodes, serialisable works that run again when two collide.

This file never knows a noun; it never lets a psycopg object or exception out.

A read outside a work is one prepared statement, one round trip. A work runs at isolation level
serializable, so that it means what it means on SQLite: of two that cannot both be true the database
ends one, and that one runs again after a random pause, lest the two meet for ever.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Final, Generic, NoReturn, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from narthex.catalog import Row, Transaction, Value, schema
from narthex.catalog.works import cancel_later
from narthex.errors import Conflict, Corrupt, StoreError, Unavailable, Uncertain

T = TypeVar("T")
Connection = psycopg.AsyncConnection[Row]

CONNECTIONS: Final = 10  # of one process, at most
WAIT_SECONDS: Final = 5.0  # for a free connection
TRY_SECONDS: Final = 20.0  # that a work is tried again before its caller is told to come back
FIRST_PAUSE: Final = 0.002  # seconds, at most, between the first two tries; doubled for each next
LONGEST_PAUSE: Final = 0.25
STATEMENTS: Final = 300  # prepared statements kept by each connection
# A connection whose other end fell silent is given up in seconds, not in TCP's quarter of an hour;
# after a failover only the server that takes writes will do.
CONNECTING: Final = {
    "connect_timeout": "5",
    "tcp_user_timeout": "10000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "target_session_attrs": "read-write",
    "application_name": "narthex",
    "client_encoding": "utf8",
}
# INVARIANT: a commit is on the disk before it returns, whatever the server's default. A statement
# that hangs is ended by the server; so is a work whose process lost its way.
SESSION: Final = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
BEGIN: Final = b"BEGIN ISOLATION LEVEL SERIALIZABLE"


class PostgreSQL:
    """A catalog in one database. Make it with `open_postgresql`; used from one event loop."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return await self._read(sql, values)
        except (_Lost, _Again):
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

    async def close(self) -> None:
        await self._pool.close()

    async def _read(self, sql: str, values: Sequence[Value]) -> list[Row]:
        connection = await self._pool.take()
        try:
            return await _fetch(connection, sql, values)
        finally:
            await self._pool.give_back(connection)


class Pool:
    """Connections of one process: made when they are needed, kept until they break.

    One that cannot be made is told at once and tried again by the next who asks, so that a server
    that came back is used at once.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._closed = False

    async def take(self) -> Connection:
        """A connection of one's own until it is given back. Raises Unavailable."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise Unavailable("the catalog has no connection free") from None
        try:
            if self._closed:
                raise Unavailable("the catalog is closed")
            return self._idle.pop() if self._idle else await connect(self._conninfo)
        except BaseException:
            self._room.release()
            raise

    async def give_back(self, connection: Connection) -> None:
        """Keep it for the next; or close it, when it is broken or in the middle of something."""
        try:
            if connection.broken:  # the others died of the same cause, most likely
                await self._drop_idle()
            status = connection.info.transaction_status
            if self._closed or connection.closed or status != TransactionStatus.IDLE:
                await connection.close()
            else:
                self._idle.append(connection)
        finally:
            self._room.release()

    async def close(self) -> None:
        """Close what is idle now, and the others when they are given back."""
        self._closed = True
        await self._drop_idle()

    async def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()


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
            except (_Again, _Lost) as error:
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
                if isinstance(tx.failed, _Again | _Lost):
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
            await connection.execute(b"COMMIT")
        except psycopg.Error as error:
            self.committing = False
            if error.sqlstate is None or connection.broken:
                raise Uncertain(f"the commit was cut off: {error}") from error
            _translate(error, connection)


class _Transaction:
    """What a work sees."""

    __slots__ = ("_connection", "failed")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.failed: StoreError | None = None

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return await _fetch(self._connection, sql, values)
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
            self._translate(error)
        return cursor.rowcount

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        cursor = psycopg.AsyncRawCursor(self._connection)
        try:
            await cursor.executemany(numbered(sql), rows)
        except psycopg.Error as error:
            self._translate(error)

    async def execute_plain(self, sql: bytes) -> None:
        """A statement without values that is not worth preparing."""
        try:
            await self._connection.execute(sql)
        except psycopg.Error as error:
            self._translate(error)

    def _translate(self, error: psycopg.Error) -> NoReturn:
        try:
            _translate(error, self._connection)
        except StoreError as translated:
            self._fail(translated)

    def _fail(self, error: StoreError) -> NoReturn:
        if self.failed is None:
            self.failed = error
        raise error


class _Again(Unavailable):
    """The database ended this work in favour of another; nothing of it happened."""


class _Lost(Unavailable):
    """The connection is gone, and with it a work that was not being committed."""


@lru_cache(maxsize=1024)
def numbered(sql: str) -> bytes:
    """The statement with PostgreSQL's own marks: $1, $2, ... for each `?`. No literal holds one."""
    first, *rest = sql.split("?")
    return (first + "".join(f"${place}{text}" for place, text in enumerate(rest, 1))).encode()


async def _fetch(connection: Connection, sql: str, values: Sequence[Value]) -> list[Row]:
    cursor = psycopg.AsyncRawCursor(connection)
    try:
        await cursor.execute(numbered(sql), values, prepare=True, binary=True)
        return await cursor.fetchall()
    except psycopg.Error as error:
        _translate(error, connection)


async def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):  # a broken connection has rolled back already
        await connection.execute(b"ROLLBACK")


# Classes of SQLSTATE: connection failures, lack of resources, an operator's intervention, errors
# of the system (a full disk is 53100). Source: PostgreSQL, appendix A.
_UNAVAILABLE = ("08", "53", "57", "58")
_READ_ONLY = "25006"  # the server became a standby


def _translate(error: psycopg.Error, connection: Connection) -> NoReturn:
    state = error.sqlstate or ""
    if isinstance(error, pg.SerializationFailure | pg.DeadlockDetected):
        raise _Again(str(error)) from error
    if isinstance(error, pg.IntegrityError):
        raise Conflict(str(error)) from error
    if connection.broken:
        raise _Lost(f"the connection to the catalog was lost: {error}") from error
    if state.startswith(_UNAVAILABLE) or state == _READ_ONLY:
        raise Unavailable(f"the catalog cannot be read or written: {error}") from error
    if isinstance(error, pg.DataCorrupted | pg.IndexCorrupted):
        raise Corrupt(f"the catalog is damaged: {error}") from error
    raise StoreError(f"the catalog refused a statement: {error}") from error


async def open_postgresql(url: str) -> PostgreSQL:
    """The catalog at `postgresql://...`, migrated when needed.

    Raises Unavailable (not reached, not let in), StoreError (made by a newer narthex, or a URL that
    cannot be read). The URL may hold a password and stands in no text.
    """
    try:
        said = conninfo_to_dict(url)
        conninfo = make_conninfo(url, **{k: v for k, v in CONNECTING.items() if k not in said})
    except psycopg.Error:
        raise StoreError("the catalog's URL cannot be read") from None
    pool = Pool(conninfo)
    connection = await pool.take()
    try:
        await _migrate(connection)
    except BaseException as error:
        await connection.close()
        if isinstance(error, psycopg.Error):
            raise Unavailable(f"the catalog's tables cannot be made: {error}") from error
        raise
    await pool.give_back(connection)
    return PostgreSQL(pool)


async def connect(conninfo: str) -> Connection:
    """A new connection, ready for works. Raises Unavailable."""
    connection: Connection | None = None
    try:
        connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
        for sql in SESSION:
            await connection.execute(sql)
    except BaseException as error:
        if connection is not None:
            await connection.close()
        if isinstance(error, psycopg.Error):
            raise Unavailable(f"the catalog cannot be reached: {error}") from error
        raise
    connection.prepared_max = STATEMENTS
    # Whole numbers are sent as BIGINT: else each size of number prepares a statement of its own.
    connection.adapters.register_dumper(int, Int8BinaryDumper)
    return connection


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
