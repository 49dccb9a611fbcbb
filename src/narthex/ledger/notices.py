"""Telling an owner what became of a share, once for each occasion.

INVARIANT: a notice is enqueued in the transaction that books what it tells of, and what was told is
a row with a unique key there: none is lost, and none comes twice. This file never sends anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from narthex.catalog import Transaction, addresses, deliveries, share_notices, share_uses, shares
from narthex.catalog.shares import Counted
from narthex.pure import notices
from narthex.pure.notices import EXPIRING, FIRST, Use
from narthex.pure.shares import Share

if TYPE_CHECKING:
    from narthex.ledger.service import Ledger

TRIED_US = 24 * 3600 * notices.SECOND  # a notice older than that is news no more
KIND = "notice"


def holder_of(share: str) -> str:
    """As whose its addresses are kept."""
    return f"share-{share}"


async def tell_use(tx: Transaction, share: str, use: Use | None, now_us: int) -> None:
    """A use is complete; None when one was refused since nothing is left."""
    found = await shares.find(tx, share)
    if found is None:
        return
    is_over = use is None or _is_spent(found)
    is_used_up = is_over and not await share_uses.is_under_way(tx, share)
    occasions = notices.of_use(
        found.share.notices, is_complete=use is not None, is_used_up=is_used_up
    )
    await _tell(tx, found, occasions, use, now_us)


def _is_spent(found: Counted) -> bool:
    """Whether nothing is left of it, counting what is under way."""
    limits, counts = found.share.limits, found.counts
    uses, sent = limits.max_uses, limits.max_bytes
    return (uses is not None and counts.uses >= uses) or (sent is not None and counts.bytes >= sent)


async def _tell(
    tx: Transaction, found: Counted, occasions: Sequence[str], use: Use | None, now_us: int
) -> None:
    share = found.share
    fresh = [
        one
        for one in occasions
        if await share_notices.mark(tx, share.id, one, notices.about(one, share, use))
    ]
    if not fresh:
        return
    if FIRST in fresh and not share.limits.are_counted:  # the next use is like any other share's
        await shares.set_notices(tx, share.id, replace(share.notices, had_first=True))
    payload = notices.written(share, found.counts, fresh, use, now_us)
    for address in await addresses.of(tx, holder_of(share.id)):
        await deliveries.enqueue(
            tx,
            account=share.owner.account,
            target=address.of_delivery,
            lane=address.holder,
            kind=KIND,
            payload=payload,
            now_us=now_us,
            expires_us=now_us + TRIED_US,
        )


async def tell_review(tx: Transaction, share: str, now_us: int) -> None:
    """A review has made something of a share; called behind it, in its transaction."""
    found = await shares.find(tx, share)
    if found is not None and found.share.notices.occasions:
        await _tell(tx, found, [notices.REVIEWED], None, now_us)


async def await_end(tx: Transaction, share: Share, before_seconds: int) -> None:
    """Its end is told in time, as it stands now. Called when it is issued and when it changes."""
    if EXPIRING in share.notices.occasions:
        await share_notices.set_end(tx, share.id, notices.due_us(share, before_seconds))


async def tell_ends(ledger: Ledger, now_us: int) -> int:
    """The owners of shares that end soon are told; of how many that was looked at."""
    count = 0
    while batch := await share_notices.due(ledger.catalog, now_us):
        for id in batch:

            async def work(tx: Transaction, id: str = id) -> None:
                await _tell_end(tx, id, ledger.notify_before, now_us)

            await ledger.catalog.run(work)
        count += len(batch)
    return count


async def _tell_end(tx: Transaction, id: str, before_seconds: int, now_us: int) -> None:
    found = await shares.find(tx, id)
    due_us = None if found is None else notices.due_us(found.share, before_seconds)
    if found is None or due_us is None or due_us <= now_us:
        if found is not None and notices.ends_soon(found.share, found.counts, now_us):
            await _tell(tx, found, [EXPIRING], None, now_us)
        due_us = None
    await share_notices.set_end(tx, id, due_us)
