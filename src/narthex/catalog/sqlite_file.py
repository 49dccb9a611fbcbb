"""A catalog's file before it is used: connections to it, and its tables brought up to date.

This file never translates an error: apsw's go to `sqlite`, which knows what they mean.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import apsw

from narthex.catalog import schema
from narthex.errors import StoreError

# Another program (a backup, the sqlite3 shell) may hold the file; our own processes queue on the
# lock file, which is fair and does not poll.
BUSY_MS: Final = 5000
WAL_KEPT_BYTES: Final = 64 * 1024 * 1024  # a longer log is cut once it was copied back
STATEMENTS: Final = 300  # prepared statements kept by each connection
APPLICATION_ID: Final = 0x6E727478  # "nrtx": told from other programs' SQLite files


def connect(path: Path) -> apsw.Connection:
    """A connection to a file that exists, set up so that what it commits is synced."""
    flags = apsw.SQLITE_OPEN_READWRITE
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=STATEMENTS)
    connection.set_busy_timeout(BUSY_MS)
    # Otherwise plans depend on the values bound and joins are planned anew each time: 20 us a read.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # INVARIANT: synced before COMMIT returns
    connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the platter
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -16384")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
    connection.wal_autocheckpoint(0)  # `SQLite` does it, behind the answers
    return connection


def migrate(connection: apsw.Connection) -> None:
    """Our tables, of the newest schema. Raises StoreError for a file that is not ours or newer."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _claim(connection)
        connection.execute(schema.spell(schema.SETTINGS, "sqlite"))
        row = connection.execute(schema.VERSION).fetchone()
        version = int(row[0]) if row else 0
        for statements in schema.pending(version):
            for sql in statements:
                connection.execute(schema.spell(sql, "sqlite"))
            version += 1
            connection.execute(schema.SET_VERSION, (str(version),))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _claim(connection: apsw.Connection) -> None:
    """Mark a new file as ours. Raises StoreError when it is another program's."""
    if connection.pragma("application_id") == APPLICATION_ID:
        return
    if connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        raise StoreError("this is another program's SQLite database")
    connection.pragma("application_id", APPLICATION_ID)


def sync_directory(path: Path) -> None:
    """The new files' names are durable, not only their bytes."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
