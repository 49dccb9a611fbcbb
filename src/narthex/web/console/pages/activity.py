"""Every use of every share, as it comes.

This file never writes anything down: the ledger did.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from narthex.http import Response
from narthex.web.console import log
from narthex.web.console.visit import Visit

SHOWN = 100  # entries
LIMIT = 1000  # of one page of the API
MOST_PAGES = 10  # that are looked through: of a busier minute not the newest are shown
SPANS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=30),
)


async def show(visit: Visit) -> Response:
    """The newest entries. A script asks for them alone."""
    return visit.page(
        "live_activity.html" if visit.by_script else "activity.html",
        here="activity",
        entries=log.rows(await _newest(visit), visit),
    )


async def _newest(visit: Visit) -> list[dict[str, Any]]:
    """The newest first. The API tells the oldest first, so we look at ever longer times."""
    now = datetime.fromtimestamp(visit.now_us / 1_000_000, UTC)
    found: list[dict[str, Any]] = []
    for span in SPANS:
        found = await _since(visit, now - span)
        if len(found) >= SHOWN:
            break
    return found[::-1]


async def _since(visit: Visit, begin: datetime) -> list[dict[str, Any]]:
    """The newest of all since then, the oldest of them first."""
    since = begin.strftime("%Y-%m-%dT%H:%M:%SZ")
    query = (("limit", str(LIMIT)), ("since", since))
    found: list[dict[str, Any]] = []
    after: tuple[tuple[str, str], ...] = ()
    for _ in range(MOST_PAGES):
        answer = await visit.hand.api("GET", "audit", (*query, *after))
        found = [*found, *answer["entries"]][-SHOWN:]
        if len(answer["entries"]) < LIMIT:
            break
        after = (("after", answer["next"]),)
    return found
