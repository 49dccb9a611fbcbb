"""What shares and requests have in common in the API: pages of them, and each one's log.

This file never asks whether the caller may: the endpoints' declarations do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from narthex.api.endpoint import Answer, Call, Json
from narthex.api.errors import invalid
from narthex.api.reading import Parameters
from narthex.api.showing import show_entry
from narthex.catalog import shares
from narthex.catalog.audit import Sought
from narthex.catalog.shares import Counted
from narthex.ledger import owning
from narthex.pure.shares import Kind, Share, State
from narthex.server import Server

STATES = (*get_args(State), "ended", "live")
CHOICE = "state recipient bucket key limit after"  # the parameters of a page


async def page_of(
    call: Call, kind: Kind, name: str, show: Callable[[Counted, int], Json], server: Server
) -> Answer:
    """A page of the caller's, the newest first. name: of the list in the answer."""
    told = Parameters(call.query)
    state = told.text("state")
    if state is not None and state not in STATES:
        raise invalid("state", f"this is one of {', '.join(STATES)}")
    limit = told.limit()
    wanted = replace(
        call.scope.wanted,
        kind=kind,
        recipient=told.text("recipient"),
        bucket=told.text("bucket"),
        key=told.text("key"),
        state=state,  # type: ignore[arg-type]
        at_us=call.now_us,
    )
    page = await shares.page(server.catalog, wanted, _cursor(told.text("after")), limit + 1)
    more = _next_of(page[limit - 1].share) if len(page) > limit else None
    return Answer({name: [show(one, call.now_us) for one in page[:limit]], "next": more})


async def log_of(call: Call, found: Counted, server: Server) -> Answer:
    """A page of what happened with one, the newest first."""
    told = Parameters(call.query)
    limit = told.limit()
    sought = Sought(call.scope.account, None, share=found.share.id)
    entries = await owning.log(
        server.ledger, sought, told.text("after"), limit + 1, newest_first=True
    )
    more = entries[limit - 1].id if len(entries) > limit else None
    return Answer({"entries": [show_entry(one) for one in entries[:limit]], "next": more})


def _next_of(last: Share) -> str:
    return f"{last.created_us:x}.{last.id}"


def _cursor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    at, _, id = text.partition(".")
    try:
        return int(at[:16], 16), id
    except ValueError as error:
        raise invalid("after", "this is the `next` of the page before") from error
