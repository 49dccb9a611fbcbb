"""Reviews that are only asked for: what shares would come to, without issuing one."""

from __future__ import annotations

from narthex.api.authorize import require_download
from narthex.api.endpoint import Answer, Call, endpoint
from narthex.api.endpoints.shares import find_drafts, hide_absence, target_of
from narthex.api.reviewed import show_reviewed
from narthex.api.reviewing import review_dry
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Draft
from narthex.server import Server


@endpoint("POST", "reviews", action="narthex:ReviewShare", find=find_drafts)
async def review_shares(call: Call, drafts: list[Draft], server: Server) -> Answer:
    for draft in drafts:
        await require_download(call.asking, target_of(draft.order), draft.bucket, server)
    try:
        reviewed = await review_dry(call, drafts, server)
    except LedgerError as error:
        if error.code == "NoSuchKey":
            await hide_absence(call, drafts, server)
        raise
    shown = [show_reviewed(one.draft, one.considered) for one in reviewed if one.considered]
    return Answer({"reviews": shown})
