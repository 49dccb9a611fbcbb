"""After the walk: what changed at the source since, taken over by key, again and again.

INVARIANT: a row is left out of the next round only when it was read equal at both ends, and every
change of it since is noted at or behind the place that is read from next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from narthex.catalog import Row, capture, tables
from narthex.catalog.tables import KEYS, Table
from narthex.move.digest import Digest
from narthex.move.fill import Filler, by_key, differing, moved
from narthex.move.place import End


@dataclass(slots=True)
class Standing:
    """How far one table is. place: in its log. unsettled: keys that are not equal, or may not be.

    digest: of the rows that the target was last seen to hold.
    """

    table: Table
    place: int
    digest: Digest
    put: int
    removed: int
    unsettled: set[Row] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Follower:
    """Takes changes over for tables that were walked once."""

    filler: Filler
    standings: Sequence[Standing]

    async def round(self) -> int:
        """Read every log from where it was left to its end; how many rows were looked at."""
        looked = 0
        for one in self.standings:
            looked += await self._follow(one)
        return looked

    async def settle(self) -> bool:
        """Look once more at what is not equal; whether nothing is left. The logs are not read."""
        for one in self.standings:
            await self._take(one, sorted(one.unsettled))
        return not any(one.unsettled for one in self.standings)

    async def _follow(self, one: Standing) -> int:
        source, table = self.filler.source, one.table
        place = await capture.place(source.catalog, source.engine, table)
        looked, after = 0, None
        while True:
            read = await capture.changed(source.catalog, source.engine, table, one.place, after)
            await self._take(one, read.keys)
            looked += len(read.keys)
            if not read.full:
                break
            after = read.keys[-1]
        one.place = place
        return looked

    async def _take(self, one: Standing, keys: Sequence[Row]) -> None:
        for start in range(0, len(keys), KEYS):
            await self._take_some(one, keys[start : start + KEYS])

    async def _take_some(self, one: Standing, keys: Sequence[Row]) -> None:
        """Make the target's rows with these keys what the source's are, and read them once more."""
        mine = await _rows(self.filler.source, one.table, keys)
        theirs = await _rows(self.filler.target, one.table, keys)
        self.filler.forget(one.table, (key for key in keys if key not in mine))
        differ = differing(mine, theirs)
        if differ:
            stale = [key for key in differ if key in theirs]
            wanted = [mine[key] for key in differ if key in mine]
            await self.filler.replace(one.table, stale, wanted)
            now = await _rows(self.filler.target, one.table, keys)
            one.digest.drop(theirs.values())
            one.digest.add(now.values())
            one.put, one.removed = one.put + len(wanted), one.removed + len(stale)
            differ = differing(mine, now)
        one.unsettled.difference_update(keys)
        one.unsettled.update(differ)


async def _rows(end: End, table: Table, keys: Sequence[Row]) -> dict[Row, Row]:
    found = await tables.at(end.catalog, table, keys)
    return by_key(table, moved(table, list(found.values())))
