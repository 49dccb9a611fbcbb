"""A move from its beginning to the switch: a walk while the source serves, what changed, a freeze.

INVARIANT: the source is marked as moved only when every row of every table was read equal at both
ends: before the freeze, with no change of it noted since, or after the freeze. Until then whatever
fails leaves the source as it was, and serving.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from narthex.catalog import Row, capture, frozen, tables
from narthex.catalog.tables import Table
from narthex.errors import StoreError
from narthex.move import carry
from narthex.move.counting import keep_counting
from narthex.move.fill import PIECES, Filler
from narthex.move.follow import Follower, Standing
from narthex.move.place import End, moved_tables, refuse_other_columns, refuse_wrong_ends
from narthex.move.progress import Damaged, Progress, Report, Tally
from narthex.move.run import Run, begin_run, follow
from narthex.move.walk import Found, Walk

MOST_ROUNDS: Final = 20  # while the source serves; then what is left is what is written just now
SHORT: Final = 0.5  # seconds: a round of so few changes, or bytes, may as well be the last
MOST_LOOKS: Final = 5  # at what is unsettled; a row that waits for another needs two
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
        now = self.choices.now()
        await refuse_wrong_ends(self.source, self.target, now, again=self.choices.again)
        run = await begin_run(self.source, self.target, now)
        switched = False
        try:
            report = await self._switch(run, await self._copied(run))
            switched = report.switched
        finally:
            if not switched:
                with suppress(StoreError):  # what is told is what led here; it can be done again
                    await run.end()
        await capture.end(self.source.catalog, self.source.engine)
        return report

    async def check(self) -> Report:
        """Compare both ends, and read every blob of the target. Changes nothing."""
        self.progress.stage = "check"
        walk = Walk(self.source, self.target, self.progress)
        found, missing = [], []
        for table in await self._tables():
            found.append(_tally(table.name, await walk.over(table)))
            if table.name == PIECES:
                missing = await self._missing(table)
        return replace(self._report(found), missing=tuple(missing))

    async def _copied(self, run: Run) -> Follower:
        """Both ends nearly equal, while the source serves; and who takes over what changes."""
        moving = await self._tables()
        if not run.again:  # else nothing changes, and nothing is noted
            await follow(run, moving)
        await self._expect("copying, the source serves")
        filler = Filler(self.source, self.target, self.progress, self.choices.damaged)
        walk = Walk(self.source, self.target, self.progress, filler)
        standings = []
        for table in moving:
            found = await walk.over(table)
            standings.append(_standing(table, found))
        return Follower(filler, standings)

    async def _switch(self, run: Run, follower: Follower) -> Report:
        """The last rounds, the freeze between them, and the mark."""
        rounds, changed = 0, 0
        while not run.again and rounds < MOST_ROUNDS:
            rounds += 1
            self.progress.stage = f"what changed meanwhile, round {rounds}"
            began = time.monotonic()
            changed += await follower.round()
            settled = await follower.settle()
            if settled and time.monotonic() - began < SHORT:
                break
        await run.check()
        if follower.filler.damaged and not self.choices.damaged:
            return await self._named(self._report(_tallies(follower), rounds), follower)
        began = time.monotonic()
        self.progress.stage = "the source takes no writes"
        await frozen.freeze(self.source.catalog, self.source.engine)
        last = 0 if run.again else await follower.round()
        await self._settle(follower)
        await run.mark(self.choices.now())
        seconds = time.monotonic() - began
        report = self._report(_tallies(follower), rounds)
        report = replace(report, switched=True, frozen_seconds=seconds)
        report = replace(report, changed=changed, last=last, taken=bool(follower.filler.damaged))
        return await self._named(report, follower)

    async def _settle(self, follower: Follower) -> None:
        """Nothing is left. Raises StoreError where something is, for whatever reason."""
        for _ in range(MOST_LOOKS):
            if await follower.settle():
                break
        else:
            wrong = [one.table.name for one in follower.standings if one.unsettled]
            raise StoreError(f"these tables do not come out equal: {', '.join(wrong)}")
        for one in follower.standings:
            await keep_counting(self.source, self.target, one.table)

    async def _missing(self, table: Table) -> list[str]:
        missing: list[str] = []
        after: Row | None = None
        while rows := await tables.page(self.source.catalog, table, after, tables.MOST_ROWS):
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

    def _report(self, found: Sequence[Tally], rounds: int = 0) -> Report:
        source, target = self.source.place.shown, self.target.place.shown
        return Report(False, source, target, tuple(found), rounds)

    async def _named(self, report: Report, follower: Follower) -> Report:
        """The report with the names of the objects whose bytes are damaged."""
        found = tuple(follower.filler.damaged.values())
        named = [await self._name(damaged) for damaged in found[:MOST_NAMED]]
        return replace(report, damaged=(*named, *found[MOST_NAMED:]))

    async def _name(self, damaged: Damaged) -> Damaged:
        row = await self.source.catalog.fetch_one(
            "SELECT b.name, o.key FROM objects o JOIN buckets b ON b.id = o.bucket"
            " WHERE o.content = ?",
            (damaged.content,),
        )
        return replace(damaged, object=f"{row[0]}/{row[1].decode()}") if row else damaged


def _standing(table: Table, found: Found) -> Standing:
    """From the beginning of its log: what is noted since then may be later than the walk."""
    return Standing(table, 0, found.digest, found.put, found.removed, found.unsettled)


def _tallies(follower: Follower) -> list[Tally]:
    return [
        Tally(
            one.table.name, one.digest.rows, one.digest.hex, one.put, one.removed, not one.unsettled
        )
        for one in follower.standings
    ]


def _tally(table: str, found: Found) -> Tally:
    equal = not (found.put or found.removed)
    return Tally(table, found.digest.rows, found.digest.hex, found.put, found.removed, equal)
