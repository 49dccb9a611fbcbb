"""What is under way to one target: how much more may start, and when the target is to be spared.

This file never delivers and never writes. Its memory is bounded: lanes under way, and one batch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from narthex.catalog import Reader, queue
from narthex.catalog.deliveries import READY, RETRYING
from narthex.catalog.queue import Place, Queue
from narthex.pure.events import retries

if TYPE_CHECKING:
    from narthex.events.attempt import Outcome

# Deliveries under way to one target, of different lanes; and with them those that are not
# acknowledged yet, which is what a crash repeats.
AT_ONCE: Final = 16
MOST_BUSY: Final = 96
# Rows that one look reads of a queue, and that are held back at once: no more than fits into a
# moment.
FEW: Final = 128
MANY: Final = 1024
# Failures in a row after which a target is asked one thing at a time, with pauses.
TIRED: Final = 5


class Stream:
    """One queue as the engine works on it. busy: the lanes under way, with their numbers, until
    they are acknowledged.

    held_back: numbers found behind a retrying one of their lane; whoever reads them empties it.
    is_waited_for: the last look found something whose lane is busy. wants_room: it left something
    where it was, or may have, since no more could start.
    """

    __slots__ = (
        "_failures",
        "_lane",
        "_rests_until_us",
        "_trying",
        "busy",
        "held_back",
        "is_waited_for",
        "wants_room",
    )

    def __init__(self) -> None:
        self.busy: dict[str, int] = {}
        self.held_back: set[int] = set()
        self.is_waited_for = False
        self.wants_room = False
        self._trying = 0
        self._failures = 0
        self._rests_until_us = 0
        self._lane = ""  # the last one that was come to, going from lane to lane

    def room(self, now_us: int) -> int:
        """How many more may start now."""
        if self._failures < TIRED:
            return min(AT_ONCE - self._trying, MOST_BUSY - len(self.busy))
        return int(not self.busy and now_us >= self._rests_until_us)

    async def pick(self, reader: Reader, of: Queue, now_us: int, holds: set[str]) -> list[int]:
        """The numbers to start now; their lanes are busy from here on.

        holds: in which states there is anything, as `queue.queues` found a moment ago.
        """
        self.is_waited_for, self.wants_room = False, True
        if self.room(now_us) <= 0:
            return []
        picked: list[int] = []
        if RETRYING in holds:
            places = await queue.due(reader, of, now_us, FEW)
            picked += await self._choose(reader, of, places, now_us)
        if READY in holds:
            places = await queue.ready(reader, of, FEW)
            picked += await self._choose(reader, of, places, now_us)
            if len(places) == FEW and self.room(now_us) > 0:
                places = await self._further(reader, of)
                picked += await self._choose(reader, of, places, now_us)
        self.wants_room = self.room(now_us) <= 0
        return picked

    async def _further(self, reader: Reader, of: Queue) -> list[Place]:
        """What is ready behind many of a few lanes: more of those if they are to be held back, else
        the oldest of each lane, so many lanes at a time.
        """
        if self.held_back:
            return await queue.ready(reader, of, MANY)
        places = await queue.ready_lanes(reader, of, self._lane, FEW)
        if len(places) < FEW and self._lane:  # it was the end: on from the beginning
            places += await queue.ready_lanes(reader, of, "", FEW - len(places))
        self._lane = places[-1].lane if len(places) == FEW else ""
        return places

    async def next_look(
        self, reader: Reader, of: Queue, now_us: int, holds: set[str]
    ) -> int | None:
        """When to look again although nobody rings: a pause is over, or something is due."""
        if self._failures >= TIRED:
            return None if self.busy else self._rests_until_us
        if self.room(now_us) <= 0 or RETRYING not in holds:
            return None
        return await queue.next_due(reader, of)

    def leave(self, number: int) -> None:
        """There was nothing to try: its lane is free."""
        self._trying -= 1
        self.release(number)

    def release(self, number: int) -> None:
        """It is acknowledged: its lane is free."""
        for lane, under_way in self.busy.items():
            if under_way == number:
                del self.busy[lane]
                return

    def judge(self, outcome: Outcome, chance: float) -> None:
        """An attempt is over: learn from it how the target is. chance: from [0, 1)."""
        self._trying -= 1
        if not outcome.tried:
            return
        if not outcome.tires:
            self._failures = 0
            return
        self._failures += 1
        if self._failures >= TIRED:
            pause = retries.pause_us(self._failures - TIRED + 1, chance)
            self._rests_until_us = outcome.now_us + pause

    async def _choose(
        self, reader: Reader, of: Queue, places: Iterable[Place], now_us: int
    ) -> list[int]:
        """Of these, in order, what may start. Lanes are seen to be free before their heads are
        read: so what a read finds is not older than the last acknowledgement in its lane.
        """
        picked: list[int] = []
        free: list[Place] = []
        for place in places:
            under_way = self.busy.get(place.lane)
            if under_way is None:
                free.append(place)
            elif under_way != place.number:
                self.is_waited_for = True
        any_held = bool(free) and await queue.holds_any(reader, of)
        for place in free:
            if self.room(now_us) <= 0:
                break
            if place.lane in self.busy or place.number in self.held_back:
                continue
            head = await queue.head(reader, of, place.lane) if any_held else None
            if head is not None and head < place.number:
                self.held_back.add(place.number)
            else:
                self.busy[place.lane] = place.number
                self._trying += 1
                picked.append(place.number)
        return picked
