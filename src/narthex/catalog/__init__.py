"""What exists: buckets, objects, uploads, keys, as rows behind one seam, a SQL transaction.

Drivers live in `sqlite.py` and `postgresql.py` and nowhere else; every query is written once, in a
file named for its noun (`accounts`, `buckets`, `objects`, `uploads`, `doomed`), and runs on both.

SQL here uses `?` for values. Keys are BYTES (their UTF-8), so that order is bytewise everywhere.
What PostgreSQL widens is narrowed again: `CAST(SUM(size) AS BIGINT)`.
A transaction's work may run more than once (a conflict is retried): it must touch nothing but `tx`,
and await nothing but `tx`, since on SQLite every other writer waits meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]
Value = str | int | bytes | None


class Reader(Protocol):
    """Something queries can be asked of: a transaction, or the catalog itself for one read."""

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """All rows. Raises Unavailable, Corrupt."""
        ...

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row, or None."""
        ...


class Transaction(Reader, Protocol):
    """Serialisable; all of it happens or nothing does."""

    async def execute(self, sql: str, values: Sequence[Value] = ()) -> int:
        """How many rows were changed. Raises Conflict when a unique row exists already."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same statement for each row of values."""
        ...

    async def load(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> None:
        """Add many rows, each with values of these columns. Raises Conflict; then none is added.

        Columns that the engine counts up get the values that are given.
        """
        ...


class Catalog(Reader, Protocol):
    """The seam. Nothing else of a driver is visible outside its own file."""

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """What `work` returned, once it is durable: it would survive a power cut now.

        An exception from `work` rolls back and comes out unchanged; so does a cancellation, unless
        it comes too late: then this returns, and the cancellation is raised at the next await.
        Raises Conflict, Unavailable, Corrupt; Uncertain when the work may or may not have happened,
        so that whatever it names must be kept.
        """
        ...

    def recent(self) -> dict[Any, Any] | None:
        """What readers noted since the last commit, by whatever process; to be used at once.

        None when the engine does not tell at once whether there was a commit: ask `latest`.
        """
        ...

    async def latest(self) -> dict[Any, Any] | None:
        """The same, where it takes a question to the server. Raises Unavailable.

        None when the engine cannot tell: note nothing.
        """
        ...

    async def call(self) -> None:
        """Let `listen` be heard by every other process. It may be lost. Raises Unavailable."""
        ...

    async def listen(self, hear: Callable[[], None]) -> None:
        """Have every `call` heard, of whatever node, for ever. Raises Unavailable.

        Returns at once where all who write are on one machine: they have shorter ways.
        """
        ...

    async def clock(self) -> int | None:
        """Microseconds since the epoch by the engine's own clock; None where it has ours."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...


async def recall(
    catalog: Catalog,
    find: Callable[..., Awaitable[T]],
    *given: str,
    small: Callable[[T], bool] | None = None,
) -> T:
    """What `find(catalog, *given)` returns; not asked again while nothing at all was committed.

    So it is exactly as new as a read. small: whether a value is worth its memory.
    """
    recent = catalog.recent()
    if recent is None:
        recent = await catalog.latest()
    if recent is None:
        return await find(catalog, *given)
    place = (find, *given)
    noted: T | None = recent.get(place)
    if noted is not None:
        return noted
    found = await find(catalog, *given)
    if small is None or small(found):
        recent[place] = found
    return found
