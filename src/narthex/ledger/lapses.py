"""Uses that nobody keeps up any more: given back, and what they left behind removed.

This file never decides whether a use is alive: whoever is, says so in time.
"""

from __future__ import annotations

from narthex.catalog import Transaction, audit, share_uses, shares, uploads
from narthex.catalog.audit import Entry
from narthex.catalog.share_uses import UPLOAD, Reservation
from narthex.catalog.shares import Counted
from narthex.ledger.notices import tell_use
from narthex.pure.notices import Use
from narthex.pure.shares import Share


async def give_back(tx: Transaction, share: str, now_us: int) -> Counted | None:
    """The share as it is when what is overdue of it counts no longer; None when it is gone.

    An upload in parts that nobody went on with is aborted. A folder's download is over now, which
    is told: before, another of its files could have followed.
    """
    over = await share_uses.give_back(tx, share, now_us)
    found = await shares.find(tx, share)
    if found is None:
        return None
    lost = [use for use in over if not use.done]
    if found.share.notices.occasions:
        for use in over:
            if use.done and not use.key:
                await tell_use(tx, share, Use(use.id, "", use.cost), now_us)
    for use in lost:
        if use.visitor == UPLOAD:
            bucket = found.share.target.bucket_id
            upload = await uploads.find(tx, bucket, use.key, use.id)
            if upload is not None:
                await uploads.abort(tx, upload, now_us)
    await audit.add(tx, [_entry(found.share, use, now_us) for use in lost])
    return found


def _entry(share: Share, use: Reservation, now_us: int) -> Entry:
    """What the log says of a use whose process ended, or whose visitor did not come back."""
    return Entry(
        id=audit.entry_id(now_us, use.id[::-1]),
        account=share.owner.account,
        owner=share.owner.key,
        share=share.id,
        at_us=now_us,
        event="used",
        outcome="lost",
        key=use.key,
        bytes=use.sent,
        booking=use.id,
    )
