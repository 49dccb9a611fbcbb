"""What was refused and waits: for whoever answers for it, to look at and to allow.

This file never decides who may: the API does.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit

PAGE = "20"


async def show(visit: Visit) -> Response:
    """The list, the newest first."""
    return await _page(visit)


async def approve(visit: Visit) -> Response:
    """The owner's yes; or the list again with what is wrong."""
    id = visit.form.get("id", "")
    if not (id.isascii() and id.isalnum()):
        raise Refused(404, "NoSuchPage", "")
    try:
        body = {"reason": visit.form.get("reason", "")}
        await visit.hand.api("POST", f"decisions/{id}/approval", body=body)
    except Refused as error:
        return await _page(visit, error)
    return visit.go("reviews", said="approved")


async def _page(visit: Visit, error: Refused | None = None) -> Response:
    after = visit.query.get("after")
    query = (("waiting", "true"), ("limit", PAGE), *((("after", after),) if after else ()))
    answer = await visit.hand.api("GET", "decisions", query)
    return visit.page(
        "reviews.html",
        status=error.status if error else 200,
        here="reviews",
        decisions=answer["decisions"],
        next=answer["next"],
        approved=visit.query.get("said") == "approved",
        error=error and (visit.words.of_code(error.code)[0], error.message),
    )
