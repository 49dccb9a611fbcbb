"""Take back a link by pasting it: a short one, a raw one, or a URL that any tool has signed.

This file never keeps what was pasted and never shows it again.
"""

from __future__ import annotations

from typing import Any

from narthex.http import Response
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit


async def take_back(visit: Visit) -> Response:
    """What was taken back, or why nothing was."""
    url = visit.form.get("url", "").strip()
    error: Refused | None = None
    answer: dict[str, Any] = {"shares": [], "requests": [], "links": []}
    try:
        answer = await visit.hand.api("POST", "revocations", body={"url": url})
    except Refused as refused:
        if refused.code == "AccessDenied":
            raise
        error = refused
    return visit.page(
        "taken_back.html",
        status=error.status if error else 200,
        here="shares",
        shares=answer["shares"],
        requests=answer["requests"],
        links=answer["links"],
        error=error and (*visit.words.of_code(error.code), error.message),
    )
