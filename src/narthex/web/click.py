"""The button of a page: what it is about, whether it may, and on to the bytes.

This file never believes a form without its proof. INVARIANT: a download begins by a click here and
nowhere else, and what it is admitted to is judged again by S3 itself when its URL is used.
"""

from __future__ import annotations

from narthex.catalog.shares import Counted
from narthex.errors import S3Error
from narthex.http import Headers, Response
from narthex.pure.share_grants import covers
from narthex.pure.shares import Verdict
from narthex.web import look, proofs, shown
from narthex.web.archive import zip_response
from narthex.web.errand import Errand, message
from narthex.web.forms import read_form
from narthex.web.link import Link, file_name, later, name_of

_BY_WORDS = {verdict.words: verdict for verdict in shown.ENDINGS}


async def show(link: Link, found: Counted, after: str = "") -> Response:
    """The page of what is shared, once it is known that it may be shown."""
    errand = await link.errand(found.share)
    if errand is None:
        return shown.ended(link, shown.ENDINGS[Verdict.GONE], found)
    if found.share.target.is_prefix:
        listed = await errand.list(after)
        if isinstance(listed, Response):
            return shown.ended(link, await refused(errand, listed), found)
        entries, more = listed
        return shown.folder(link, found, entries, more, further=bool(after))
    answered = await errand.head(found.share.target.key)
    if answered.status != 200:
        ending = await refused(errand, answered, found.share.target.key)
        return shown.ended(link, ending, found)
    return shown.file(link, found, Headers(answered.headers))


async def confirm(link: Link, found: Counted) -> Response:
    """POST: a click on a page's button."""
    verdict = link.judge(found)
    if verdict is not Verdict.ADMITTED:
        link.note_refusal(found.share, verdict.value)
        return shown.ended(link, shown.ENDINGS[verdict], found)
    form = await read_click(link)
    if form is None:
        return shown.ended(link, shown.STALE)
    if found.share.has_password:
        refusal = await unlock(link, found, form)
        if refusal is not None:
            return refusal
        link = later(link)
    if form.get("do") == "open":
        return await show(link, found)
    if "after" in form and found.share.target.is_prefix:
        return await show(link, found, form["after"])
    return await _download(link, found, form)


async def read_click(link: Link) -> dict[str, str] | None:
    """The form of this link's page; None when another site sent it, or its page is too old."""
    form = await read_form(link.request)
    foreign = link.request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    return None if foreign or not link.holds(form.get("click", ""), proofs.CLICK) else form


async def unlock(link: Link, found: Counted, form: dict[str, str]) -> Response | None:
    """None when the password is right, or was before on this page; else what to answer."""
    if link.holds(form.get("unlocked", ""), proofs.UNLOCKED, found.password):
        return None
    given = form.get("password")
    if not given:
        return shown.password(link, found)
    checked, seconds = await link.check_password(found, given)
    if checked == "right":
        return None
    link.note_refusal(found.share, "password-wrong")
    return (
        shown.too_many(link, seconds)
        if checked == "later"
        else shown.password(link, found, wrong=True)
    )


async def _download(link: Link, found: Counted, form: dict[str, str]) -> Response:
    """On to the bytes."""
    share = found.share
    errand = await link.errand(share)
    if errand is None:
        return shown.ended(link, shown.ENDINGS[Verdict.GONE], found)
    if not share.target.is_prefix:
        return await _send(link, found, errand, share.target.key, name_of(share))
    if form.get("do") == "zip":
        listed = await errand.list("")
        if isinstance(listed, Response):
            return shown.ended(link, await refused(errand, listed), found)
        return zip_response(errand, *listed)
    key = form.get("key", "")
    if not key or not covers(share.target, key):
        raise S3Error("InvalidRequest", "the key is not one of those that are shared")
    return await _send(link, found, errand, key, file_name(key))


async def _send(link: Link, found: Counted, errand: Errand, key: str, filename: str) -> Response:
    """To a fresh URL of the object; what would be lost then is told on a page now."""
    answered = await errand.head(key)
    if answered.status != 200:
        return shown.ended(link, await refused(errand, answered, key), found)
    if _survives(key):
        return look.redirect(f"../{errand.url(key, filename)}")
    return await errand.pass_on(key, filename)


def _survives(key: str) -> bool:
    """Whether a browser sends a key as it is: it would resolve `..` before it asks."""
    return not any(part in (".", "..") for part in key.split("/"))


async def refused(errand: Errand, answered: Response, key: str = "") -> shown.Ending:
    """What S3's refusal means for the receiver. key: what HEAD was about, which has no words."""
    if answered.status in (429, 503):
        return shown.BUSY
    if answered.status >= 500:
        return shown.BROKEN
    if key and answered.status == 403 and answered.body == b"":
        answered = await errand.why(key)
    return shown.ENDINGS[_BY_WORDS.get(await message(answered), Verdict.GONE)]
