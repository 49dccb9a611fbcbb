"""What a bucket's lifecycle rules end is ended: the steward walks over its objects and uploads.

This file never ends what it judged a moment ago: in the transaction that removes an object it is
judged again, as it is then, under rules that still stand. INVARIANT: an object goes together with
its event, its count in the audit log and the place from which the walk goes on, so whoever dies in
the middle ends nothing twice and tells nothing twice.

A walk reads keys in their order, a page at a time, only where a rule is about them, and only when
something can have ended since the last one (`pure.lifecycle.next_walk`), once a day at most.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from narthex.catalog import Transaction, audit, buckets, lifecycle_walks, objects, uploads
from narthex.catalog.doomed import ASKED_AT_ONCE
from narthex.catalog.lifecycle_walks import OBJECTS, UPLOADS, Begun, Passed, Walk
from narthex.errors import Corrupt
from narthex.ledger.issue import own_act
from narthex.model import Bucket
from narthex.pure import lifecycle
from narthex.pure.administration import told
from narthex.pure.events.records import Cause, Event
from narthex.pure.lifecycle import LAST_US, Rule
from narthex.s3.question import ARN
from narthex.s3.refusal import host_id_of
from narthex.s3.rules import LIFECYCLE, rules_of
from narthex.s3.telling import Teller
from narthex.server import Server

EVENT = "LifecycleExpiration:Delete"
ACT = "s3:LifecycleExpiration"  # as the audit log tells it
ROUND_SECONDS = 1.0  # of each EVERY_SECONDS, so that a fifth of the steward's time is the most
EVERY_SECONDS = 5.0
PAGE = 1000  # rows read at once
BATCH = ASKED_AT_ONCE  # rows removed at once: on SQLite every other writer waits for them
AGAIN_US = lifecycle.HOUR_US  # to what cannot be read now

log: Any = structlog.get_logger("narthex")


async def end_by_rules(server: Server, seconds: float = ROUND_SECONDS) -> int:
    """Go on with the walks that are due, for about so many seconds; how many things ended.

    One page is passed however little time there is.
    """
    until, count, is_over = time.monotonic() + seconds, 0, False
    while not is_over:
        now_us = await _now(server)
        walk = await lifecycle_walks.due(server.catalog, now_us)
        if walk is None:
            break
        try:
            count += await _go_on(walk, now_us, until, server)
        except Corrupt as error:  # it is no better for being asked at once
            log.error("lifecycle not applied", bucket=walk.bucket, reason=str(error))
            await server.catalog.run(partial(_put_off, walk=walk, until_us=now_us + AGAIN_US))
        is_over = time.monotonic() >= until
    return count


async def _now(server: Server) -> int:
    """By the slower of our clock and the catalog's: one that is ahead would end things early."""
    said, ours = await server.catalog.clock(), server.clock()
    return ours if said is None else min(ours, said)


async def _put_off(tx: Transaction, walk: Walk, until_us: int) -> None:
    if await lifecycle_walks.find(tx, walk.bucket) == walk:
        await lifecycle_walks.put(tx, replace(walk, due_us=until_us))


async def _go_on(walk: Walk, now_us: int, until: float, server: Server) -> int:
    """One bucket's walk, to its end or until the time is over; how many things ended."""
    bucket = await buckets.find_by_id(server.catalog, walk.bucket)
    rules = None if bucket is None else await rules_of(server.catalog, bucket)
    if bucket is None or rules is None or not rules.lifecycle:
        await server.catalog.run(partial(_forget_ruleless, bucket=walk.bucket))
        return 0
    if not walk.began_us:
        walk = replace(walk, began_us=now_us, soonest_us=LAST_US)
    id = server.new_id()[:16].upper()  # as requests have it
    cause = Cause.of_rules(id, host_id_of(id))
    teller = Teller(bucket, lambda: cause, server, rules.notifications)
    stretch = Stretch(server, bucket, rules.lifecycle, teller, id, now_us, walk)
    try:
        await stretch.go(until)
    finally:
        if stretch.objects or stretch.uploads:
            teller.ring()
            log.info(
                "ended by rules",
                bucket=bucket.name,
                objects=stretch.objects,
                uploads=stretch.uploads,
                request_id=id,
            )
    return stretch.objects + stretch.uploads


async def _forget_ruleless(tx: Transaction, bucket: str) -> None:
    if await buckets.attached(tx, bucket, LIFECYCLE) is None:
        await lifecycle_walks.remove(tx, bucket)


@dataclass(slots=True)
class Stretch:
    """A piece of a walk, under the bucket's documents as they were at its beginning.

    id: told in place of a request's. objects, uploads: how many ended.
    """

    server: Server
    bucket: Bucket
    rules: tuple[Rule, ...]
    teller: Teller
    id: str
    now_us: int
    walk: Walk
    objects: int = 0
    uploads: int = 0

    async def go(self, until: float) -> None:
        """To the end of the walk, to the end of the time, or until the documents change."""
        steps = {OBJECTS: self._pass_objects, UPLOADS: self._pass_uploads}
        while await steps[self.walk.stage]():
            if time.monotonic() >= until:
                break
            await asyncio.sleep(0)  # events wait for one page at most
        else:
            return
        await self._save(replace(self.walk, due_us=self.now_us))

    async def _pass_objects(self) -> bool:
        """One page of objects; whether to go on."""
        walk = self.walk
        span = _span([rule for rule in self.rules if rule.ends_objects], walk.key)
        if span is None:
            self.walk = replace(walk, stage=UPLOADS, key=b"", at_us=-1, upload="")
            return True
        start, end = span
        rows = await lifecycle_walks.objects_from(
            self.server.catalog, self.bucket.id, start, end, PAGE
        )
        ended = [row for row in rows if self._has_ended(row)]
        going = {row.key for row in ended}
        ahead = replace(
            walk,
            key=rows[-1].key + b"\0" if len(rows) == PAGE else end,
            soonest_us=min([walk.soonest_us, *self._ends(rows, going)]),
        )
        for place in range(0, len(ended), BATCH):
            batch = ended[place : place + BATCH]
            is_last = place + BATCH >= len(ended)
            kept = ahead if is_last else replace(ahead, key=batch[-1].key + b"\0")
            if not await self._end_objects(batch, kept):
                return False
        if not ended:
            self.walk = ahead
        return True

    def _has_ended(self, row: Passed) -> bool:
        end = lifecycle.expiry(self.rules, row.key.decode(), row.size, row.tags, row.made_us)
        return end is not None and end.at_us <= self.now_us

    def _ends(self, rows: Sequence[Passed], going: set[bytes]) -> list[int]:
        """When those that stay can end, whatever tags they are given."""
        found = [
            lifecycle.expiry(self.rules, row.key.decode(), row.size, None, row.made_us)
            for row in rows
            if row.key not in going
        ]
        return [end.at_us for end in found if end is not None]

    async def _end_objects(self, batch: Sequence[Passed], ahead: Walk) -> bool:
        """Remove them, tell of each, and keep the place; False when the documents changed."""

        async def work(tx: Transaction) -> tuple[int, Walk] | None:
            if await buckets.find(tx, self.bucket.name) != self.bucket:
                return None
            there = await lifecycle_walks.still(tx, self.bucket.id, batch)
            gone = [row for row in there if self._has_ended(row)]
            found = [(row.key, row.content) for row in gone]
            await objects.remove_all(tx, self.bucket.id, found, self.now_us)
            for row in gone:
                await self.teller.tell(tx, Event(EVENT, row.key.decode(), self.now_us))
            soonest_us = min(ahead.soonest_us, self.walk.soonest_us)
            if len(gone) < len(there):  # they have other tags now, and may have these again
                soonest_us = min(soonest_us, self.now_us)
            kept = replace(ahead, soonest_us=soonest_us)
            await self._keep(tx, kept, objects=len(gone))
            return len(gone), kept

        done = await self.server.catalog.run(work)
        if done is None:
            return False
        self.objects += done[0]
        self.walk = done[1]
        return True

    async def _pass_uploads(self) -> bool:
        """One page of uploads; whether to go on."""
        walk = self.walk
        span = _span([rule for rule in self.rules if rule.aborts], walk.key)
        if span is None:
            await self._finish()
            return False
        start, end = span
        behind = (walk.key, walk.at_us, walk.upload) if start == walk.key else (start, -1, "")
        rows = await lifecycle_walks.uploads_behind(
            self.server.catalog, self.bucket.id, behind, end, BATCH
        )
        last = rows[-1] if len(rows) == BATCH else Begun(end, -1, "")
        ends = [self._abortion(row) for row in rows]
        ahead = replace(
            walk,
            key=last.key,
            at_us=last.begun_us,
            upload=last.id,
            soonest_us=min([walk.soonest_us, *[end for end in ends if end > self.now_us]]),
        )
        ended = [row for row, end in zip(rows, ends, strict=True) if end <= self.now_us]
        if not ended:
            self.walk = ahead
            return True
        return await self._abort_uploads(ended, ahead)

    def _abortion(self, row: Begun) -> int:
        found = lifecycle.abortion(self.rules, row.key.decode(), row.begun_us)
        return LAST_US if found is None else found.at_us

    async def _abort_uploads(self, batch: Sequence[Begun], ahead: Walk) -> bool:
        """Remove them with their parts, and keep the place; False when the documents changed."""

        async def work(tx: Transaction) -> int | None:
            if await buckets.find(tx, self.bucket.name) != self.bucket:
                return None
            gone = 0
            for row in batch:
                upload = await uploads.find(tx, self.bucket.id, row.key.decode(), row.id)
                if upload is not None:
                    await uploads.abort(tx, upload, self.now_us)
                    gone += 1
            await self._keep(tx, ahead, uploads=gone)
            return gone

        done = await self.server.catalog.run(work)
        if done is None:
            return False
        self.uploads += done
        self.walk = ahead
        return True

    async def _keep(
        self, tx: Transaction, walk: Walk, *, objects: int = 0, uploads: int = 0
    ) -> None:
        """The place, with a word in the audit log where something ended."""
        await lifecycle_walks.put(tx, walk)
        if not objects and not uploads:
            return
        counts = (("objects", objects), ("uploads", uploads))
        entry = own_act(
            self.bucket.account,
            ACT,
            self.now_us,
            told([(name, str(count)) for name, count in counts if count]),
            resource=f"{ARN}{self.bucket.name}",
            request=self.id,
        )
        await audit.add(tx, [entry])

    async def _finish(self) -> None:
        due_us = lifecycle.next_walk(self.rules, self.walk.began_us, self.walk.soonest_us)
        await self._save(Walk(self.bucket.id, due_us))

    async def _save(self, walk: Walk) -> None:
        """The walk goes on from here, if the documents are still the same."""

        async def work(tx: Transaction) -> None:
            if await buckets.find(tx, self.bucket.name) == self.bucket:
                await lifecycle_walks.put(tx, walk)

        await self.server.catalog.run(work)


def _span(rules: Sequence[Rule], key: bytes) -> tuple[bytes, bytes] | None:
    """The next run of keys that these rules are about, from `key` on; None behind the last."""
    for start, end in lifecycle.spans(rules):
        if key < end:
            return max(start, key), end
    return None
