"""Writing to the target: rows as they are at the source, and the bytes behind them before they are.

INVARIANT: of what is told to be settled, the target was read once more, and was equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from narthex.catalog import Row, Transaction, frozen, tables
from narthex.catalog.tables import Table
from narthex.errors import Conflict
from narthex.move.carry import Carrier, piece_of
from narthex.move.place import End
from narthex.move.progress import Damaged, Progress

PIECES: Final = "pieces"
SETTINGS: Final = "settings"


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills `target` from `source`. damaged: rows whose bytes are, by key; they are put if taken.

    taking: whether rows are put whose bytes fail their checksum at the source.
    """

    source: End
    target: End
    progress: Progress
    taking: bool = False
    damaged: dict[Row, Damaged] = field(default_factory=dict)

    async def put(self, table: Table, rows: Sequence[Row]) -> int:
        """How many of these rows are there now; others have to wait for a stale row to go."""
        return await self._put(table, await self._carried(table, rows))

    async def remove(self, table: Table, keys: Sequence[Row]) -> None:
        """The rows with these keys are gone."""
        if keys:
            await self.target.catalog.run(lambda tx: tables.remove(tx, table, keys))

    async def replace(self, table: Table, stale: Sequence[Row], rows: Sequence[Row]) -> None:
        """The rows with the keys `stale` are gone, and as many of `rows` are there as can be."""
        rows = await self._carried(table, rows)

        async def work(tx: Transaction) -> None:
            await tables.remove(tx, table, stale)
            await tables.put(tx, table, rows)

        try:
            if stale or rows:
                await self.target.catalog.run(work)
        except Conflict:
            await self.remove(table, stale)
            await self._put(table, rows)

    def forget(self, table: Table, keys: Iterable[Row]) -> None:
        """The source has no rows with these keys any more: nothing of them is damaged."""
        if table.name == PIECES:
            for key in keys:
                self.damaged.pop(key, None)

    async def _put(self, table: Table, rows: Sequence[Row]) -> int:
        """All at once; where one is refused, half of them at once, and so on."""
        if not rows:
            return 0
        try:
            await self.target.catalog.run(lambda tx: tables.put(tx, table, rows))
        except Conflict:
            if len(rows) == 1:
                return 0
            half = len(rows) // 2
            return await self._put(table, rows[:half]) + await self._put(table, rows[half:])
        return len(rows)

    async def _carried(self, table: Table, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that may be put: their bytes, if any, are at the target."""
        if table.name != PIECES or not rows:
            return rows
        carrier = Carrier(self.source.catalog, self.source.blobs, self.target.blobs, self.progress)
        failed = await carrier.carry([piece_of(table, row) for row in rows])
        self.forget(table, map(table.key_of, rows))
        for place, found in failed.items():
            if found is not None:
                self.damaged[table.key_of(rows[place])] = found
        lacking = {place for place, found in failed.items() if found is None or not self.taking}
        return [row for place, row in enumerate(rows) if place not in lacking]


def moved(table: Table, rows: list[Row]) -> list[Row]:
    """Without what is about one catalog and not about what it holds."""
    if table.name != SETTINGS:
        return rows
    return [row for row in rows if row[0] not in frozen.OWN]


def by_key(table: Table, rows: Sequence[Row]) -> dict[Row, Row]:
    """The rows by their keys, in the same order."""
    return {table.key_of(row): row for row in rows}


def differing(mine: Mapping[Row, Row], theirs: Mapping[Row, Row]) -> list[Row]:
    """Keys under which the two hold different rows, or only one of them holds any."""
    return [key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)]
