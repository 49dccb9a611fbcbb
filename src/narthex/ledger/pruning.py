"""What the steward does for the ledger: forget what ended long ago, give back what was lost.

This file never ends a share: it removes rows of those that have ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from narthex.catalog import Transaction, revoked_links, share_uses, shares
from narthex.ledger import lapses
from narthex.ledger.service import Ledger

Step = Callable[[Transaction, int], Awaitable[int]]


async def prune(ledger: Ledger, before_us: int, now_us: int) -> int:
    """Shares from before this time are gone, and links that expire by themselves; how many rows."""
    count = await _all(ledger, shares.prune, before_us)
    return count + await _all(ledger, revoked_links.prune, now_us)


async def _all(ledger: Ledger, step: Step, before_us: int) -> int:
    """Small transactions until nothing is left: other writers wait for none of them long."""
    count = 0

    async def work(tx: Transaction) -> int:
        return await step(tx, before_us)

    while done := await ledger.catalog.run(work):
        count += done
    return count


async def give_back(ledger: Ledger, now_us: int) -> int:
    """Uses whose process died count no longer; of how many shares. Booking does it for its own."""
    count = 0
    for share in await share_uses.overdue_shares(ledger.catalog, now_us):

        async def work(tx: Transaction, share: str = share) -> None:
            await lapses.give_back(tx, share, now_us)

        await ledger.catalog.run(work)
        count += 1
    return count
