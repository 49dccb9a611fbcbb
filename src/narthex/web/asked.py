"""The page of a request, put into words: who asks, for which files, until when, and how to send.

This file never judges a file. INVARIANT: nothing here tells what others have sent, nor where to.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from narthex.catalog.shares import Counted
from narthex.errors import S3Error
from narthex.http import Headers, Response
from narthex.pure.shares import Verdict, uses_left
from narthex.web import figures, look, shown
from narthex.web.link import Link
from narthex.web.phrases_requests import asking

USED_UP = shown.ENDINGS[Verdict.USED_UP]
GUEST = "guest"  # any name will do: with one, curl asks for the password
# What the script may not take for a reason to stop: it asks for a new signature first.
_AGAIN = frozenset([Verdict.ADMITTED, Verdict.EXPIRED])


def page(link: Link, found: Counted, *, closed: bool = False) -> Response:
    """The page to send files from. closed: only what was begun in this browser can go on."""
    words = asking(link.phrases)
    content: dict[str, Any] = {
        "scripted": True,
        "heading": link.phrases.used_up if closed else title(link, found),
        "ask": shown.ask(link, found) if closed else "",
        "a": words,
        "closed": closed,
        "share": shown.share(link, found, Headers()),
        "limits": limits(link, found, numbers=True),
        "form": shown.form(link, found, unlocked=True),
        "told": json.dumps(_told(link, found, closed=closed), ensure_ascii=False),
        "curl": curl(link, found),
        "locked": found.share.has_password,
        "is_one": not found.share.target.is_prefix,
        "accept": ",".join(found.share.accepts.types),
    }
    status = USED_UP.status if closed else 200
    return look.page(status, "request.html", content, link.phrases, link.nonce, uploads=True)


def title(link: Link, found: Counted) -> str:
    """Who asks for what."""
    words, who = asking(link.phrases), found.share.owner.name
    if not who:
        return words.title_host.format(host=link.host)
    chosen = words.title if found.share.target.is_prefix else words.title_one
    return chosen.format(who=who)


def limits(link: Link, found: Counted, *, numbers: bool) -> list[tuple[str, str]]:
    """What is taken, in words: label and text. numbers: a second file of a name gets one."""
    words, share = asking(link.phrases), found.share
    accepts, told = share.accepts, []
    if accepts.max_size is not None:
        told.append((words.largest, figures.size(accepts.max_size, link.phrases)))
    if accepts.types:
        told.append((words.kinds, ", ".join(accepts.types)))
    if share.limits.max_bytes is not None:
        room = max(0, share.limits.max_bytes - found.counts.bytes)
        told.append((words.room_left, figures.size(room, link.phrases)))
    kept = words.is_numbered if numbers and share.target.is_prefix else words.is_kept
    told.append((words.same_name, words.is_replaced if accepts.overwrite else kept))
    return told


def curl(link: Link, found: Counted) -> str:
    """A command that sends the file called FILE."""
    share = found.share
    guest = ["-u", GUEST] if share.has_password else []
    url = f"{link.url}/" if share.target.is_prefix else link.url
    return shlex.join(["curl", *guest, "-T", "FILE", url])


def lines(link: Link, found: Counted) -> str:
    """The same for whoever is no browser: who asks, until when, within which limits, and how."""
    until = found.share.limits.expires_us
    told = [title(link, found)]
    if until is not None:
        told.append(f"{link.phrases.valid_until}: {figures.instant(until)}")
    told += [f"{label}: {text}" for label, text in limits(link, found, numbers=False)]
    left = uses_left(found.share, found.counts)
    if left is not None:
        told.append(f"{asking(link.phrases).files_left}: {left}")
    return "\n".join([*told, "", curl(link, found)])


def refusals(link: Link) -> dict[str, str]:
    """What S3 says -> what it means here, for all that is said of requests."""
    words, phrases = asking(link.phrases), link.phrases
    told = {v.words: shown.said(phrases, e.heading) for v, e in shown.ENDINGS.items()}
    for code in ("AccessDenied", "NoSuchBucket"):  # the owner may not any more, or it is gone
        told[S3Error(code).message] = phrases.gone
    told[Verdict.USED_UP.words] = words.full
    told[Verdict.TOO_LARGE.words] = words.script["too_large"]
    told[Verdict.WRONG_TYPE.words] = words.script["wrong_type"]
    return told


def _told(link: Link, found: Counted, *, closed: bool) -> dict[str, Any]:
    """What the script has to know."""
    accepts, words = found.share.accepts, asking(link.phrases)
    final = refusals(link)
    for verdict in _AGAIN:
        final.pop(verdict.words, None)
    return {
        "words": {**words.script, "taken": words.taken},
        "refusals": final,
        "point": link.phrases.point,
        "maxSize": accepts.max_size,
        "types": accepts.types,
        "overwrite": accepts.overwrite,
        "many": found.share.target.is_prefix,
        "closed": closed,
        "id": found.share.id,
    }
