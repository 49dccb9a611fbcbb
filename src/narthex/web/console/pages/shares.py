"""Shares: all of them, one of them with its uses as they come, and taking one back.

This file never shows a link: only its hash is kept.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console import log, terms
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit

STATES = ("live", "ended", "")  # of a filter; "" for all
PAGE = "50"


async def show_all(visit: Visit) -> Response:
    """A page of shares."""
    state = visit.query.get("state", "live")
    state = state if state in STATES else "live"
    asked = {"limit": PAGE, "state": state, "after": visit.query.get("after", "")}
    for name in ("bucket", "key", "recipient"):
        asked[name] = visit.query.get(name, "")
    query = tuple((name, value) for name, value in asked.items() if value)
    answer = await visit.hand.api("GET", "shares", query)
    return visit.page(
        "shares.html",
        here="shares",
        shares=answer["shares"],
        state=state,
        asked=asked,
        next=answer["next"] or "",
        said=visit.query.get("said", ""),
    )


async def show(visit: Visit) -> Response:
    """One share. A script asks for its log alone, as often as it likes to."""
    share_id = id_of(visit.query.get("id", ""))
    try:
        share = (await visit.hand.api("GET", f"shares/{share_id}"))["share"]
    except Refused as error:
        if error.code != "NoSuchShare" or visit.by_script:
            raise
        return visit.go("requests/one", id=share_id)  # the log of all tells the ids of both
    answer = await visit.hand.api("GET", f"shares/{share_id}/log", log.NEWEST)
    return visit.page(
        "live_share.html" if visit.by_script else "share_one.html",
        here="shares",
        share=share,
        entries=log.rows(answer["entries"], visit),
        lifetimes=list(zip(map(str, terms.LIFETIMES), visit.words.lifetimes, strict=True)),
        said=visit.query.get("said", ""),
    )


async def revoke(visit: Visit) -> Response:
    """Taken back, from the next request on."""
    share_id = id_of(visit.form.get("id", ""))
    await visit.hand.api("DELETE", f"shares/{share_id}")
    return visit.go("shares/one", id=share_id, said="revoked")


async def extend(visit: Visit) -> Response:
    """Another end, from now."""
    share_id = id_of(visit.form.get("id", ""))
    await visit.hand.api("PATCH", f"shares/{share_id}", body=terms.end_of(visit.form))
    return visit.go("shares/one", id=share_id, said="extended")


def id_of(text: str) -> str:
    """An id that can stand in a path. Raises Refused."""
    if not text.isascii() or not text.isalnum() or len(text) > 64:
        raise Refused(404, "NoSuchShare", "")
    return text
