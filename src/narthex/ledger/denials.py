"""Acts of administration that were denied: so many a minute for each principal, the rest counted.

INVARIANT: whoever is denied again and again fills neither the disk nor the memory, and nothing of
it is lost but its details: how often it was is written down.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from narthex.catalog.audit import Entry
from narthex.ledger.journal import Journal

WINDOW = 60.0  # seconds
MOST = 20  # denials of one principal that are written one by one in that time
PRINCIPALS = 10_000  # that are counted at once
MORE = "and so often more in this minute, not told one by one"


@dataclass(slots=True)
class _Window:
    """One principal's denials since the first of them. last: the newest that is only counted."""

    told: int = 0
    counted: int = 0
    last: Entry | None = None
    timer: asyncio.TimerHandle | None = None


class Denials:
    """What one process has noted of denials, on its way to the journal."""

    __slots__ = ("_journal", "_windows")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._windows: dict[tuple[str, str], _Window] = {}

    def note(self, entry: Entry) -> None:
        """Write a denial down, or count it."""
        who = (entry.account, entry.owner)  # not the key: sessions are free
        window = self._windows.get(who)
        if window is None:
            if len(self._windows) >= PRINCIPALS:
                self.close()
            window = self._windows[who] = _Window()
            loop = asyncio.get_running_loop()
            window.timer = loop.call_later(WINDOW, self._end, who)
        if window.told < MOST:
            window.told += 1
            self._journal.note(entry)
        else:
            window.counted += 1
            window.last = entry

    def close(self) -> None:
        """Write down what was only counted so far."""
        for who in list(self._windows):
            self._end(who)

    def _end(self, who: tuple[str, str]) -> None:
        window = self._windows.pop(who)
        if window.timer is not None:
            window.timer.cancel()
        if window.last is not None:
            self._journal.note(replace(window.last, times=window.counted, detail=MORE))
