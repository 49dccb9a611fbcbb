"""The catalog on SQLite: one file, many processes, writes that share one synced commit.

This file never knows a noun; it never lets an apsw object or exception out.

Reads run on the event loop, on their own connection: a point read takes microseconds, a thread hop
takes more. Writes are queued, and a committer takes all that wait into one transaction (`_commit_group`).
Only two steps of a group leave the loop, because only they can wait for the disk or another process:
taking the turn (`_begin`) and the synced COMMIT. While one group commits, the next gathers.

apsw and not the standard library's sqlite3: it brings its own SQLite (>= 3.51.3), which has the fix of the
WAL-reset race that could corrupt a database checkpointed by several processes.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import apsw

from narthex.catalog import Row, Transaction, Value, schema
from narthex.errors import Conflict, Corrupt, StoreError, Unavailable

T = TypeVar("T")
log = logging.getLogger(__name__)

# Works of one transaction. More adds no speed, only waiting for the first of them.
GROUP: Final = 256
# Another program (a backup, the sqlite3 shell) may hold the file; our own processes queue on the lock file.
BUSY_MS: Final = 5000
# Pages of WAL before a checkpoint copies them back (4 KiB each): fewer, larger checkpoints, 16 MiB of log.
CHECKPOINT_PAGES: Final = 4000


class SQLite:
    """A catalog in one file. Make it with `open_sqlite`."""

    def __init__(self, path: Path, lock: int, reader: apsw.Connection, writer: apsw.Connection) -> None:
        self._path = path
        self._lock = lock
        self._reader = reader
        self._writer = writer
        self._transaction = _Transaction(writer)
        self._queue: deque[_Work] = deque()
        self._waiting = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalog")
        self._committer: asyncio.Task[None] | None = None
        self._closed = False

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return self._reader.execute(sql, values).fetchall()
        except apsw.Error as error:
            _translate(error)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        try:
            row: Row | None = self._reader.execute(sql, values).fetchone()
        except apsw.Error as error:
            _translate(error)
        return row

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._closed:
            raise Unavailable("the catalog is closed")
        loop = asyncio.get_running_loop()
        if self._committer is None:
            self._committer = loop.create_task(self._commit_groups())
        done: asyncio.Future[Any] = loop.create_future()
        self._queue.append(_Work(work, done))
        self._waiting.set()
        result: T = await done
        return result

    async def close(self) -> None:
        """Finish what is queued, copy the log back into the file, and give back every connection."""
        if self._closed:
            return
        self._closed = True
        self._waiting.set()
        if self._committer is not None:
            await self._committer
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close_files)
        self._thread.shutdown(wait=False)

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while self._queue:
                await self._commit_group(loop)
            if self._closed:
                return

    async def _commit_group(self, loop: asyncio.AbstractEventLoop) -> None:
        """One turn: every queued work in one transaction, then one synced commit for all of them."""
        try:
            await loop.run_in_executor(self._thread, self._begin)
        except StoreError as error:
            _refuse([self._queue.popleft() for _ in range(len(self._queue))], error)
            return
        group: list[_Work] = []
        try:
            self._run_group(group)
        except StoreError as error:
            await loop.run_in_executor(self._thread, self._roll_back)
            _refuse(group, error)
            return
        try:
            await loop.run_in_executor(self._thread, self._commit)
        except StoreError as error:
            _refuse(group, error)
            return
        for work in group:
            work.settle()

    def _run_group(self, group: list[_Work]) -> None:
        """Runs queued works, each in its own savepoint, and moves them to `group`.

        Raises StoreError when the whole transaction is lost: SQLite ends it by itself on a full disk.
        """
        while self._queue and len(group) < GROUP:
            work = self._queue.popleft()
            if work.done.cancelled():  # whoever asked has gone, and nothing was done yet
                continue
            group.append(work)
            try:
                self._writer.execute("SAVEPOINT work")
                if work.drive(self._transaction):
                    self._writer.execute("RELEASE work")
                elif self._writer.in_transaction:
                    self._writer.execute("ROLLBACK TO work")
                    self._writer.execute("RELEASE work")
            except apsw.Error as error:
                _translate(error)
            if not self._writer.in_transaction:
                raise Unavailable(f"the transaction was rolled back: {work.error}") from work.error

    def _begin(self) -> None:
        """In the thread. Waits for this process's turn among all that write the file."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise Unavailable(f"cannot lock the catalog: {error}") from error
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            self._let_go()
            _translate(error)

    def _commit(self) -> None:
        """In the thread. Returns once the group is on the disk."""
        try:
            self._writer.execute("COMMIT")
        except apsw.Error as error:
            self._undo()
            _translate(error)
        finally:
            self._let_go()

    def _roll_back(self) -> None:
        """In the thread."""
        self._undo()
        self._let_go()

    def _undo(self) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except apsw.Error as error:  # the group is refused already; nothing of it was committed
            log.error("rollback failed: %s", error)

    def _let_go(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _close_files(self) -> None:
        """In the thread. A failed checkpoint loses nothing: the log stays and is read at the next start."""
        self._reader.close()
        try:
            self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            log.warning("checkpoint failed: %s", error)
        self._writer.close()
        os.close(self._lock)


class _Work:
    """One caller's work, and the future its outcome goes to once the group is durable."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(
        self, work: Callable[[Transaction], Awaitable[Any]], done: asyncio.Future[Any]
    ) -> None:
        self.work = work
        self.done = done
        self.result: Any = None
        self.error: BaseException | None = None

    def drive(self, transaction: _Transaction) -> bool:
        """Runs the work to its end, here and now; whether it succeeded."""
        transaction.failed = None
        try:
            steps = self.work(transaction).__await__()
            try:
                next(steps)
            except StopIteration as end:
                self.result = end.value
            else:
                # The loop and every other process would wait for what this one waits for.
                steps.close()  # type: ignore[attr-defined]
                raise RuntimeError("a work may await its transaction only, nothing else")
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            self.error = error
        else:
            # PostgreSQL ends a transaction at its first error; a work that swallowed one fails here too.
            self.error = transaction.failed
        return self.error is None

    def settle(self) -> None:
        if self.done.cancelled():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


def _refuse(group: list[_Work], error: StoreError) -> None:
    for work in group:
        work.error = error
        work.settle()


class _Transaction:
    """What a work sees. Everything completes at once: the writer's turn is held already."""

    __slots__ = ("_connection", "failed")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.failed: StoreError | None = None

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            self._fail(error)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        rows = await self.fetch(sql, values)  # all, so that no statement stays open over the commit
        return rows[0] if rows else None

    async def execute(self, sql: str, values: Sequence[Value] = ()) -> int:
        try:
            self._connection.execute(sql, values)
        except apsw.Error as error:
            self._fail(error)
        return self._connection.changes()

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        try:
            self._connection.executemany(sql, rows)
        except apsw.Error as error:
            self._fail(error)

    def _fail(self, error: apsw.Error) -> NoReturn:
        try:
            _translate(error)
        except StoreError as translated:
            self.failed = translated
            raise


_UNAVAILABLE = (
    apsw.FullError,
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.PermissionsError,
    apsw.NoMemError,
)


def _translate(error: apsw.Error) -> NoReturn:
    if isinstance(error, apsw.ConstraintError):
        raise Conflict(str(error)) from error
    if isinstance(error, _UNAVAILABLE):
        raise Unavailable(f"the catalog cannot be read or written: {error}") from error
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        raise Corrupt(f"the catalog is damaged: {error}") from error
    raise StoreError(f"the catalog refused a statement: {error}") from error


def open_sqlite(path: Path) -> SQLite:
    """The catalog in this file, made (mode 0600) and migrated when needed. Blocks: call it at the start.

    Raises Unavailable (no permission, disk full), Corrupt (not a database, or damaged), StoreError (made by
    a newer program). The path stands in the text: it is for the log.
    """
    lock = reader = writer = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here and not by SQLite, for the mode; SQLite gives the log and its index the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        side = path.with_name(path.stem + ".lock")
        lock = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            writer = _connect(path)
            _migrate(writer)
            reader = _connect(path)
            reader.execute("PRAGMA query_only = ON")
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
        _sync_directory(path.parent)
        return SQLite(path, lock, reader, writer)
    except (OSError, apsw.Error, StoreError) as error:
        for connection in (reader, writer):
            if connection is not None:
                connection.close()
        if lock is not None:
            os.close(lock)
        _explain(path, error)


def _explain(path: Path, error: Exception) -> NoReturn:
    if isinstance(error, OSError):
        raise Unavailable(f"cannot open the catalog `{path}`: {error.strerror}") from error
    try:
        if isinstance(error, apsw.Error):
            _translate(error)
        raise error
    except StoreError as translated:
        raise type(translated)(f"cannot open the catalog `{path}`: {translated}") from error


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(BUSY_MS)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # INVARIANT: a commit is synced before it returns
    connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the platter
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -16384")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection


def _migrate(connection: apsw.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(schema.spell(schema.SETTINGS, "sqlite"))
        row = connection.execute(schema.VERSION).fetchone()
        version = int(row[0]) if row else 0
        try:
            missing = schema.pending(version)
        except ValueError as error:
            raise StoreError(str(error)) from error
        for statements in missing:
            for sql in statements:
                connection.execute(schema.spell(sql, "sqlite"))
            version += 1
            connection.execute(schema.SET_VERSION, (str(version),))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _sync_directory(path: Path) -> None:
    """The new files' names are durable, not only their bytes."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
