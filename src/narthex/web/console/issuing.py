"""Where a share is issued, and a request: the one place, for every form of the console.

This file never issues by itself: the API does, as the key that signed in. Whatever has to happen
before a share may exist is asked for here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from narthex.web.console.refused import Refused
from narthex.web.console.reviewed import why_of
from narthex.web.console.terms import (
    end_of,
    limits_of,
    megabytes,
    notices_of,
    recipients_of,
    texts_of,
)
from narthex.web.console.visit import Visit

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Issued:
    """A link, told once. about: the share or the request, as the API shows it.

    raw, curl, notify_secret (what its webhooks are signed with): "" for none.
    """

    about: Json
    link: str = field(repr=False)
    raw: str = field(default="", repr=False)
    curl: str = field(default="", repr=False)
    notify_secret: str = field(default="", repr=False)


async def issue_shares(visit: Visit) -> list[Issued]:
    """The shares that the form asks for, one for each recipient: all of them or none.

    Raises Refused, with the field.
    """
    form = visit.form
    is_prefix = form.get("prefix") == "1"
    terms: Json = {
        "bucket": form.get("bucket", ""),
        "key": form.get("key", ""),
        **({"prefix": True} if is_prefix else {}),
        **({"raw": True} if form.get("raw") == "1" else {}),
        **({"pin": True} if form.get("pin") == "1" else {}),
        **end_of(form),
        **limits_of(form, "max_downloads"),
        **notices_of(form),
        **texts_of(form, "filename", "note"),
        **({"password": form["password"]} if form.get("password") else {}),
    }
    orders = [{**terms, **({"recipient": one} if one else {})} for one in recipients_of(form)]
    try:
        body = {"shares": orders, **why_of(form)}
        answer = await visit.hand.api("POST", "shares", body=body)
    except Refused as error:
        raise _of_one(error) from error
    return [
        Issued(
            one["share"], one["link"], one["raw"] or "", notify_secret=one["notify_secret"] or ""
        )
        for one in answer["shares"]
    ]


async def issue_request(visit: Visit) -> Issued:
    """The request that the form asks for. Raises Refused, with the field."""
    form = visit.form
    types = form.get("types", "").replace(",", " ").split()
    size = megabytes(form, "max_size")
    terms: Json = {
        "bucket": form.get("bucket", ""),
        "key": form.get("key", ""),
        **end_of(form),
        **limits_of(form, "max_files"),
        **notices_of(form),
        **texts_of(form, "recipient", "note"),
        **({"max_size": size} if size is not None else {}),
        **({"types": types} if types else {}),
        **({"overwrite": "always"} if form.get("overwrite") == "always" else {}),
        **({"password": form["password"]} if form.get("password") else {}),
    }
    answer = await visit.hand.api("POST", "requests", body=terms)
    about = answer["request"]
    curl = await curl_of(visit, about)
    return Issued(about, answer["link"], "", curl, answer["notify_secret"] or "")


async def curl_of(visit: Visit, request: Json) -> str:
    """The command that sends a file for a request; "" where there is none."""
    if request["password"] or request["state"] not in ("active", "not-yet"):
        return ""
    try:
        answer = await visit.hand.api(
            "POST", f"requests/{request['id']}/links", body={"form": True}
        )
    except Refused:  # this key may not sign for it
        return ""
    curl: str = answer["form"]["curl"]
    return curl


def _of_one(error: Refused) -> Refused:
    """A refusal of `shares[3].note` is one of the form's only `note`."""
    field = error.field.rpartition(".")[2]
    return Refused(error.status, error.code, error.message, field, error.told)
