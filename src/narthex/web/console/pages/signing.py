"""Sign in with an access key, sign out; and what everybody sees who is not signed in.

This file never says which part of a key was wrong, and never repeats a secret.
"""

from __future__ import annotations

from typing import Any

import structlog

from narthex.http import Response
from narthex.web import figures
from narthex.web.console import look, sessions
from narthex.web.console.sessions import Wrong
from narthex.web.console.visit import Visit

log: Any = structlog.get_logger("narthex")

LONGEST = {"access_key_id": 128, "secret": 256, "token": 8192}  # characters


async def sign_in(visit: Visit) -> Response:
    """A key becomes a session; on to the page that was wanted."""
    key, secret, token = (visit.form.get(name, "").strip() for name in LONGEST)
    fits = all(
        text.isascii() and text.isprintable() and " " not in text and len(text) <= LONGEST[name]
        for name, text in zip(LONGEST, (key, secret, token), strict=True)
    )
    if not key or not secret or not fits or "/" in key:
        return _again(visit, visit.words.wrong_key)
    begun = await sessions.begin(visit.request, visit.server, key, secret, token)
    if isinstance(begun, Wrong):  # what was typed may be a secret in the wrong field
        log.info("sign-in refused", client=visit.request.client, wait=begun.wait)
        if not begun.wait:
            return _again(visit, visit.words.wrong_key)
        time = figures.duration(begun.wait, visit.phrases)
        wait = (("retry-after", str(begun.wait)),)
        words = visit.words.wrong_too_often.format(time=time)
        return _page(visit, 429, error=words, headers=wait)
    log.info("signed in", caller=key, client=visit.request.client)
    await sessions.end_before(visit.request, visit.server)
    cookie = sessions.set_cookie(visit.request, visit.server, begun.cookie)
    return look.go(_next(visit), more=(cookie,))


async def sign_out(visit: Visit) -> Response:
    """The session is over, not only forgotten by this browser."""
    await sessions.end(visit.server, visit.signed_in.row.digest)
    cookie = sessions.set_cookie(visit.request, visit.server, "")
    return look.go(visit.to(""), more=(cookie,))


def out(visit: Visit, *, over: bool) -> Response:
    """The page for whoever is not signed in. over: they were."""
    if visit.by_script:
        words = visit.words.session_over
        return look.told(401, {"error": {"code": "SignedOut", "message": "", "words": words}})
    error = visit.words.session_over if over else ""
    gone = (sessions.set_cookie(visit.request, visit.server, ""),) if over else ()
    return _page(visit, 401 if over else 200, error=error, headers=gone)


def _again(visit: Visit, error: str) -> Response:
    return _page(visit, 403, error=error)


def _page(
    visit: Visit, status: int, *, error: str, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    return visit.page(
        "sign_in.html",
        status=status,
        headers=headers,
        error=error,
        key=visit.form.get("access_key_id", "")[:128],
        wanted=visit.form.get("next", "") if visit.name == "sign-in" else _wanted(visit),
    )


def _wanted(visit: Visit) -> str:
    """The page that was asked for, to come back to."""
    request = visit.request
    if request.method not in ("GET", "HEAD") or not visit.name:
        return ""
    return f"{visit.name}?{request.raw_query}" if request.raw_query else visit.name


def _next(visit: Visit) -> str:
    """The address of the page that was wanted: one of ours, whatever the form says."""
    from narthex.web.console.routes import SHOWN  # the table knows this file

    name, _, query = visit.form.get("next", "").partition("?")
    fine = query.isascii() and query.isprintable() and not set(query) & set(" \\\"'<>#")
    if name not in SHOWN or not fine:
        return visit.to("")
    return f"{visit.to(name)}?{query}" if query else visit.to(name)
