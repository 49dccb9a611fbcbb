"""A share that is changed is reviewed again where it gives away more than before.

This file never judges what takes something back: that needs nobody's word.
"""

from __future__ import annotations

from narthex.api.endpoint import Call
from narthex.api.errors import ApiError
from narthex.api.reviewed import Reviewed
from narthex.api.reviewing import answer_of, review_drafts, write_down_row
from narthex.catalog import Transaction, buckets
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Draft
from narthex.pure.review.sharing import order_of
from narthex.pure.shares import Limits, Share
from narthex.server import Server


async def review_change(call: Call, share: Share, after: Share, server: Server) -> list[Reviewed]:
    """What the change came to, if it may go on; nothing where it needs no review.

    Raises ApiError (Refused, ConfirmationNeeded), StoreError.
    """
    if share.judged.standing != "open":
        return []  # it is judged as it is now before it opens
    if after.recipient == share.recipient and not _loosens(share.limits, after.limits):
        return []
    bucket = await buckets.find(server.catalog, share.target.bucket)
    if bucket is None or bucket.id != share.target.bucket_id:
        return []  # nothing is there to be read
    try:
        found = await review_drafts(
            call, [Draft(order_of(after), bucket)], answer_of(call.body), server, quickly=False
        )
    except LedgerError:
        return []  # its object is gone
    if any(one.draft.order.pin for one in found) and not share.target.etag:
        told = "what was approved is these bytes, and this share is of any: make a new one"
        raise ApiError("Refused", told)
    return found


async def write_down_change(tx: Transaction, share: Share, reviewed: list[Reviewed]) -> None:
    """The decision beside the change, in its transaction. Raises LedgerError (ObjectChanged)."""
    for one in reviewed:
        await write_down_row(tx, one, share.id)


def _loosens(before: Limits, after: Limits) -> bool:
    """Whether it may be used longer, sooner, more often, or from elsewhere."""
    starts = (before.not_before_us or 0) > (after.not_before_us or 0)
    elsewhere = bool(before.networks) and not set(after.networks) <= set(before.networks)
    opened = bool(before.networks) and not after.networks
    return (
        starts
        or elsewhere
        or opened
        or _more(before.expires_us, after.expires_us)
        or _more(before.max_uses, after.max_uses)
        or _more(before.max_bytes, after.max_bytes)
    )


def _more(before: int | None, after: int | None) -> bool:
    """Whether a limit is higher, or gone."""
    return before is not None and (after is None or after > before)
