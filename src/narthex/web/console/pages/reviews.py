"""What reviews decided: what waits for whoever answers, what is disputed, and one of them whole.

This file never decides who may say what: the API does.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console.refused import Refused
from narthex.web.console.terms import Json, texts_of
from narthex.web.console.visit import Visit

PAGE = "20"
MOST_GIVEN_UP = 20  # decisions of one form
# Which ones, and what the API is asked for them.
STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "waiting": (("waiting", "true"),),
    "disputed": (("disputed", "any"),),
    "": (),
}


async def show(visit: Visit) -> Response:
    """The list, the newest first."""
    return await _page(visit)


async def show_one(visit: Visit) -> Response:
    """One of them: why it came to what, what became of it, and what is said of it."""
    return await _show(visit, _id(visit.query.get("id", "")))


async def approve(visit: Visit) -> Response:
    """The owner's yes; or the list again with what is wrong."""
    id = _id(visit.form.get("id", ""))
    try:
        body = {"reason": visit.form.get("reason", "")}
        await visit.hand.api("POST", f"decisions/{id}/approval", body=body)
    except Refused as error:
        return await _page(visit, error)
    return visit.go("reviews", said="approved")


async def dispute(visit: Visit) -> Response:
    """What was found is not what it seems; whoever is responsible is told."""
    body = texts_of(visit.form, "reason_id", "note")
    return await _say(visit, "dispute", body, "reported")


async def answer(visit: Visit) -> Response:
    """The owner's word about that."""
    agrees = visit.form.get("agrees")
    if agrees not in ("yes", "no"):
        raise Refused(404, "NoSuchPage", "")
    body = {"agrees": agrees == "yes", **texts_of(visit.form, "reason")}
    return await _say(visit, "dispute/answer", body, "answered")


async def abandon(visit: Visit) -> Response:
    """Given up by whoever asked: one, or all that stopped a form. Others are left as they are."""
    ids = visit.form.get("decisions", "").split() or [visit.form.get("id", "")]
    for id in ids[:MOST_GIVEN_UP]:
        try:
            await visit.hand.api("POST", f"decisions/{_id(id)}/abandonment", body={})
        except Refused as error:
            if error.code != "DecisionFinal":
                raise
    return visit.go("reviews", said="given_up")


async def _say(visit: Visit, what: str, body: Json, said: str) -> Response:
    id = _id(visit.form.get("id", ""))
    try:
        await visit.hand.api("POST", f"decisions/{id}/{what}", body=body)
    except Refused as error:
        if error.code == "NoSuchDecision":
            raise
        return await _show(visit, id, error)
    return visit.go("reviews/one", id=id, said=said)


async def _show(visit: Visit, id: str, error: Refused | None = None) -> Response:
    found = (await visit.hand.api("GET", f"decisions/{id}"))["decision"]
    verdict = found["verdict"]
    me = visit.signed_in.identity.principal.arn
    is_open = found["outcome"] == "open"
    return visit.page(
        "review_one.html",
        status=error.status if error else 200,
        here="reviews",
        one=found,
        fired=[*verdict["gates"], *verdict["facts"], *verdict["rules"]],
        known=round(verdict["coverage"] * 100),
        waits=found["due_at"] is not None and verdict["overridable"],
        gives_up=is_open and found["asker"] == me and found["kind"] != "upload",
        disputes=verdict["decision"] != "proceed"
        and all(said["disputer"] != me for said in found["disputes"]),
        answers=any(said["state"] == "open" for said in found["disputes"]),
        said=visit.query.get("said", ""),
        error=error and (visit.words.of_code(error.code)[0], error.message),
    )


async def _page(visit: Visit, error: Refused | None = None) -> Response:
    state = visit.query.get("state", "waiting")
    state = state if state in STATES else "waiting"
    after = visit.query.get("after")
    query = (*STATES[state], ("limit", PAGE), *((("after", after),) if after else ()))
    found = await visit.hand.api("GET", "decisions", query)
    return visit.page(
        "reviews.html",
        status=error.status if error else 200,
        here="reviews",
        decisions=found["decisions"],
        next=found["next"],
        state=state,
        said=visit.query.get("said", ""),
        error=error and (visit.words.of_code(error.code)[0], error.message),
    )


def _id(text: str) -> str:
    """An id that can stand in a path. Raises Refused."""
    if not (text.isascii() and text.isalnum()) or len(text) > 64:
        raise Refused(404, "NoSuchPage", "")
    return text
