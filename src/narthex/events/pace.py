"""How soon the engine looks again: at once, unless this machine's cores are all busy.

Then uploads go first, for a few seconds: what they tell of is in the catalog and can wait. This
file never lets it wait for long. INVARIANT: RATE deliveries a second are begun all the same, and
whatever is there once the oldest is PATIENCE seconds old: so a flood that does not end slows the
uploads down in the end, and no queue grows without limit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

BREATH: Final = 0.003  # seconds from one look to the next, however often it rings
RATE: Final = 256  # deliveries a second that are begun while the cores are busy
PATIENCE: Final = 5.0  # seconds that others go first
LONGEST: Final = 0.25  # seconds; many targets may be told by one look
WINDOW: Final = 0.1  # seconds over which it is judged how busy the cores are
BUSY: Final = 0.4  # of the time that there was something to do, waiting for a core

Times = tuple[int, int]  # nanoseconds that this thread ran, and that it could have run and waited


class Pace:
    """Asked after each look. times: since the thread began; None where the system does not tell."""

    def __init__(self, times: Callable[[], Times | None]) -> None:
        self._times = times
        self._last: Times | None = None
        self._judged = 0.0
        self._is_busy = False

    def rest(self, begun: int, age: float, now: float) -> float:
        """Seconds from the beginning of the last look to that of the next one.

        begun: deliveries that the last look began; age: seconds since the oldest of them was made.
        """
        self._judge(now)
        if not self._is_busy or age > PATIENCE:
            return BREATH
        return min(max(BREATH, begun / RATE), LONGEST)

    def _judge(self, now: float) -> None:
        if now < self._judged + WINDOW:
            return
        times, last = self._times(), self._last
        self._judged, self._last = now, times
        if times is not None and last is not None:
            ran, waited = times[0] - last[0], times[1] - last[1]
            self._is_busy = waited > BUSY * (ran + waited)


def times_of_thread() -> Times | None:
    """Those of the thread that asks. Linux only.

    Source: Linux, Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat".
    """
    try:
        ran, waited, _ = Path("/proc/thread-self/schedstat").read_text().split()
        return int(ran), int(waited)
    except (OSError, ValueError):
        return None
