"""The catalog on SQLite: one file, many processes, writes that share one synced commit.

This file never knows a noun; it never lets an apsw object or exception out.

Reads run on the event loop, on their own connection: a point read takes microseconds, a thread hop
takes more. Writes are queued, and a turn takes all that wait into one transaction: begin (in the
thread), drive every work (on the loop, so that no statement waits for Python's lock), commit with
full sync (in the thread), settle. While one group commits, the next gathers. The steps are chained
by callbacks and not in a task, so that nothing can cancel a commit.

apsw and not the standard library's sqlite3: it brings its own SQLite (>= 3.51.3), which has the fix
of the WAL-reset race that could corrupt a database checkpointed by several processes.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import apsw

from narthex.catalog import Row, Transaction, Value
from narthex.catalog.recent import Recent
from narthex.catalog.sqlite_file import BUSY_MS, connect, migrate, sync_directory
from narthex.catalog.works import Work, refuse
from narthex.errors import Conflict, Corrupt, StoreError, Unavailable, Uncertain

T = TypeVar("T")
log = logging.getLogger(__name__)

# A group ends at whichever comes first: more works add no speed, only waiting for the first of
# them, and the loop answers nobody meanwhile.
GROUP: Final = 256
GROUP_SECONDS: Final = 0.02
# Pages of WAL (4 KiB each) before they are copied back: fewer, larger checkpoints, 16 MiB of log.
CHECKPOINT_PAGES: Final = 4000
READERS_MS: Final = 50  # that a checkpoint waits for readers; ours take microseconds


class SQLite:
    """A catalog in one file. Make it with `open_sqlite`; used from one event loop."""

    def __init__(self, lock: int, reader: apsw.Connection, writer: apsw.Connection) -> None:
        self._lock = lock
        self._reader = reader
        self._writer = writer
        self._transaction = _Transaction(writer)
        self._queue: deque[Work[Any]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catalog")
        self._busy = False
        self._idle: asyncio.Future[None] | None = None  # somebody waits for the last turn
        self._recent = Recent(self._commits)
        self._closed = False
        self._log_pages = 0
        self._longest_log = CHECKPOINT_PAGES
        writer.set_wal_hook(self._count_pages)

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        try:
            return self._reader.execute(sql, values).fetchall()
        except apsw.Error as error:
            _translate(error)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        try:
            # The cursor dies here and with it the statement's snapshot, which would hold the log.
            row: Row | None = next(self._reader.execute(sql, values), None)
        except apsw.Error as error:
            _translate(error)
        return row

    def recent(self) -> dict[Any, Any]:
        return self._recent.noted()

    async def latest(self) -> dict[Any, Any]:
        return self._recent.noted()

    async def call(self) -> None:
        """Nobody listens."""

    async def listen(self, hear: Callable[[], None]) -> None:
        """There is nothing to hear."""

    async def clock(self) -> None:
        await self.fetch_one("SELECT value FROM settings WHERE name = 'schema version'")

    def _commits(self) -> int:
        """A number that every commit of whatever process changes."""
        try:
            number: int = next(self._reader.execute("PRAGMA data_version"))[0]
        except apsw.Error as error:
            _translate(error)
        return number

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._closed:
            raise Unavailable("the catalog is closed")
        loop = asyncio.get_running_loop()
        waiting = Work(work, loop)
        self._queue.append(waiting)
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next_turn)
        return await waiting.outcome()

    async def close(self) -> None:
        """Finish what is queued, copy the log back into the file, give back every connection."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        if self._busy:
            self._idle = loop.create_future()
            await self._idle
        await loop.run_in_executor(self._thread, self._close_files)
        self._thread.shutdown(wait=False)

    # One turn, step by step: each is called on the loop when the one before it is done.

    def _next_turn(self) -> None:
        if self._queue:
            self._in_thread(self._begin, self._drive_group)
            return
        self._busy = False
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _drive_group(self, failed: BaseException | None) -> None:
        if failed is not None:
            waiting = list(self._queue)
            self._queue.clear()
            refuse(waiting, failed)
            self._next_turn()
            return
        group: list[Work[Any]] = []
        try:
            self._drive(group)
        except StoreError as error:
            lost = error
            self._in_thread(self._roll_back, lambda _: self._settle(group, lost))
        else:
            self._in_thread(self._commit, lambda error: self._settle(group, error))

    def _settle(self, group: list[Work[Any]], failed: BaseException | None) -> None:
        if failed is not None:
            refuse(group, failed)
        else:
            for work in group:
                work.settle()
        if failed is None and self._log_is_long():  # the answers need not wait for this
            self._in_thread(self._shorten_log, lambda _: self._next_turn())
        else:
            self._next_turn()

    def _in_thread(
        self, step: Callable[[], None], then: Callable[[BaseException | None], None]
    ) -> None:
        done = asyncio.get_running_loop().run_in_executor(self._thread, step)
        done.add_done_callback(lambda future: then(future.exception()))

    def _drive(self, group: list[Work[Any]]) -> None:
        """Run queued works, each in its own savepoint, and move them to `group`.

        Raises StoreError when the whole transaction is lost: SQLite ends it by itself, for one
        thing, on a full disk.
        """
        until = time.monotonic() + GROUP_SECONDS
        while self._queue and len(group) < GROUP and time.monotonic() < until:
            work = self._queue.popleft()
            if work.given_up:  # whoever asked has gone, and nothing was done yet
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
                raise Unavailable(f"the transaction was rolled back: {work.error}")

    # In the thread: whatever may wait for the disk or for another process.

    def _begin(self) -> None:
        """Wait for this process's turn among all that write the file."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise Unavailable(f"the catalog cannot be locked: {error.strerror}") from error
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            _translate(error)

    def _commit(self) -> None:
        """Returns once the group is on the disk. Raises Uncertain when it may or may not be.

        The turn is kept for `_shorten_log`: while others write, no log can be begun anew.
        """
        try:
            self._writer.execute("COMMIT")
        except (apsw.FullError, apsw.BusyError, apsw.ReadOnlyError) as error:
            self._roll_back()
            _translate(error)  # refused before the commit was whole in the log
        except apsw.Error as error:
            self._roll_back()
            raise Uncertain(f"the commit failed: {error}") from error
        if not self._log_is_long():
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _roll_back(self) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except apsw.Error as error:  # the group is refused already
            log.error("rollback failed: %s", error)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _log_is_long(self) -> bool:
        return self._log_pages >= self._longest_log

    def _shorten_log(self) -> None:
        """Copy the log back into the file, so that the next writer begins it anew; end the turn.

        Failing loses nothing: the log stays, and is read with the file.
        """
        try:
            self._writer.set_busy_timeout(READERS_MS)
            self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
            self._longest_log = CHECKPOINT_PAGES
        except apsw.Error as error:  # somebody reads for long, a backup say: not at every commit
            log.warning("the catalog's log cannot be shortened: %s", error)
            self._longest_log = self._log_pages + CHECKPOINT_PAGES
        finally:
            self._log_pages = 0
            self._writer.set_busy_timeout(BUSY_MS)
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _count_pages(self, _writer: apsw.Connection, _name: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _close_files(self) -> None:
        self._reader.close()
        self._writer.close()  # the last one to close copies the log back and removes it
        os.close(self._lock)


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
        rows = await self.fetch(sql, values)  # all, so that no statement is open at the commit
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

    async def load(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> None:
        marks = ", ".join("?" * len(columns))
        await self.execute_many(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows
        )

    def _fail(self, error: apsw.Error) -> NoReturn:
        try:
            _translate(error)
        except StoreError as translated:
            if self.failed is None:
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
    apsw.ConnectionClosedError,
)


def _translate(error: apsw.Error) -> NoReturn:
    if getattr(error, "extendedresult", 0) == apsw.SQLITE_CONSTRAINT_TRIGGER:  # see `frozen`
        raise Unavailable(str(error)) from error
    if isinstance(error, apsw.ConstraintError):
        raise Conflict(str(error)) from error
    if isinstance(error, _UNAVAILABLE):
        raise Unavailable(f"the catalog cannot be read or written: {error}") from error
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        raise Corrupt(f"the catalog is damaged: {error}") from error
    raise StoreError(f"the catalog refused a statement: {error}") from error


def open_sqlite(path: Path) -> SQLite:
    """The catalog in this file, made (mode 0600) and migrated when needed. Blocks: for the start.

    Raises Unavailable (no permission, disk full), Corrupt (not a database, or damaged), StoreError
    (another program's, or made by a newer narthex). The text names the path: it is for the log.
    """
    lock = reader = writer = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here and not by SQLite, for the mode; SQLite gives the log and its index the same.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        side = path.with_name(path.stem + ".lock")
        lock = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            writer = connect(path)
            migrate(writer)
            reader = connect(path)
            reader.execute("PRAGMA query_only = ON")
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
        sync_directory(path.parent)
        return SQLite(lock, reader, writer)
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
