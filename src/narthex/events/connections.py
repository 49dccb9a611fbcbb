"""Connections to webhooks that stay open from one delivery to the next: few, and not for long.

This file never resolves, judges or connects. INVARIANT: a connection is kept for the very place
whose address was judged, and not used any more once that judgement is a minute old.
"""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from narthex.events.exchange import Line
from narthex.events.reach import Reach

# Servers hang up after five seconds of silence as often as not: we do before them.
IDLE_SECONDS: Final = 4.0
JUDGED_SECONDS: Final = 60.0
MOST: Final = 64  # that stay open while nothing is sent on them
MOST_EACH: Final = 16  # of these, to one place


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads. tls: what verified it; None for none. reach: what allowed it."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    reach: Reach


@dataclass(frozen=True, slots=True)
class Kept:
    """A connection that nothing is sent on now. judged, idle: since when, by the loop's clock."""

    line: Line
    judged: float
    idle: float

    def is_good(self, now: float) -> bool:
        """It is open, was used a moment ago, and still leads where it may."""
        return (
            self.line.is_open
            and now < self.idle + IDLE_SECONDS
            and now < self.judged + JUDGED_SECONDS
        )


class Connections:
    """Those of one event loop. Whoever makes it closes it."""

    def __init__(self) -> None:
        self._kept: dict[Place, list[Kept]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def take(self, place: Place) -> Kept | None:
        """The one used last, now the caller's own; None when there is none that is good."""
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(place, [])
        while kept:
            last = kept.pop()
            if last.is_good(now):
                return last
            last.line.hang_up()
        return None

    def keep(self, place: Place, line: Line, judged: float) -> None:
        """It may be used again, if there is room for it; else it is closed."""
        loop = asyncio.get_running_loop()
        kept = self._kept.setdefault(place, [])
        in_all = sum(len(one) for one in self._kept.values())
        if self._is_closed or len(kept) >= MOST_EACH or in_all >= MOST:
            line.hang_up()
            return
        kept.append(Kept(line, judged, loop.time()))
        if self._timer is None:
            self._timer = loop.call_later(IDLE_SECONDS, self._sweep)

    def close(self) -> None:
        """Close them all, and those that are still in use once they are given back."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for kept in self._kept.values():
            for one in kept:
                one.line.hang_up()
        self._kept.clear()

    def _sweep(self) -> None:
        """Close what was idle for too long; come again as long as there is any left."""
        loop = asyncio.get_running_loop()
        now, before, self._kept = loop.time(), self._kept, {}
        for place, kept in before.items():
            good = [one for one in kept if one.is_good(now)]
            for one in kept:
                if one not in good:
                    one.line.hang_up()
            if good:
                self._kept[place] = good
        self._timer = loop.call_later(IDLE_SECONDS, self._sweep) if self._kept else None


# Of the engine whose task this is; None elsewhere: there a connection ends with its delivery.
current: ContextVar[Connections | None] = ContextVar("connections", default=None)
