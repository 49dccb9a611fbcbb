"""Calls from node to node over PostgreSQL: NOTIFY, heard on a connection of its own.

This file never says anything with a call: whoever hears it looks for itself. A call may be lost,
and behind a pooler that lends connections for one transaction each is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import psycopg

from narthex.catalog.postgresql_connections import Connection, connect
from narthex.catalog.postgresql_statements import translate
from narthex.errors import Unavailable

CALL: Final = b"NOTIFY narthex_call"
LISTEN: Final = b"LISTEN narthex_call"


async def call(connection: Connection) -> None:
    """Let all who listen on this database hear. Raises Unavailable."""
    try:
        await connection.execute(CALL)
    except psycopg.Error as error:
        translate(error, connection)


async def listen(conninfo: str, hear: Callable[[], None]) -> None:
    """Until it is cancelled, or the connection lost. Raises Unavailable."""
    connection = await connect(conninfo)
    try:
        await connection.execute(LISTEN)
        async for _ in connection.notifies():
            hear()
    except psycopg.Error as error:
        translate(error, connection)
    finally:
        await connection.close()
    raise Unavailable("the catalog calls no more")
