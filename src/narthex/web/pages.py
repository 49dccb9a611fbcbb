"""Everything below /s/: a link's page, its button, its password, its script. One way through.

This file never shows a name before the link is proven good, and never starts a download by a GET of
a browser. INVARIANT: GET and HEAD of a page use nothing up, so previews and scanners cost nothing.
"""

from __future__ import annotations

import os
from dataclasses import replace

from narthex.catalog.shares import Counted
from narthex.errors import S3Error
from narthex.http import Request, Response
from narthex.ledger.links import SHORT
from narthex.pure import uri
from narthex.pure.shares import Verdict
from narthex.s3.refusal import Trace, report
from narthex.s3.route import bucket_of_host
from narthex.server import Server
from narthex.web import click, deposits, look, shown
from narthex.web.link import Link, name_of
from narthex.web.visitors import wish

SCRIPTS = f"{SHORT}-/"
METHODS = ("GET", "HEAD", "POST")


def is_page(request: Request, server: Server) -> bool:
    """Whether a request is for us. No bucket is called `s`: names have three letters at least.

    Where the host names a bucket, the path is a key.
    """
    if not request.raw_path.startswith(SHORT):
        return False
    host = request.headers.get("host") or ""
    return not bucket_of_host(host, server.settings.domain)


async def answer(request: Request, server: Server) -> Response:
    """Answer one request for a link. Every refusal, from any layer, leaves here as words."""
    asset = request.raw_path.removeprefix(SCRIPTS)
    if asset in look.SCRIPTS and request.method in ("GET", "HEAD"):
        return look.script(asset)
    token, name = request.raw_path[len(SHORT) :], None
    if request.method == "PUT" or (request.method in ("GET", "HEAD") and token.endswith("/")):
        token, _, name = token.partition("/")  # curl puts the file's name behind the link
    link = Link.of(request, server, token)
    is_line = request.method != "POST" and wish(request.headers) != "page"
    told = shown.ended_line if is_line else shown.ended
    try:
        if request.method == "POST":
            return await _confirm(link)
        if request.method == "PUT":
            found = await link.find()
            if found is not None and found.share.kind == "upload":
                link = deposits.worded(link)
                return await deposits.put(link, found, uri.decode_path(name or ""))
        elif request.method in METHODS:
            return await _open(link, below=name)
        refused = told(link, shown.NOT_SO)
        return Response(405, (*refused.headers, ("allow", ", ".join(METHODS))), refused.body)
    except S3Error as error:  # of a form that no page of ours sends
        return told(link, shown.NOT_SO) if error.status < 500 else told(link, shown.BUSY)
    except Exception as error:  # a store that failed, or a bug: the log says how
        trace = Trace(request, os.urandom(8).hex().upper(), "page")
        busy = report(error, trace).code == "SlowDown"
        return told(link, shown.BUSY if busy else shown.BROKEN)


async def _confirm(link: Link) -> Response:
    """POST: a button of a page, or the script of one."""
    found = await link.find()
    if found is None:
        return shown.ended(link, shown.UNKNOWN)
    if found.share.kind == "upload":
        return await deposits.confirm(deposits.worded(link), found)
    return await click.confirm(link, found)


async def _open(link: Link, below: str | None) -> Response:
    """GET and HEAD: a page for people, the file for tools, a line for all others.

    below: what is behind a slash behind the link, where curl puts files; None without the slash.
    """
    found = await link.find()
    wanted = wish(link.request.headers)
    told = shown.ended if wanted == "page" else shown.ended_line
    if found is None or below or (below is not None and found.share.kind != "upload"):
        return told(link, shown.UNKNOWN)
    if found.share.kind == "upload":
        if below is not None and wanted == "page":
            return look.redirect(f"../{link.token.text}")
        return await deposits.show(deposits.worded(link), found)
    verdict = link.judge(found)
    resumes = verdict is Verdict.USED_UP and wanted == "file"  # S3 knows what belongs together
    if verdict is not Verdict.ADMITTED and not resumes:
        link.note_refusal(found.share, verdict.value)
        return told(link, shown.ENDINGS[verdict], found)
    if found.share.has_password:
        if wanted == "page":
            return shown.password(link, found)
        link.note_refusal(found.share, Verdict.PASSWORD_NEEDED.value)
        return look.line(403, Verdict.PASSWORD_NEEDED.words)
    if wanted == "page":
        return await click.show(link, found)
    if wanted == "line" or found.share.target.is_prefix:
        return look.line(200, "Something was shared with you: open this link in a browser")
    return await _fetch(link, found)


async def _fetch(link: Link, found: Counted) -> Response:
    """The file itself, for a tool that asked for it: as a raw link would give it."""
    errand = await link.errand(found.share)
    if errand is None:
        return shown.ended_line(link, shown.ENDINGS[Verdict.GONE], found)
    key = found.share.target.key
    if link.request.method == "HEAD":
        answered = await errand.head(key)
    else:
        # Not a click: what it resumes with a range belongs to the download it broke off.
        answered = await replace(errand, click="").pass_on(key, name_of(found.share))
    if answered.status < 400 or answered.status in (412, 416):
        return answered
    ending = await click.refused(errand, answered, key)
    return shown.ended_line(link, ending, found)
