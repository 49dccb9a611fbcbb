"""How long to wait before a delivery is tried again: exponential, with full jitter. Pure.

This file never draws a random number: it is handed one.
Source: "Exponential Backoff And Jitter", AWS Architecture Blog: of all kinds, full jitter finishes
soonest with the fewest tries.
"""

from __future__ import annotations

FIRST_SECONDS = 1.0  # at most, before the second attempt; doubled for each further one
LONGEST_SECONDS = 300.0
SECOND = 1_000_000  # microseconds


def pause_us(failed: int, chance: float) -> int:
    """Microseconds to wait after so many failed attempts (from 1). chance: from [0, 1)."""
    most = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(failed - 1, 30))
    return int(most * chance * SECOND)


def due_us(
    now_us: int, failed: int, chance: float, expires_us: int, said_seconds: float | None
) -> int:
    """When to try again. said_seconds: what the target asked for; no attempt comes sooner.

    Never later than the delivery's end, so that it is given up in time.
    """
    pause = pause_us(failed, chance)
    if said_seconds is not None:
        pause = max(int(said_seconds * SECOND), 0) + pause_us(1, chance)
    return min(now_us + pause, expires_us)
