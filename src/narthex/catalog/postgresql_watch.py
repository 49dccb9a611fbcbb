"""What PostgreSQL shows now, as a text that every commit changes: asked on a connection of its own.

This file never remembers a value: `snapshots.py` does.
"""

from __future__ import annotations

import asyncio
from typing import Final

from narthex.catalog.postgresql_connections import Connection, connect
from narthex.catalog.postgresql_histories import Histories
from narthex.catalog.postgresql_statements import Again, Lost, fetch
from narthex.errors import Unavailable

SNAPSHOT: Final = "SELECT CAST(pg_current_snapshot() AS TEXT)"
# Who is not told by then is denied: a node that is cut off must say so before its clients give up.
ANSWER_SECONDS: Final = 4.0


class Watch:
    """Tells what the server shows now, on a connection of its own.

    A new connection begins a new series of texts: after a failover or a crash the server may give
    out transaction ids once more, and a text of before must not be taken for one of after.
    """

    def __init__(
        self, conninfo: str, histories: Histories, seconds: float = ANSWER_SECONDS
    ) -> None:
        self._conninfo = conninfo
        self._histories = histories
        self._seconds = seconds
        self._connection: Connection | None = None
        self._series = 0
        self._given_up: set[asyncio.Future[str]] = set()

    async def ask(self) -> str:
        """A text that every commit changes. Raises Unavailable."""
        asking = asyncio.ensure_future(self._ask_twice())
        try:
            await asyncio.wait((asking,), timeout=self._seconds)
        except asyncio.CancelledError:
            asking.cancel()
            raise
        if asking.done():
            return asking.result()
        # Nobody waits for its end: psycopg asks the server to stop first, on one more connection.
        self._connection = None
        self._given_up.add(asking)
        asking.add_done_callback(self._forget)
        asking.cancel()
        raise Unavailable("the catalog does not say what it shows")

    async def close(self) -> None:
        """Made again when it is needed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
        await asyncio.gather(*self._given_up, return_exceptions=True)

    async def _ask_twice(self) -> str:
        try:
            return await self._ask()
        except (Lost, Again):
            return await self._ask()

    async def _ask(self) -> str:
        connection = self._connection
        if connection is None:
            connection = self._connection = await connect(self._conninfo, self._histories)
            self._series += 1
        try:
            rows = await fetch(connection, SNAPSHOT, ())
        except BaseException:  # a question that was given up leaves its answer on the way
            if self._connection is connection:
                self._connection = None
            await connection.close()
            raise
        return f"{self._series} {rows[0][0]}"

    def _forget(self, asking: asyncio.Future[str]) -> None:
        self._given_up.discard(asking)
        if not asking.cancelled():
            asking.exception()  # it is nobody's
