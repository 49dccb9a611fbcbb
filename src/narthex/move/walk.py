"""One walk over one table at both ends, in the order of its key: what differs, and making it equal.

This file never needs to know how far an earlier walk came: what is equal is passed by. So a walk
after a crash is the same walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from narthex.catalog import Catalog, Row, tables
from narthex.catalog.tables import Table
from narthex.move.digest import Digest
from narthex.move.fill import Filler, by_key, differing, moved
from narthex.move.place import End
from narthex.move.progress import Progress


@dataclass(slots=True)
class Found:
    """What came of a walk. digest: of the rows at the target, or at the source where none writes.

    put, removed: rows that were, or (where none writes) would be. unsettled: keys of rows that are
    not equal after it, where they should be.
    """

    digest: Digest = field(default_factory=Digest)
    put: int = 0
    removed: int = 0
    unsettled: set[Row] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Walk:
    """filler: makes the target equal; None where nothing is written."""

    source: End
    target: End
    progress: Progress
    filler: Filler | None = None

    async def over(self, table: Table) -> Found:
        """The table, once. Raises Unavailable, Corrupt, StoreError.

        What was written is read once more. A row that another, stale one keeps out (a name that
        must be unique) stays unsettled: by the end of the walk the stale one is gone.
        """
        found = Found()
        after: Row | None = None
        while True:
            limit = await tables.page_rows(self.source.catalog, table, after)
            mine, theirs = await asyncio.gather(
                tables.page(self.source.catalog, table, after, limit),
                tables.page(self.target.catalog, table, after, limit),
            )
            full = len(mine) == limit
            upto = table.key_of(mine[-1]) if full else None
            self.progress.rows += len(mine)
            if theirs == mine and (full or len(theirs) < limit):
                found.digest.add(moved(table, mine))
            else:
                await self._page(table, moved(table, mine), after, upto, found)
            if upto is None:
                return found
            after = upto

    async def _page(
        self, table: Table, mine: list[Row], after: Row | None, upto: Row | None, found: Found
    ) -> None:
        """Rows of the source behind `after` up to `upto` (None: the end), held against theirs."""
        missing = by_key(table, mine)
        async for rows in _between(self.target.catalog, table, after, upto):
            stale = []
            for key, row in by_key(table, rows).items():
                if missing.get(key) == row:
                    del missing[key]
                else:
                    stale.append(key)
            found.removed += len(stale)
            if self.filler is not None:
                await self.filler.remove(table, stale)
        if self.filler is None:
            found.put += len(missing)
            found.digest.add(mine)
            return
        found.put += await self.filler.put(table, list(missing.values()))
        between = _between(self.target.catalog, table, after, upto)
        theirs = [row async for rows in between for row in rows]
        found.digest.add(theirs)
        if theirs != mine:
            found.unsettled.update(differing(by_key(table, mine), by_key(table, theirs)))


async def _between(
    catalog: Catalog, table: Table, after: Row | None, upto: Row | None
) -> AsyncIterator[list[Row]]:
    """Rows behind the key `after` up to `upto` (None: the end), page by page."""
    while True:
        limit = await tables.page_rows(catalog, table, after)
        rows = await tables.page(catalog, table, after, limit)
        yield moved(table, [row for row in rows if upto is None or table.key_of(row) <= upto])
        if len(rows) < limit or (upto and table.key_of(rows[-1]) >= upto):
            return
        after = table.key_of(rows[-1])
