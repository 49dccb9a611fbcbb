"""Connections to PostgreSQL: how they are made, and the pool that one process keeps of them.

This file never knows a statement of the catalog. The URL may hold a password and stands in no text.
"""

from __future__ import annotations

import asyncio
from typing import Final

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper

from narthex.catalog import Row
from narthex.catalog.postgresql_histories import Histories, orders
from narthex.errors import Unavailable

Connection = psycopg.AsyncConnection[Row]

CONNECTIONS: Final = 10  # of a pool, where nothing else was said
WAIT_SECONDS: Final = 5.0  # for a free connection
IDLE_SECONDS: Final = 60.0  # that a connection which nobody needs is kept; the last one stays
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
    "SET client_min_messages = 'warning'",  # a commit may come with one
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)


class Pool:
    """Connections of one process: made when they are needed, kept until they break or lie idle.

    One that cannot be made is told at once and tried again by the next who asks, so that a server
    that came back is used at once. The one given back last is taken first, so that a load which
    needs few leaves the others idle.
    """

    def __init__(
        self, conninfo: str, histories: Histories, most: int, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._conninfo = conninfo
        self._histories = histories
        self._idle: list[tuple[Connection, float]] = []  # since when, by the loop's clock
        self._idle_seconds = idle_seconds
        self._closing: asyncio.Task[None] | None = None  # those that lie idle for too long
        self._room = asyncio.Semaphore(most)
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
            return self._idle.pop()[0] if self._idle else await self._connect()
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
                self._idle.append((connection, asyncio.get_running_loop().time()))
                if len(self._idle) > 1 and (self._closing is None or self._closing.done()):
                    self._closing = asyncio.create_task(self._close_idle())
        finally:
            self._room.release()

    async def close(self) -> None:
        """Close what is idle now, and the others when they are given back."""
        self._closed = True
        if self._closing is not None:
            self._closing.cancel()
        await self._drop_idle()

    async def _connect(self) -> Connection:
        return await connect(self._conninfo, self._histories)

    async def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            await connection.close()

    async def _close_idle(self) -> None:
        """Until one is left at most: the next who asks shall not wait for a new one."""
        clock = asyncio.get_running_loop().time
        while len(self._idle) > 1:
            connection, since = self._idle[0]
            if clock() - since >= self._idle_seconds:
                del self._idle[0]
                await connection.close()
            else:
                await asyncio.sleep(since + self._idle_seconds - clock())


async def connect(conninfo: str, histories: Histories | None = None) -> Connection:
    """A new connection, ready for works, to a server that was not left behind.

    histories: None where it does not matter, since nothing is read. Raises Unavailable.
    """
    for order in orders(conninfo):
        connection: Connection | None = None
        try:
            connection = await psycopg.AsyncConnection.connect(order, autocommit=True)
            if histories is not None and await histories.is_behind(connection):
                await connection.close()
                continue
            for sql in SESSION:
                await connection.execute(sql)
        except BaseException as error:
            if connection is not None:
                await connection.close()
            if isinstance(error, psycopg.Error):
                raise Unavailable(f"the catalog cannot be reached: {error}") from error
            raise
        connection.prepared_max = STATEMENTS
        # Whole numbers are sent as BIGINT: else each size of number prepares one of its own.
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        return connection
    raise Unavailable("every server of the catalog was left behind by a failover")
