"""Share a file or a folder: the form with every option, and the links that come of it.

This file never issues: `issuing` does. A link is shown once, here.
"""

from __future__ import annotations

from typing import Any

from narthex.http import Response
from narthex.web.console import issuing, terms
from narthex.web.console.qr import draw
from narthex.web.console.refused import Refused
from narthex.web.console.reviewed import values_of
from narthex.web.console.visit import Visit

MOST_CODES = 10  # drawn on one page


async def ask(visit: Visit) -> Response:
    """The form."""
    return _form(visit, dict(visit.query))


async def issue(visit: Visit) -> Response:
    """The links, or the form again with what is wrong."""
    try:
        issued = await issuing.issue_shares(visit)
    except Refused as error:
        if error.code == "AccessDenied":
            raise
        return _form(visit, dict(visit.form), error)
    return visit.page(
        "issued.html",
        here="shares",
        heading=visit.words.shared if len(issued) == 1 else visit.words.shared_many,
        issued=[
            (one, draw(one.link) if place < MOST_CODES else "") for place, one in enumerate(issued)
        ],
        page="shares/one",
    )


def _form(visit: Visit, said: dict[str, str], error: Refused | None = None) -> Response:
    bucket, key = said.get("bucket", ""), said.get("key", "")
    is_prefix = said.get("prefix") == "1"
    if not bucket or not (key or is_prefix):
        raise Refused(404, "NoSuchPage", "")
    return visit.page(
        "share.html",
        status=error.status if error else 200,
        here="files",
        bucket=bucket,
        key=key,
        is_prefix=is_prefix,
        **values_of(error, said),
        what=visit.plain(key.rstrip("/").rpartition("/")[2] or key or bucket),
        **form_values(visit, said, error),
    )


def form_values(visit: Visit, said: dict[str, str], error: Refused | None) -> dict[str, Any]:
    """What every form of terms shows. A password is typed anew."""
    said.pop("password", None)
    for name in ("expires_at", "not_before"):  # a script makes local times of what is in UTC
        if utc := said.get(f"{name}_utc"):
            said[name] = utc[:16]
    words = visit.words.of_code(error.code)[1] if error else ""
    return {
        "said": said,
        "lifetimes": list(zip(map(str, terms.LIFETIMES), visit.words.lifetimes, strict=True)),
        "chosen": said.get("expires") or str(terms.DAY),
        "error": error and (words, error.message),
        "wrong": error.field if error else "",
    }
