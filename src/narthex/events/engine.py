"""The engine that delivers, run by the steward: bounded, in order for each lane, never forgetful.

It works only while it holds the lease of deliveries: of many nodes one does. Its memory is what is
under way; everything else stays in the catalog, where each look costs a few reads of an index.

INVARIANT: the next of a lane is tried only after the one before it is acknowledged, durably, in a
transaction that saw the lease still held. So a crash repeats a delivery, and never swaps two.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from narthex.catalog import Transaction, leases, queue
from narthex.catalog.queue import Queue, Waiting
from narthex.errors import StoreError, Unavailable
from narthex.events.attempt import Outcome, attempt, write
from narthex.events.connections import Connections, current
from narthex.events.pace import Pace, times_of_thread
from narthex.events.stream import Stream
from narthex.events.wake import Bell
from narthex.server import Server

LEASE: Final = "deliveries"
LEASE_SECONDS: Final = 15
SECOND: Final = 1_000_000  # microseconds
MOST_QUEUES: Final = 4096  # that one look visits
MOST_AT_ONCE: Final = 256  # deliveries under way in all; each may hold a socket
GROUP: Final = 256  # outcomes of one transaction
# Seconds between two looks nobody asked for. The short one is for where the bell cannot tell, since
# the writers may be on other machines: a look at an empty queue is two reads.
LONGEST_NAP: Final = 1.0
SHORT_NAP: Final = 0.05
AFTER_FAILURE: Final = 1.0
# Outcomes are acknowledged together: each commit is one that uploads wait for. Nobody waits for an
# outcome but the next of its lane, which hurries it.
GATHER_SECONDS: Final = 0.1
ENOUGH: Final = 48
GRACE_SECONDS: Final = 4.0  # for what is under way when we are told to stop; twice

log = structlog.get_logger("narthex")


class Engine:
    """Make one for each process, `run` it once. holder: who takes the lease."""

    def __init__(
        self, server: Server, holder: str, chance: Callable[[], float] = random.random
    ) -> None:
        self._server = server
        self._holder = holder
        self._chance = chance
        self._bell = Bell()
        self._connections = Connections()
        self._streams: dict[Queue, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: list[tuple[Stream, Outcome]] = []
        self._writing: asyncio.Task[None] | None = None
        self._until_us = 0  # that the lease is ours
        self._term = 0  # counts the times that it was lost
        self._is_patient = True
        self._pace = Pace(times_of_thread)
        self._begun = 0  # deliveries, ever
        self._age = 0.0  # seconds, of the oldest that the last look began
        self._hurry = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop; then let what is under way be acknowledged, and go."""
        self._bell.hang(self._server.settings)
        current.set(self._connections)  # for all that is begun from here on
        hearing = [asyncio.create_task(one) for one in (self._ring_with(stop), self._listen())]
        loop = asyncio.get_running_loop()
        is_called = False
        try:
            while not stop.is_set():
                begun = loop.time()
                before, self._age = self._begun, 0.0
                is_called = await self._bell.wait(await self._turn(is_called))
                rest = self._pace.rest(self._begun - before, self._age, loop.time())
                await asyncio.sleep(max(0.0, begun + rest - loop.time()))
        finally:
            for one in hearing:
                one.cancel()
            await asyncio.wait(hearing, timeout=GRACE_SECONDS)
            await self._end()

    async def settle(self) -> bool:
        """Deliver and acknowledge all that is due now; False when another node delivers."""
        self._is_patient = False
        while await self._hold():
            before = self._begun
            await self._look()
            if self._begun == before and not self._tasks and self._writing is None:
                return True
            while self._tasks or self._writing is not None:
                await asyncio.wait([*self._tasks, *([self._writing] if self._writing else [])])
        return False

    async def _turn(self, is_called: bool) -> float:
        """Look once, if we may; how long to sleep when nobody rings.

        is_called: by this machine's writers. Who delivers on another machine hears of it from us.
        """
        nap = LONGEST_NAP
        if not self._bell.hangs or self._server.catalog.recent() is None:
            nap = SHORT_NAP
        try:
            if is_called and not self._until_us:
                await self._server.catalog.call()
            if not await self._hold():
                return LONGEST_NAP
            due_us = await self._look()
        except StoreError as error:
            log.error("deliveries", reason=str(error))
            return AFTER_FAILURE
        if due_us is None:
            return nap
        return min(nap, max(due_us - self._server.clock(), 1000) / SECOND)

    async def _hold(self) -> bool:
        """Whether the lease is ours: taken or made longer once half of it is over."""
        now = self._server.clock()
        if now < self._until_us - LEASE_SECONDS * SECOND // 2:
            return True
        until = now + LEASE_SECONDS * SECOND
        current = await leases.holder(self._server.catalog, LEASE, now)
        if current not in (None, self._holder):
            self._drop()
            return False

        async def work(tx: Transaction) -> bool:
            return await leases.take(tx, LEASE, self._holder, now, until)

        if not await self._server.catalog.run(work):
            self._drop()
            return False
        self._until_us = until
        return True

    async def _look(self) -> int | None:
        """Start what may go. When to look again: None unless something will be due by itself."""
        soonest: int | None = None
        term = self._term
        found = await queue.queues(self._server.catalog, MOST_QUEUES)
        every = list(found)
        begin = int(self._chance() * len(every))  # so that none is always the last
        for one in every[begin:] + every[:begin]:
            if len(self._tasks) >= MOST_AT_ONCE or term != self._term:
                break  # the next look comes when one of them is over
            stream = self._streams.setdefault(one, Stream())
            now = self._server.clock()
            numbers = await stream.pick(self._server.catalog, one, now, found[one])
            if stream.held_back:
                await self._hold_back(stream)
            await self._begin(stream, numbers)
            if stream.is_waited_for:
                self._hurry.set()
            due = await stream.next_look(
                self._server.catalog, one, self._server.clock(), found[one]
            )
            if due is not None:
                soonest = due if soonest is None else min(soonest, due)
        self._streams = {
            one: stream for one, stream in self._streams.items() if stream.busy or one in found
        }
        return soonest

    async def _hold_back(self, stream: Stream) -> None:
        numbers, stream.held_back = sorted(stream.held_back), set()

        async def work(tx: Transaction) -> None:
            await queue.hold_back(tx, numbers)

        await self._server.catalog.run(work)
        self._bell.ring()  # there may be others behind them

    async def _begin(self, stream: Stream, numbers: list[int]) -> None:
        """Try what was picked; what cannot be tried now after all is found by a later look."""
        left = set(numbers)
        try:
            for start in range(0, len(numbers), queue.AT_ONCE):
                some = numbers[start : start + queue.AT_ONCE]
                found = await queue.load(self._server.catalog, some, self._server.clock())
                for waiting in found:
                    left.discard(waiting.number)
                    self._begun += 1
                    age = (self._server.clock() - waiting.created_us) / SECOND
                    self._age = max(self._age, age)
                    task = asyncio.create_task(self._try(stream, waiting))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        finally:
            for number in left:
                stream.leave(number)
            if left:
                self._bell.ring()

    async def _try(self, stream: Stream, waiting: Waiting) -> None:
        outcome = await attempt(waiting, self._server, self._chance())
        stream.judge(outcome, self._chance())
        self._outcomes.append((stream, outcome))
        if stream.wants_room or len(self._tasks) >= MOST_AT_ONCE:
            self._bell.ring()
        if len(self._outcomes) >= ENOUGH:
            self._hurry.set()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Acknowledge all that wait for it, in as few transactions as it takes."""
        mourns = True
        try:
            while self._outcomes:
                await self._gather()
                group, self._outcomes = self._outcomes[:GROUP], self._outcomes[GROUP:]
                outcomes = [outcome for _, outcome in group]
                term = self._term
                try:
                    more = await self._server.catalog.run(
                        partial(self._write_group, outcomes, mourns)
                    )
                except (StoreError, RuntimeError) as error:  # again, which changes nothing twice
                    log.error("deliveries not acknowledged yet", reason=str(error))
                    mourns = isinstance(error, Unavailable)
                    if term == self._term:
                        self._outcomes = [*group, *self._outcomes]
                    await asyncio.sleep(AFTER_FAILURE)
                    continue
                mourns = True
                if more is None:
                    log.warning("the lease of deliveries was lost")
                    self._drop()
                    return
                self._release(group, more)
        finally:
            self._writing = None

    def _release(self, group: list[tuple[Stream, Outcome]], more: bool) -> None:
        """They are acknowledged. Look again if that lets anything go, or sets when to."""
        for stream, outcome in group:
            stream.release(outcome.waiting.number)
            if more or stream.wants_room or stream.is_waited_for:
                self._bell.ring()

    async def _gather(self) -> None:
        """Wait for more to acknowledge, unless somebody waits for what is there."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS if self._is_patient else 0):
                await self._hurry.wait()
        self._hurry.clear()

    async def _write_group(
        self, group: list[Outcome], mourns: bool, tx: Transaction
    ) -> bool | None:
        """All of it is written, and perhaps something else is due. None: the lease was not ours.

        mourns: tell targets what they will not be given. Not when that was refused before: one
        target's fault must not keep the others' deliveries from being acknowledged.
        """
        if await leases.holder(tx, LEASE, 0) != self._holder:
            return None
        return await write(group, tx, self._server, mourns)

    def _drop(self) -> None:
        """Another node delivers: forget what is under way, it is the other's now."""
        self._until_us = 0
        self._term += 1
        for task in self._tasks:
            task.cancel()
        self._outcomes = []
        self._streams = {}

    async def _listen(self) -> None:
        """Hear what is committed on other machines; where that cannot be heard, looks find it."""
        while True:
            try:
                await self._server.catalog.listen(self._hear)
                return
            except StoreError as error:
                log.warning("other nodes are not heard", reason=str(error))
            await asyncio.sleep(AFTER_FAILURE)

    def _hear(self) -> None:
        if self._until_us:  # else it is another's turn
            self._bell.ring()

    async def _ring_with(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._bell.ring()

    async def _end(self) -> None:
        self._bell.close()
        self._is_patient = False
        self._hurry.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=GRACE_SECONDS)
        self._connections.close()

        async def work(tx: Transaction) -> None:
            await leases.release(tx, LEASE, self._holder)

        try:
            await self._server.catalog.run(work)
        except StoreError as error:
            log.warning("lease not released", reason=str(error))
