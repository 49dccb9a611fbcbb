"""Requests: links by which others upload. Asked for, listed, watched, changed, taken back.

This file never receives a file: the page of the link does, and S3.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.web.console import issuing, log, terms
from narthex.web.console.pages.share import form_values
from narthex.web.console.pages.shares import PAGE, STATES, id_of
from narthex.web.console.qr import draw
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit


async def show_all(visit: Visit) -> Response:
    """A page of requests."""
    state = visit.query.get("state", "live")
    state = state if state in STATES else "live"
    asked = {"limit": PAGE, "state": state, "after": visit.query.get("after", "")}
    query = tuple((name, value) for name, value in asked.items() if value)
    answer = await visit.hand.api("GET", "requests", query)
    return visit.page(
        "requests.html",
        here="requests",
        requests=answer["requests"],
        state=state,
        next=answer["next"] or "",
    )


async def show(visit: Visit) -> Response:
    """One request. A script asks for its log alone."""
    request_id = id_of(visit.query.get("id", ""))
    found = (await visit.hand.api("GET", f"requests/{request_id}"))["request"]
    answer = await visit.hand.api("GET", f"requests/{request_id}/log", log.NEWEST)
    return visit.page(
        "live_request.html" if visit.by_script else "request_one.html",
        here="requests",
        request=found,
        curl="" if visit.by_script else await issuing.curl_of(visit, found),
        entries=log.rows(answer["entries"], visit),
        lifetimes=list(zip(map(str, terms.LIFETIMES), visit.words.lifetimes, strict=True)),
        said=visit.query.get("said", ""),
    )


async def ask(visit: Visit) -> Response:
    """The form."""
    return _form(visit, dict(visit.query))


async def issue(visit: Visit) -> Response:
    """The link, or the form again with what is wrong."""
    try:
        issued = await issuing.issue_request(visit)
    except Refused as error:
        if error.code == "AccessDenied":
            raise
        return _form(visit, dict(visit.form), error)
    return visit.page(
        "issued.html",
        here="requests",
        heading=visit.words.requested,
        issued=[(issued, draw(issued.link))],
        page="requests/one",
    )


async def revoke(visit: Visit) -> Response:
    """Taken back, from the next request on."""
    request_id = id_of(visit.form.get("id", ""))
    await visit.hand.api("DELETE", f"requests/{request_id}")
    return visit.go("requests/one", id=request_id, said="revoked")


async def extend(visit: Visit) -> Response:
    """Another end, from now."""
    request_id = id_of(visit.form.get("id", ""))
    await visit.hand.api("PATCH", f"requests/{request_id}", body=terms.end_of(visit.form))
    return visit.go("requests/one", id=request_id, said="extended")


def _form(visit: Visit, said: dict[str, str], error: Refused | None = None) -> Response:
    return visit.page(
        "request.html",
        status=error.status if error else 200,
        here="requests",
        **form_values(visit, said, error),
    )
