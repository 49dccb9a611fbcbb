"""A move from its beginning to the switch: passes while the source serves, then a last one.

INVARIANT: the source is marked as moved only after a walk over every table, while the source took
no writes, found every row equal or read it once more. Until then whatever fails leaves the source
as it was, and serving.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from narthex.catalog import Row, Transaction, frozen, settings, tables
from narthex.catalog.frozen import Moved
from narthex.catalog.tables import Table
from narthex.errors import StoreError
from narthex.move import carry
from narthex.move.place import End, moved_tables, refuse_wrong_ends
from narthex.move.progress import Damaged, Progress, Report, Tally
from narthex.move.walk import Walk, keep_counting, refuse_other_columns

MOST_PASSES: Final = 8  # while the source serves; then what is left is what is written just now
FEW: Final = 500  # rows that differ: few enough for the last pass
MOST_LAST: Final = 3  # passes without writes: one, and one for rows that had to wait
PIECES: Final = "pieces"
MOST_NAMED: Final = 50  # damaged objects that are looked up by their content


@dataclass(frozen=True, slots=True)
class Choices:
    """damaged: take rows over whose bytes fail their checksum. again: overwrite a used target.

    now: microseconds since the epoch.
    """

    damaged: bool = False
    again: bool = False
    now: Callable[[], int] = lambda: time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Course:
    """One move between two open ends."""

    source: End
    target: End
    progress: Progress
    choices: Choices

    async def run(self) -> Report:
        """Move, and switch. A report that is not switched says which bytes are damaged.

        Raises StoreError (what the ends are forbids it), Unavailable: run it again, it goes on.
        """
        await refuse_wrong_ends(self.source, self.target, again=self.choices.again)
        await self._begin()
        found: tuple[Tally, ...] = ()
        passes = 0
        while passes < MOST_PASSES:
            passes += 1
            found = await self._pass(f"pass {passes}, the source serves", None)
            if sum(tally.put + tally.removed for tally in found) <= FEW:
                break
        if _damaged_of(found) and not self.choices.damaged:
            return await self._named(self._report(found, passes))
        return await self._switch(passes)

    async def check(self) -> Report:
        """Compare both ends, and read every blob of the target. Changes nothing."""
        self.progress.stage = "check"
        walk = Walk(self.source, self.target, self.progress, self._prepare_nothing, writes=False)
        found, missing = [], []
        for table in await self._tables():
            found.append(await walk.over(table))
            if table.name == PIECES:
                missing = await self._missing(table)
        return replace(self._report(found, 0), missing=tuple(missing))

    async def _begin(self) -> None:
        """The target takes writes, knows that it is not whole, and has no crashed writer's rest.

        So does the source, where a move was killed while it took none.
        """
        await carry.refuse_same_blobs(self.source.blobs, self.target.blobs)
        await self._say_begun(f"{self.source.place.shown} {self.choices.now()}")
        if await settings.read(self.source.catalog, frozen.BEGUN):
            await self._say_begun("")
            raise StoreError("both ends are the same catalog")
        left = await frozen.is_frozen(self.source.catalog, self.source.engine)
        if left and await frozen.moved(self.source.catalog) is None:
            await self._thaw()
        await self._at(self.target, lambda tx: frozen.thaw(tx, self.target.engine))
        await self._at(self.target, lambda tx: frozen.say_moved(tx, None))
        await self.target.blobs.sweep_unfinished(self.choices.now())

    async def _switch(self, passes: int) -> Report:
        was_moved = await frozen.moved(self.source.catalog)
        began = time.monotonic()
        await self._freeze()
        taken: list[Damaged] = []
        try:
            found = await self._last_passes(taken if self.choices.damaged else None)
            if _damaged_of(found) and not self.choices.damaged:
                await self._thaw()
                return await self._named(self._report(found, passes))
            for table in await self._tables():
                await keep_counting(self.source, self.target, table)
            await self._mark()
        except BaseException:
            if was_moved is None and await frozen.moved(self.source.catalog) is None:
                await self._thaw()
            raise
        seconds = time.monotonic() - began
        report = replace(self._report(found, passes), switched=True, frozen_seconds=seconds)
        return await self._named(replace(report, taken=tuple(taken)))

    async def _last_passes(self, taken: list[Damaged] | None) -> tuple[Tally, ...]:
        for _ in range(MOST_LAST):
            found = await self._pass("last pass, the source takes no writes", taken)
            if _damaged_of(found) or all(tally.equal for tally in found):
                return found
        wrong = ", ".join(tally.table for tally in found if not tally.equal)
        raise StoreError(f"these tables do not come out equal: {wrong}")

    async def _pass(self, stage: str, taken: list[Damaged] | None) -> tuple[Tally, ...]:
        """Every table, once; the bytes of a piece before its row.

        taken: where rows are noted that are put although their bytes are damaged; None: none are.
        """
        await self._expect(stage)

        async def prepare(table: Table, rows: Sequence[Row]) -> tuple[list[Row], list[Damaged]]:
            if table.name != PIECES:
                return list(rows), []
            return await self._carry(table, rows, taken)

        walk = Walk(self.source, self.target, self.progress, prepare)
        return tuple([await walk.over(table) for table in await self._tables()])

    async def _carry(
        self, table: Table, rows: Sequence[Row], taken: list[Damaged] | None
    ) -> tuple[list[Row], list[Damaged]]:
        carrier = carry.Carrier(
            self.source.catalog, self.source.blobs, self.target.blobs, self.progress
        )
        failed = await carrier.carry([carry.piece_of(table, row) for row in rows])
        damaged = [found for found in failed.values() if found is not None]
        if taken is not None:
            taken += damaged
            gone = {place for place, found in failed.items() if found is None}
            return [row for place, row in enumerate(rows) if place not in gone], []
        return [row for place, row in enumerate(rows) if place not in failed], damaged

    async def _prepare_nothing(
        self, table: Table, rows: Sequence[Row]
    ) -> tuple[list[Row], list[Damaged]]:
        raise StoreError(f"a check never writes: table `{table.name}`, {len(rows)} rows")

    async def _missing(self, table: Table) -> list[str]:
        missing: list[str] = []
        after: Row | None = None
        while rows := await tables.page(self.source.catalog, table, after):
            missing += await carry.find_missing(table, rows, self.target.blobs)
            after = table.key_of(rows[-1])
        return missing

    async def _tables(self) -> list[Table]:
        ours, theirs = await moved_tables(self.source), await moved_tables(self.target)
        for mine, other in zip(ours, theirs, strict=True):
            refuse_other_columns(mine, other)
        return ours

    async def _expect(self, stage: str) -> None:
        row = await self.source.catalog.fetch_one(
            "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT)"
            " FROM pieces WHERE blob IS NOT NULL"
        )
        told = self.progress
        told.stage, told.rows, told.blobs, told.bytes = stage, 0, 0, 0
        told.all_blobs, told.all_bytes = (row[0], row[1]) if row else (0, 0)

    async def _freeze(self) -> None:
        await self._at(self.source, lambda tx: frozen.freeze(tx, self.source.engine))

    async def _thaw(self) -> None:
        await self._at(self.source, lambda tx: frozen.thaw(tx, self.source.engine))

    async def _mark(self) -> None:
        """The source says that it moved, then the target may serve: never both at once."""
        said = Moved(self.target.place.shown, self.choices.now())
        await self._at(self.source, lambda tx: frozen.say_moved(tx, said))
        await self._say_begun("")

    async def _say_begun(self, source: str) -> None:
        """The target is not whole until this is empty."""
        await self._at(self.target, lambda tx: settings.write(tx, frozen.BEGUN, source))

    async def _at(self, end: End, work: Callable[[Transaction], Awaitable[None]]) -> None:
        await end.catalog.run(work)

    def _report(self, found: Sequence[Tally], passes: int) -> Report:
        source, target = self.source.place.shown, self.target.place.shown
        return Report(False, source, target, tuple(found), passes)

    async def _named(self, report: Report) -> Report:
        """The report with the names of the objects whose bytes are damaged."""
        found = (*_damaged_of(report.tables), *report.taken)
        named = [await self._name(damaged) for damaged in found[:MOST_NAMED]]
        return replace(report, damaged=(*named, *found[MOST_NAMED:]))

    async def _name(self, damaged: Damaged) -> Damaged:
        row = await self.source.catalog.fetch_one(
            "SELECT b.name, o.key FROM objects o JOIN buckets b ON b.id = o.bucket"
            " WHERE o.content = ?",
            (damaged.content,),
        )
        return replace(damaged, object=f"{row[0]}/{row[1].decode()}") if row else damaged


def _damaged_of(found: Sequence[Tally]) -> list[Damaged]:
    return [damaged for tally in found for damaged in tally.damaged]


async def reopen(end: End) -> Moved | None:
    """The catalog takes writes and may be served again; where it had moved to, if it had."""
    said = await frozen.moved(end.catalog)

    async def work(tx: Transaction) -> None:
        await frozen.thaw(tx, end.engine)
        await frozen.say_moved(tx, None)

    await end.catalog.run(work)
    return said
