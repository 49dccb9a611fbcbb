"""Every use of every share, the newest first, as it comes; and page by page what was before.

This file never writes anything down: the ledger did.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console import log
from narthex.web.console.visit import Visit

SHOWN = 100  # entries of a page


async def show(visit: Visit) -> Response:
    """A page of entries. A script asks for the newest alone."""
    after = visit.query.get("after", "")
    query = (("order", "newest"), ("limit", str(SHOWN)), *((("after", after),) if after else ()))
    answer = await visit.hand.api("GET", "audit", query)
    entries = answer["entries"]
    return visit.page(
        "live_activity.html" if visit.by_script else "activity.html",
        here="activity",
        entries=log.rows(entries, visit),
        further=bool(after),
        next=answer["next"] if len(entries) == SHOWN else "",
    )
