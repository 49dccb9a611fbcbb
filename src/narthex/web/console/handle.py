"""Answer one request of the console: the whole way, in one function. Read this file first.

What `s3/handle.py` is for S3 this file is for the console: nothing else of it turns an error into a
page or says `except Exception`. Cookies, keys, passwords and links never reach the log.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace

from narthex.errors import S3Error
from narthex.http import Request, Response, read_all
from narthex.s3.bounds import check_bounds
from narthex.s3.refusal import Trace, report
from narthex.s3.route import bucket_of_host
from narthex.server import Server
from narthex.web.console import gate, look, sessions
from narthex.web.console.pages import signing
from narthex.web.console.refused import Refused, SignedOut
from narthex.web.console.routes import DONE, SCRIPTED, SHOWN, Page
from narthex.web.console.visit import Visit
from narthex.web.forms import read_form

STATIC = "static/"
MOST_FORM_BYTES = 128 * 1024  # a hundred recipients and a note, each letter as %XX%XX%XX
MOST_FIELDS = 40
MOST_SCRIPT_BYTES = 1024 * 1024  # the tags of ten thousand parts
_NOT_SIGNED_IN = ("InvalidAccessKeyId", "ExpiredToken", "InvalidToken")


def is_console(request: Request, server: Server) -> bool:
    """Whether a request is for us. No bucket is called `-`; on a bucket's own host it is a key."""
    path = request.raw_path
    if path != sessions.PATH and not path.startswith(f"{sessions.PATH}/"):
        return False
    return not bucket_of_host(request.headers.get("host") or "", server.settings.domain)


async def answer(request: Request, server: Server) -> Response:
    """Answer one request. Every refusal, from any layer, leaves here as words."""
    visit = Visit.of(request, server)
    try:
        page, visit = await _admit(visit)  # who asks, for what; the default is no
        return await page(visit)  # do it
    except SignedOut as error:
        return signing.out(visit, over=error.over)
    except Refused as error:
        return _refused(visit, error)
    except S3Error as error:  # of a form or a query that no page of ours sends
        return _refused(visit, Refused(error.status, error.code, error.message))
    except Exception as error:  # a store that failed, or a bug: the log says how
        failed = report(error, Trace(request, os.urandom(8).hex().upper(), "console"))
        return _refused(visit, Refused(failed.status, failed.code, failed.message))


async def _admit(visit: Visit) -> tuple[Page, Visit]:
    """The page that is asked for, and the visit with who asks and all that was sent.

    Raises SignedOut, Refused.
    """
    request, server = visit.request, visit.server
    check_bounds(request)
    if visit.name.startswith(STATIC):
        return _static, visit
    if not gate.is_private(request, server):  # a secret never goes over an open wire
        return _open_wire, visit
    if not gate.comes_from_here(request):
        raise Refused(403, "Foreign", "")
    page = _page(visit)
    if page is signing.sign_in:
        return page, await _filled_in(visit.asked())
    session = await sessions.find(request, server)
    if request.method == "POST" or not visit.by_script:  # what asks by itself is no use
        session = await sessions.note_use(server, session)
    return page, await _proven(replace(visit.asked(), session=session))


async def _static(visit: Visit) -> Response:
    found = look.static(visit.name.removeprefix(STATIC))
    if found is None or visit.request.method not in ("GET", "HEAD"):
        raise Refused(404, "NoSuchPage", "")
    return found


async def _open_wire(visit: Visit) -> Response:
    return visit.page("open_wire.html", status=403)


def _page(visit: Visit) -> Page:
    """The page that is asked for. Raises Refused."""
    method = visit.request.method
    if visit.name == "sign-in" and method == "POST":
        return signing.sign_in
    posted = SCRIPTED if visit.by_script else DONE
    found = (SHOWN if method in ("GET", "HEAD") else posted).get(visit.name)
    if found is None or method not in ("GET", "HEAD", "POST"):
        raise Refused(404, "NoSuchPage", "")
    return found


async def _proven(visit: Visit) -> Visit:
    """The visit with what was sent. Raises Refused unless a page of this session has sent it."""
    session, request = visit.signed_in, visit.request
    if visit.by_script:
        if not session.is_proven(request.headers.get(gate.SCRIPT_HEADER) or ""):
            raise Refused(403, "Unproven", "")
        return await _told(visit) if request.method == "POST" else visit
    if request.method != "POST":
        return visit
    filled = await _filled_in(visit)
    if not session.is_proven(filled.form.get("proof", "")):
        raise Refused(403, "Unproven", "")
    return filled


async def _filled_in(visit: Visit) -> Visit:
    form = await read_form(visit.request, most_bytes=MOST_FORM_BYTES, most_fields=MOST_FIELDS)
    return replace(visit, form=form)


async def _told(visit: Visit) -> Visit:
    """What a script sends is one JSON object."""
    body = await read_all(visit.request.body, at_most=MOST_SCRIPT_BYTES)
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "MalformedJSON", "") from error
    if not isinstance(data, dict):
        raise Refused(400, "MalformedJSON", "")
    return replace(visit, data=data)


def _refused(visit: Visit, error: Refused) -> Response:
    """What was refused, in plain words, and the server's own sentence for whoever wants it."""
    if error.code in _NOT_SIGNED_IN:  # the key ended while it was used
        return signing.out(visit, over=True)
    heading, text = visit.words.of_code(error.code)
    if visit.by_script:
        told = {"code": error.code, "message": error.message, "words": f"{heading}. {text}"}
        return look.told(error.status, {"error": told})
    return visit.page(
        "refused.html", status=error.status, heading=heading, text=text, message=error.message
    )
