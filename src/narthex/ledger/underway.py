"""Downloads under way in this process: kept booked while they last, cut when their share ends.

INVARIANT: a share that is revoked ends its downloads within a second, also those that wait for a
slow receiver: once in LOOK the generation is read, and when it has moved, the shares. This file
costs nothing while nothing is under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from narthex.catalog import Catalog, accounts
from narthex.errors import StoreError
from narthex.ledger.bookings import Bookings
from narthex.pure.shares import Share

log = logging.getLogger(__name__)

LOOK = 0.5  # seconds between two looks
KEEP_UP = 60.0  # seconds between two times that bookings are kept up


@dataclass(eq=False, slots=True)
class Passage:
    """One download under way. task: what sends it, which a cut cancels. booking: "" for none."""

    share: Share
    booking: str
    task: asyncio.Task[object] | None = None
    is_cut: bool = False

    def cut(self) -> None:
        """End it now, wherever it waits."""
        self.is_cut = True
        if self.task is not None:
            self.task.cancel()


class Underway:
    """All that is under way."""

    __slots__ = ("_bookings", "_catalog", "_generation", "_passages", "_stands", "_watching")

    def __init__(
        self,
        catalog: Catalog,
        bookings: Bookings,
        stands: Callable[[str], Awaitable[bool]],
    ) -> None:
        """stands: whether the share with this access key may still be used at all."""
        self._catalog = catalog
        self._bookings = bookings
        self._stands = stands
        self._passages: set[Passage] = set()
        self._generation = -1
        self._watching: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._passages)

    def enter(self, passage: Passage, generation: int, clock: Callable[[], int]) -> None:
        """Watch over it from now on. generation: at which its share was judged."""
        passage.task = asyncio.current_task()
        if not self._passages or generation < self._generation:
            self._generation = generation
        self._passages.add(passage)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch(clock))

    def leave(self, passage: Passage) -> None:
        """It has ended, one way or the other."""
        passage.task = None
        self._passages.discard(passage)

    async def close(self) -> None:
        """Watch no more. What is under way goes on until its process ends."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    async def look(self) -> None:
        """Cut what has ended since the last look."""
        generation = await accounts.generation(self._catalog)
        if generation == self._generation:
            return
        for key in {passage.share.access_key_id for passage in self._passages}:
            if await self._stands(key):
                continue
            for passage in list(self._passages):
                if passage.share.access_key_id == key:
                    passage.cut()
        self._generation = generation

    async def _watch(self, clock: Callable[[], int]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + KEEP_UP
        while self._passages:
            await asyncio.sleep(LOOK)
            try:
                await self.look()
                if loop.time() >= due:
                    due = loop.time() + KEEP_UP
                    booked = {one.booking for one in self._passages if one.booking}
                    if booked:
                        await self._bookings.keep_up(sorted(booked), clock())
            except StoreError as error:
                log.warning("downloads under way are not watched: %s", error)
