"""A request's link: its page, the signatures that the page's script asks for, and curl's PUT.

This file never judges a file: S3 does, when the URL is used that is signed here. INVARIANT: a URL
is signed only for a key of the request, by a form with the page's proof (and with the password's,
where there is one), and is good for a minute.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from mimetypes import MimeTypes

from narthex.catalog.shares import Counted
from narthex.errors import S3Error
from narthex.http import Headers, Pairs, Response
from narthex.pure.shares import Share, Verdict
from narthex.web import asked, click, figures, look, shown
from narthex.web.deposit_names import NameRefused, key_of
from narthex.web.errand import message
from narthex.web.link import Link, later, plain
from narthex.web.phrases_requests import asking, instead
from narthex.web.visitors import wish

MOST_PARTS = 10_000
_UPLOAD = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}|0")
# What a script may ask to be signed: its method, and which parameters beside the key.
_STEPS = {
    "put": "PUT",
    "begin": "POST",
    "part": "PUT",
    "list": "GET",
    "complete": "POST",
    "abort": "DELETE",
}
_OF_UPLOAD = frozenset(["part", "list", "complete", "abort"])
_KINDS = MimeTypes()  # those of Python, not of this machine
_BROUGHT = frozenset(["content-length", "content-md5", "content-type", "transfer-encoding"])


def worded(link: Link) -> Link:
    """The same, in the words for bringing files."""
    return replace(link, phrases=instead(link.phrases))


async def show(link: Link, found: Counted) -> Response:
    """GET and HEAD. Nothing is used up."""
    verdict, is_page = link.judge(found), wish(link.request.headers) == "page"
    is_full = verdict is Verdict.USED_UP
    if verdict is not Verdict.ADMITTED and not (is_full and is_page):
        link.note_refusal(found.share, verdict.value)
        told = shown.ended if is_page else shown.ended_line
        return told(link, shown.ENDINGS[verdict], found)
    if not is_page:
        if wish(link.request.headers) == "line":
            return look.line(200, asking(link.phrases).title_host.format(host=link.host))
        if found.share.has_password:
            return look.line(200, asked.curl(link, found))
        return look.line(200, asked.lines(link, found))
    if found.share.has_password:
        return shown.password(link, found)
    return asked.page(link, found, closed=is_full)


async def confirm(link: Link, found: Counted) -> Response:
    """POST: the password of the page, or its script that wants something signed."""
    scripted = (link.request.headers.get("accept") or "").startswith(look.JSON)
    told = _refuse_script if scripted else shown.ended
    verdict = link.judge(found)
    if verdict not in (Verdict.ADMITTED, Verdict.USED_UP):
        link.note_refusal(found.share, verdict.value)
        return told(link, shown.ENDINGS[verdict], found)
    form = await click.read_click(link)
    if form is None:
        return told(link, shown.STALE)
    if found.share.has_password:
        refusal = await click.unlock(link, found, form)
        if refusal is not None:
            return told(link, shown.STALE) if scripted else refusal
        link = later(link)
    is_full = verdict is Verdict.USED_UP
    if form.get("do") == "open":
        return asked.page(link, found, closed=is_full)
    if form.get("do") != "sign":
        raise S3Error("InvalidRequest", "nothing else can be done with a request")
    step = form.get("step", "")
    if is_full and step not in _OF_UPLOAD:
        link.note_refusal(found.share, verdict.value)
        return _refuse_script(link, shown.ENDINGS[verdict], found)
    return await _sign(link, found.share, step, form)


def _refuse_script(link: Link, ending: shown.Ending, found: Counted | None = None) -> Response:
    """Why nothing is signed."""
    heading, text = (shown.said(link.phrases, one) for one in (ending.heading, ending.text))
    return look.json(ending.status, {"refused": f"{heading}. {text}"})


async def _sign(link: Link, share: Share, step: str, form: dict[str, str]) -> Response:
    """A URL, relative to the page, for one step of bringing a file."""
    method, query = _STEPS.get(step), _query(step, form)
    if method is None:
        raise S3Error("InvalidRequest", "there is no such step")
    try:
        key = key_of(share.target, form.get("name", ""))
    except NameRefused as error:
        return look.json(400, {"refused": getattr(asking(link.phrases), error.phrase)})
    errand = await link.errand(share)
    if errand is None:
        return _refuse_script(link, shown.ENDINGS[Verdict.GONE])
    return look.json(200, {"method": method, "url": f"../{errand.sign(method, key, query)}"})


def _query(step: str, form: dict[str, str]) -> Pairs:
    """The parameters of a step. Raises InvalidRequest for what no script of ours sends."""
    if step == "begin":
        return (("uploads", ""),)
    if step not in _OF_UPLOAD:
        return ()
    upload, number = form.get("upload", ""), form.get("number", "0")
    is_number = _NUMBER.fullmatch(number) and int(step == "part") <= int(number) <= MOST_PARTS
    if not _UPLOAD.fullmatch(upload) or not is_number:
        raise S3Error("InvalidRequest", "this names no upload and no part")
    named = ("uploadId", upload)
    if step == "part":
        return (("partNumber", number), named)
    if step == "list":
        return (("part-number-marker", number), named)
    return (named,)


async def put(link: Link, found: Counted, name: str) -> Response:
    """PUT: a file from whoever has no browser. name: behind the link, "" for none."""
    verdict, words = link.judge(found), asking(link.phrases)
    if verdict is not Verdict.ADMITTED:
        link.note_refusal(found.share, verdict.value)
        return shown.ended_line(link, shown.ENDINGS[verdict], found)
    if link.request.headers.get("sec-fetch-site") not in (None, "none"):  # no page sends this
        return look.line(403, link.phrases.not_so)
    if found.share.has_password:
        refusal = await _unlock(link, found)
        if refusal is not None:
            return refusal
        link = later(link)
    if found.share.target.is_prefix and not name:
        return look.line(400, words.name_needed)
    try:
        key = key_of(found.share.target, name)
    except NameRefused as error:
        return look.line(400, getattr(words, error.phrase))
    errand = await link.errand(found.share)
    if errand is None:
        return shown.ended_line(link, shown.ENDINGS[Verdict.GONE], found)
    answered = await errand.bring(key, _about(link, name or key), link.request.body)
    if answered.status == 200:
        return look.line(200, _receipt(link, name or key, Headers(answered.headers)))
    return await _refused(link, answered)


def _about(link: Link, name: str) -> Pairs:
    """What is said of the bytes. curl says no type: it is what the name's ending stands for."""
    sent = tuple(pair for pair in link.request.headers if pair[0] in _BROUGHT)
    if "content-type" in link.request.headers:
        return sent
    kind = _KINDS.guess_type(f"x/{name}")[0] or "application/octet-stream"
    return (*sent, ("content-type", kind))


async def _unlock(link: Link, found: Counted) -> Response | None:
    """None when the password came with the request, as `curl -u guest` sends it."""
    given = _basic(link.request.headers.get("authorization") or "")
    if given:
        checked, seconds = await link.check_password(found, given)
        if checked == "right":
            return None
        link.note_refusal(found.share, "password-wrong")
        if checked == "later":
            time = figures.duration(seconds, link.phrases)
            text = link.phrases.too_many_text.format(time=time)
            return look.line(429, text, more=(("retry-after", str(seconds)),))
    else:
        link.note_refusal(found.share, Verdict.PASSWORD_NEEDED.value)
    text = link.phrases.wrong_password if given else link.phrases.locked
    return look.line(401, text, more=(("www-authenticate", 'Basic realm="narthex"'),))


def _basic(authorization: str) -> str:
    """The password of an Authorization header; "" for none. Source: RFC 7617."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(coded) > 1024:
        return ""
    try:
        return base64.b64decode(coded.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _receipt(link: Link, name: str, headers: Headers) -> str:
    """What arrived: its name, and a checksum to compare."""
    told = figures.checksum(headers)
    sum = "" if told is None else f" ({told[0]} {told[1]})"
    return f"{asking(link.phrases).received}: {plain(name.rpartition('/')[2])}{sum}"


async def _refused(link: Link, answered: Response) -> Response:
    """Why S3 did not take it, in one line."""
    if answered.status in (429, 503):
        return shown.ended_line(link, shown.BUSY)
    if answered.status >= 500:
        return shown.ended_line(link, shown.BROKEN)
    if answered.status in (409, 412):
        return look.line(answered.status, asking(link.phrases).taken)
    said = await message(answered)
    return look.line(answered.status, asked.refusals(link).get(said) or said or link.phrases.not_so)
