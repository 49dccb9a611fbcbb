"""Shares: all of them, one of them with its uses as they come, and taking one back.

This file never shows a link: only its hash is kept.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console import log, terms
from narthex.web.console.pages.share import form_values
from narthex.web.console.refused import Refused
from narthex.web.console.reviewed import values_of, why_of
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
    return await _show(visit, id_of(visit.query.get("id", "")))


async def _show(visit: Visit, share_id: str, wrong: Refused | None = None) -> Response:
    """wrong: what was said to its review, and is not enough."""
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
        status=wrong.status if wrong else 200,
        error=wrong.message if wrong else "",
        wrong="justification_text" if wrong else "",
    )


async def revoke(visit: Visit) -> Response:
    """Taken back, from the next request on."""
    share_id = id_of(visit.form.get("id", ""))
    await visit.hand.api("DELETE", f"shares/{share_id}")
    return visit.go("shares/one", id=share_id, said="revoked")


async def extend(visit: Visit) -> Response:
    """Another end, from now."""
    share_id = id_of(visit.form.get("id", ""))
    body = {**terms.end_of(visit.form), **why_of(visit.form)}
    try:
        await visit.hand.api("PATCH", f"shares/{share_id}", body=body)
    except Refused as error:
        if not error.told.get("reviews"):
            raise
        return _stopped(visit, share_id, error)
    return visit.go("shares/one", id=share_id, said="extended")


def _stopped(visit: Visit, share_id: str, error: Refused) -> Response:
    """A review asks why, or refuses: the form again, with what it says."""
    said = dict(visit.form)
    return visit.page(
        "extend.html",
        status=error.status,
        here="shares",
        id=share_id,
        **values_of(error, said),
        **form_values(visit, said, error),
    )


async def confirm(visit: Visit) -> Response:
    """Why it is right, for the review that asks; it opens if that is enough."""
    share_id = id_of(visit.form.get("id", ""))
    said = terms.texts_of(visit.form, "justification_text")
    try:
        await visit.hand.api("POST", f"shares/{share_id}/confirmation", body=said)
    except Refused as error:
        if error.code != "ConfirmationNeeded":
            raise
        return await _show(visit, share_id, error)
    return visit.go("shares/one", id=share_id)


def id_of(text: str) -> str:
    """An id that can stand in a path. Raises Refused."""
    if not text.isascii() or not text.isalnum() or len(text) > 64:
        raise Refused(404, "NoSuchShare", "")
    return text
