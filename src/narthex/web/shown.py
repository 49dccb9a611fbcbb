"""What a page shows of a share, put into words: values for the templates, nothing of them trusted.

This file never asks anything. A page that says nothing of the share itself is made of `ended`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from narthex.catalog.shares import Counted
from narthex.http import Headers, Pairs, Response
from narthex.pure.shares import Verdict, uses_left
from narthex.web import figures, look, proofs
from narthex.web.errand import Entry
from narthex.web.link import Link, file_name, folder_name, folder_of, name_of, plain
from narthex.web.phrases import Phrases
from narthex.web.phrases_reviews import checking

SECOND_US = 1_000_000
LENGTHS = (86_400, 3_600, 60, 1)  # seconds of a language's units


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, for people and for `<time>`."""

    text: str
    machine: str

    @classmethod
    def of(cls, us: int) -> Moment:
        """From microseconds."""
        return cls(figures.instant(us), figures.machine_instant(us))


@dataclass(frozen=True, slots=True)
class Ending:
    """A state that is no download: its status, and its two phrases by name.

    again: seconds after which it is worth another look, which the page has by itself; 0 for never.
    """

    status: int
    heading: str
    text: str
    ask: bool = True
    again: int = 0


ENDINGS: dict[Verdict, Ending] = {
    Verdict.REVOKED: Ending(410, "revoked", "revoked_text"),
    Verdict.EXPIRED: Ending(410, "expired", "expired_text"),
    Verdict.USED_UP: Ending(410, "used_up", "used_up_text"),
    Verdict.CHANGED: Ending(410, "changed", "changed_text"),
    Verdict.GONE: Ending(410, "gone", "gone_text"),
    Verdict.NOT_YET: Ending(403, "not_yet", "not_yet_text", ask=False),
    Verdict.WRONG_ADDRESS: Ending(403, "wrong_address", "wrong_address_text"),
    Verdict.PENDING: Ending(503, "pending", "pending_text", again=5),
    Verdict.UNCONFIRMED: Ending(503, "pending", "unconfirmed_text", again=60),
    Verdict.STOPPED: Ending(403, "stopped", "stopped_text"),
    Verdict.UNJUDGED: Ending(403, "held", "unjudged_text", again=60),
    Verdict.HELD: Ending(403, "held", "held_text", again=60),
}
UNKNOWN = Ending(404, "unknown", "unknown_text")
STALE = Ending(403, "stale", "stale_text", ask=False)
BUSY = Ending(503, "busy", "busy_text", ask=False)
BROKEN = Ending(500, "broken", "broken_text", ask=False)
NOT_SO = Ending(400, "not_so", "not_so_text", ask=False)


def form(link: Link, found: Counted, *, unlocked: bool) -> dict[str, Any]:
    """What a form of a page carries. unlocked: the password was said, or there is none."""
    proof = ""
    if unlocked and found.password:
        proof = link.prove(proofs.UNLOCKED, found.password)
    return {"action": link.token.text, "click": link.prove(proofs.CLICK), "unlocked": proof}


def share(link: Link, found: Counted, headers: Headers) -> dict[str, Any]:
    """The facts under a download. headers: of S3's answer about it."""
    phrases, granted = link.phrases, found.share
    until = granted.limits.expires_us
    seconds = 0 if until is None else (until - link.now_us) // SECOND_US
    left = figures.duration(seconds, phrases)
    return {
        "until": None if until is None else Moment.of(until),
        "now": Moment.of(link.now_us),
        "left": phrases.left.format(time=left),
        "units": json.dumps(
            [[*unit, length] for unit, length in zip(phrases.units, LENGTHS, strict=True)],
            ensure_ascii=False,
        ),
        "uses_left": uses_left(granted, found.counts),
        "recipient": granted.recipient,
        "note": granted.note,
        "checksum": figures.checksum(headers),
    }


def file(link: Link, found: Counted, headers: Headers) -> Response:
    """The page of one file. headers: of S3's answer to HEAD."""
    phrases = link.phrases
    count = int(headers.get("content-length") or 0)
    words = {
        "scripted": True,
        "heading": phrases.title,
        "name": name_of(found.share),
        "size": figures.size(count, phrases),
        "exact": figures.exact(count),
        "lead": link.lead(found.share),
        "share": share(link, found, headers),
        "form": form(link, found, unlocked=True),
    }
    return look.page(200, "file.html", words, phrases, link.nonce)


def folder(
    link: Link, found: Counted, entries: list[Entry], more: str, *, further: bool
) -> Response:
    """The page of a folder. more: the key behind which there are others. further: not the first."""
    phrases, base = link.phrases, folder_of(found.share)
    files = [one for one in entries if not one.is_folder]
    complete = not more and not further
    words = {
        "scripted": True,
        "heading": phrases.title_folder,
        "name": folder_name(found.share),
        "summary": _summary(files, phrases) if complete else "",
        "lead": link.lead(found.share),
        "share": share(link, found, Headers()),
        "form": form(link, found, unlocked=True),
        "entries": [_listed(one, base, phrases) for one in files],
        "more": more,
        "further": further,
    }
    return look.page(200, "folder.html", words, phrases, link.nonce)


def _listed(one: Entry, base: str, phrases: Phrases) -> dict[str, str]:
    """A file of a folder. within: the folders below the shared one that it is in."""
    within, _, name = one.key[len(base) :].rpartition("/")
    return {
        "key": one.key,
        "within": plain(f"{within}/") if within else "",
        "name": plain(name) or file_name(one.key),
        "size": figures.size(one.size, phrases),
        "title": phrases.download_one.format(name=file_name(one.key)),
    }


def _summary(files: list[Entry], phrases: Phrases) -> str:
    total = figures.size(sum(one.size for one in files), phrases)
    return f"{phrases.files}: {len(files)} · {total}"


def password(link: Link, found: Counted, *, wrong: bool = False) -> Response:
    """The page that asks for the password, and says nothing else."""
    words = {
        "scripted": False,
        "heading": link.phrases.locked,
        "wrong": wrong,
        "form": form(link, found, unlocked=False),
    }
    return look.page(403 if wrong else 200, "password.html", words, link.phrases, link.nonce)


def too_many(link: Link, seconds: int) -> Response:
    """The password was wrong too often."""
    phrases = link.phrases
    time = figures.duration(seconds, phrases)
    words = _ending(phrases.too_many, phrases.too_many_text.format(time=time))
    words["again"] = link.token.text
    return look.page(
        429, "ended.html", words, phrases, link.nonce, more=(("retry-after", str(seconds)),)
    )


def ended(link: Link, ending: Ending, found: Counted | None = None) -> Response:
    """Why there is no download, and whom to ask."""
    phrases = link.phrases
    words = _ending(said(phrases, ending.heading), said(phrases, ending.text))
    words["ask"] = _whom(link, ending, found)
    words["again"] = link.token.text if ending is STALE else ""
    words["times"] = _times(link, ending, found)
    words["scripted"] = bool(words["times"])
    more = _again(ending)
    if ending.again:  # without a script, and by GET, whatever led here
        more = (*more, ("refresh", str(ending.again)))
    return look.page(ending.status, "ended.html", words, phrases, link.nonce, more=more)


def ended_line(link: Link, ending: Ending, found: Counted | None = None) -> Response:
    """The same in one line."""
    phrases = link.phrases
    text = f"{said(phrases, ending.heading)}. {said(phrases, ending.text)}"
    if ending.ask:
        text += f" {_whom(link, ending, found)}"
    return look.line(ending.status, text, more=_again(ending))


def said(phrases: Phrases, name: str) -> str:
    """A phrase of an ending, by its name."""
    text: str = getattr(phrases, name, "") or getattr(checking(phrases), name)
    return text


def _again(ending: Ending) -> Pairs:
    """When it is worth another try, for what waits."""
    return (("retry-after", str(ending.again)),) if ending.status == 503 and ending.again else ()


def _whom(link: Link, ending: Ending, found: Counted | None) -> str:
    """Whom to ask: for a new link, or what takes so long; "" for nobody."""
    if not ending.again:
        return ask(link, found) if ending.ask else ""
    words = checking(link.phrases)
    if found is None or not found.share.owner.name:
        return words.ask_about_anyone
    return words.ask_about.format(who=found.share.owner.name)


def _ending(heading: str, text: str) -> dict[str, Any]:
    return {
        "scripted": False,
        "heading": heading,
        "text": text,
        "ask": "",
        "again": "",
        "times": (),
    }


def ask(link: Link, found: Counted | None) -> str:
    """Whom to ask for a new link."""
    if found is None or not found.share.owner.name:
        return link.phrases.ask_anyone
    return link.phrases.ask.format(who=found.share.owner.name)


def _times(link: Link, ending: Ending, found: Counted | None) -> list[tuple[str, Moment]]:
    """When it ended or begins, and the time now."""
    if found is None:
        return []
    phrases, limits = link.phrases, found.share.limits
    at = {
        "revoked": (phrases.ended_at, found.share.revoked_us),
        "expired": (phrases.ended_at, limits.expires_us),
        "not_yet": (phrases.begins_at, limits.not_before_us),
    }.get(ending.heading)
    if at is None or at[1] is None:
        return []
    return [(at[0], Moment.of(at[1])), (phrases.time_now, Moment.of(link.now_us))]
