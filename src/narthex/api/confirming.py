"""A share that waits for whoever made it: they say why it is right, and it is judged anew.

INVARIANT: nothing opens here. What is said is written down beside the review, which is made again,
of the share and the bytes as they are by then.
"""

from __future__ import annotations

import json

from narthex.api.endpoint import Call, Json
from narthex.api.errors import ApiError
from narthex.api.reading import Fields
from narthex.api.reviewed import with_choices
from narthex.catalog import Transaction, decisions, share_reviews
from narthex.catalog.share_reviews import ShareReview
from narthex.catalog.shares import Counted
from narthex.ledger import owning
from narthex.ledger.errors import LedgerError
from narthex.pure.times import iso_seconds
from narthex.review import settling
from narthex.review.errors import ReviewError
from narthex.review.models import models_of
from narthex.review.settling import Justified
from narthex.s3.share_reviews import Later, review_share, review_to_come
from narthex.server import Server

SAID = ("justification", "justification_text")


async def confirm(call: Call, found: Counted, server: Server) -> Counted:
    """The share as it stands once it was judged again, or while it still waits for that.

    Raises ApiError: ConfirmationNeeded with the verdict, AccessDenied, DecisionFinal; LedgerError.
    """
    share = found.share
    fields = Fields(call.body, SAID)
    said = Justified(fields.text("justification"), fields.text("justification_text"))
    if share.owner.key != call.issuer.owner.key:
        raise ApiError("AccessDenied", "whoever made this share says why")
    if not owning.is_live(found, call.now_us):
        raise LedgerError("ShareEnded", "this share is over")
    if share.judged.standing == "open" and not share.target.is_prefix:
        raise ApiError("DecisionFinal", "this share is open: it needs no word")
    model = models_of(server).current().model
    if said != Justified() or share.judged.standing == "confirm":
        try:
            said = settling.checked(model, settling.meant(model, said))
        except ReviewError as error:
            told = await _verdicts(call, found, server)
            raise with_choices(error.code, error.message, told, server, error.field) from error

    async def work(tx: Transaction) -> None:
        if share.judged.standing == "open":  # a folder, with what came to it meanwhile
            later = Later((), 0, said)
            await share_reviews.add(tx, review_to_come(share, later, call.now_us))
        await share_reviews.ask_again(
            tx, share.id, call.now_us, justification=said.id, typed=said.text
        )

    await server.catalog.run(work)
    row = await share_reviews.find(server.catalog, share.id)
    if row is not None:
        await review_share(server, row, quickly=True)
    return await owning.find(server.ledger, call.scope, share.id)


async def _verdicts(call: Call, found: Counted, server: Server) -> list[Json]:
    """What stopped it, as `reviewed.show_reviewed` shows a verdict."""
    share, target = found.share, found.share.target
    row = await share_reviews.find(server.catalog, share.id)
    seen = decisions.Seen(share.owner.account, share.owner.key)
    stopped = row and row.decision and await decisions.find(server.catalog, seen, row.decision)
    if not stopped:
        return []
    return [
        {
            "id": stopped.id,
            "bucket": target.bucket,
            "key": target.key,
            "prefix": target.is_prefix,
            "recipient": share.recipient,
            "enforced": stopped.enforced,
            "approved_by": None,
            "verdict": json.loads(stopped.verdict),
        }
    ]


def show_waiting(row: ShareReview) -> Json:
    """What a share waits for that is not open, beside its `waits_for`."""
    return {
        "since": iso_seconds(row.asked_us),
        "decision": row.decision or None,
        "reason": row.reason or None,
        "bytes": row.size,
    }
