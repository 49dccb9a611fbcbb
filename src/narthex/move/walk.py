"""One walk over one table at both ends, in the order of its key: what differs, and making it equal.

This file never needs to know how far an earlier walk came: what is equal is passed by. So a walk
after a crash, and a second one for what changed meanwhile, are the same walk.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from narthex.catalog import Row, Transaction, frozen, tables
from narthex.catalog.tables import Table
from narthex.errors import Conflict, StoreError
from narthex.move.place import End
from narthex.move.progress import Damaged, Progress, Tally

# What has to be so before these rows are put: those that may be put now, and those damaged.
Prepare = Callable[[Table, Sequence[Row]], Awaitable[tuple[list[Row], list[Damaged]]]]
SETTINGS: Final = "settings"


@dataclass(slots=True)
class _Count:
    """A tally in the making."""

    rows: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    put: int = 0
    removed: int = 0
    equal: bool = True
    damaged: list[Damaged] = field(default_factory=list)

    def add(self, rows: Sequence[Row]) -> None:
        """Rows of the source, in order."""
        self.rows += len(rows)
        self.digest.update(encoded(rows))


@dataclass(frozen=True, slots=True)
class Walk:
    """prepare: called before rows are put. writes: whether the target is made equal."""

    source: End
    target: End
    progress: Progress
    prepare: Prepare
    writes: bool = True

    async def over(self, table: Table) -> Tally:
        """The table, once. Raises Unavailable, Corrupt, StoreError.

        What was written is read once more. A row that another, stale one keeps out (a name that
        must be unique) comes with the next walk: by then the stale one is gone.
        """
        count = _Count()
        after: Row | None = None
        while True:
            mine = await tables.page(self.source.catalog, table, after)
            full = len(mine) == table.page_rows
            upto = table.key_of(mine[-1]) if full else None
            await self._page(table, _moved(table, mine), after, upto, count)
            self.progress.rows += len(mine)
            if upto is None:
                break
            after = upto
        return Tally(
            table.name,
            count.rows,
            count.digest.hexdigest(),
            count.put,
            count.removed,
            count.equal and (self.writes or not (count.put or count.removed)),
            tuple(count.damaged),
        )

    async def _page(
        self, table: Table, mine: list[Row], after: Row | None, upto: Row | None, count: _Count
    ) -> None:
        """Rows of the source behind `after` up to `upto` (None: the end), held against theirs."""
        count.add(mine)
        start = after
        missing: dict[Row, Row] | None = None
        while True:
            found = await tables.page(self.target.catalog, table, after)
            theirs = _moved(table, found)
            last = len(found) < table.page_rows
            if missing is None:
                if theirs == mine and (last or upto is not None):
                    return
                missing = {table.key_of(row): row for row in mine}
            if upto is not None:
                theirs = [row for row in theirs if table.key_of(row) <= upto]
            stale = []
            for row in theirs:
                key = table.key_of(row)
                if missing.get(key) == row:
                    del missing[key]
                else:
                    stale.append(key)
            await self._remove(table, stale, count)
            if last or (upto is not None and table.key_of(found[-1]) >= upto):
                break
            after = table.key_of(found[-1])
        await self._put(table, list(missing.values()), count)
        if self.writes and await self._theirs(table, start, upto) != mine:
            count.equal = False

    async def _theirs(self, table: Table, after: Row | None, upto: Row | None) -> list[Row]:
        """The target's rows behind `after` up to `upto`."""
        found: list[Row] = []
        while True:
            rows = await tables.page(self.target.catalog, table, after)
            found += [row for row in rows if upto is None or table.key_of(row) <= upto]
            if len(rows) < table.page_rows or (upto and table.key_of(rows[-1]) >= upto):
                return _moved(table, found)
            after = table.key_of(rows[-1])

    async def _remove(self, table: Table, keys: list[Row], count: _Count) -> None:
        count.removed += len(keys)
        if not keys or not self.writes:
            return

        async def work(tx: Transaction) -> None:
            await tables.remove(tx, table, keys)

        await self.target.catalog.run(work)

    async def _put(self, table: Table, rows: list[Row], count: _Count) -> None:
        if rows and self.writes:
            rows, damaged = await self.prepare(table, rows)
            count.damaged += damaged
        count.put += len(rows)
        if not rows or not self.writes:
            return

        async def work(tx: Transaction) -> None:
            await tables.put(tx, self.target.engine, table, rows)

        try:
            await self.target.catalog.run(work)
        except Conflict:
            count.put -= len(rows)


async def keep_counting(source: End, target: End, table: Table) -> None:
    """Numbers that the source gave out are not given out again by the target."""
    if not table.counted:
        return
    last = await tables.last_number(source.catalog, source.engine, table)

    async def work(tx: Transaction) -> None:
        await tables.count_on(tx, target.engine, table, last)

    await target.catalog.run(work)


def refuse_other_columns(source: Table, target: Table) -> None:
    """Raises StoreError where a row of one is not a row of the other."""
    if (source.columns, source.key) != (target.columns, target.key):
        raise StoreError(f"table `{source.name}` has other columns at the target")


def encoded(rows: Sequence[Row]) -> bytes:
    """Rows as bytes, each value with its kind and its length; equal for equal rows only.

    Version 2 of the format knows no references, which would depend on what is one object in memory.
    """
    return b"".join([marshal.dumps(row, 2) for row in rows])


def _moved(table: Table, rows: list[Row]) -> list[Row]:
    """Without what is about one catalog and not about what it holds."""
    if table.name != SETTINGS:
        return rows
    return [row for row in rows if row[0] not in frozen.OWN]
