"""How deliveries stand: how many wait, since when, and how many failed. For health and doctor.

This file never changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Reader, delivery_log, queue

MOST_QUEUES = 1024  # whose oldest delivery is looked for


@dataclass(frozen=True, slots=True)
class Standing:
    """oldest_us: when the oldest of what waits was made; None when nothing waits."""

    waiting: int
    oldest_us: int | None
    failed: int


async def standing(reader: Reader, account: str | None = None) -> Standing:
    """How they stand, of one account or of all. It counts: for people, not for a loop."""
    oldest: int | None = None
    for one in await queue.queues(reader, MOST_QUEUES):
        if account is None or one.account == account:
            made_us = await queue.oldest(reader, one)
            if made_us is not None:
                oldest = made_us if oldest is None else min(oldest, made_us)
    return Standing(
        await delivery_log.waiting(reader, account),
        oldest,
        await delivery_log.failed(reader, account),
    )
