"""What the owner of a share is told: on which occasions, when, and in which words. Pure.

This file never knows whom. No link, no token, no password and no address of a visitor is in it: it
goes to chat rooms.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from narthex.pure.messages import plain
from narthex.pure.shares import Counts, Kind, Notices, Share, Standing, state
from narthex.pure.times import iso_seconds

SECOND = 1_000_000  # microseconds
FIRST, EACH, USED_UP, EXPIRING = "first", "each", "used-up", "expiring"
OCCASIONS = (FIRST, EACH, USED_UP, EXPIRING)
REVIEWED = "reviewed"  # nobody chooses it: whoever is told anything of a share is told this
# Who gives a file away wants to know that it arrived; who collects files, every one.
STANDARD: dict[Kind, tuple[str, ...]] = {
    "download": (FIRST, USED_UP, EXPIRING),
    "upload": (EACH, USED_UP, EXPIRING),
}
_TENTH = 10
# What a review made of a share: in its subject, and in a sentence.
_STANDINGS: dict[Standing, tuple[str, str]] = {
    "open": ("is open", "It was reviewed, and the link is open."),
    "waiting": ("is reviewed", "It is reviewed again, and the link opens after that."),
    "confirm": (
        "waits for you",
        "It was reviewed, and the link opens once you say why it is right:\n"
        "narthex shares confirm {id} --justify WHY",
    ),
    "refused": ("was stopped", "It was reviewed, and the link does not open."),
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use that is complete. id: of its booking. size: bytes of its file.

    key: "" for a folder, whose size is all that was sent of it.
    """

    id: str
    key: str
    size: int


def due_us(share: Share, before_seconds: int) -> int | None:
    """When its end is told: so long before, but not before nine tenths of its life are over.

    None when it is not told, or never ends.
    """
    expires = share.limits.expires_us
    if EXPIRING not in share.notices.occasions or expires is None:
        return None
    begins = share.limits.not_before_us or share.created_us
    life = max(0, expires - max(begins, share.created_us))
    return expires - min(before_seconds * SECOND, life // _TENTH)


def ends_soon(share: Share, counts: Counts, now_us: int) -> bool:
    """Whether there is still something to end."""
    return state(share, counts, now_us) in ("active", "not-yet")


def written(
    share: Share, counts: Counts, occasions: Sequence[str], use: Use | None, now_us: int
) -> str:
    """The notice as JSON in ASCII, as Standard Webhooks shapes it, with its words for people."""
    subject = _subject(share, occasions, use)
    data = {
        "occasions": list(occasions),
        "share": {
            "id": share.id,
            "kind": share.kind,
            "bucket": share.target.bucket,
            "key": share.target.key,
            "prefix": share.target.is_prefix,
            "recipient": share.recipient,
            "note": share.note,
            "expires_at": _time(share.limits.expires_us),
            "uses": counts.uses,
            "max_uses": share.limits.max_uses,
        },
        "use": None if use is None else {"id": use.id, "key": use.key, "bytes": use.size},
    }
    payload: dict[str, Any] = {
        "type": f"narthex.{'request' if share.kind == 'upload' else 'share'}",
        "timestamp": iso_seconds(now_us),
        "data": data,
        "subject": f"narthex: {subject}",
        "text": "".join(f"{line}\n" for line in _lines(share, counts, occasions, use, now_us)),
    }
    return json.dumps(payload)


def _subject(share: Share, occasions: Sequence[str], use: Use | None) -> str:
    if use is not None:
        done = "uploaded" if share.kind == "upload" else "downloaded"
        last = ", and its link is used up" if USED_UP in occasions else ""
        return f"{_title(use.key or share.target.key, share)} was {done}{last}"
    link = f"the link {'for' if share.kind == 'upload' else 'to'} {_title(share.target.key, share)}"
    if REVIEWED in occasions:
        return f"{link} {_STANDINGS[share.judged.standing][0]}"
    return f"{link} is used up" if USED_UP in occasions else f"{link} ends soon"


def _lines(
    share: Share, counts: Counts, occasions: Sequence[str], use: Use | None, now_us: int
) -> list[str]:
    lines: list[str] = []
    if REVIEWED in occasions:
        lines.append(_STANDINGS[share.judged.standing][1].format(id=share.id))
    if use is not None:
        done = "uploaded" if share.kind == "upload" else "downloaded"
        first = " for the first time" if FIRST in occasions else ""
        key = plain(use.key) or f"{plain(share.target.key)}*"
        lines.append(f"s3://{share.target.bucket}/{key} ({use.size} bytes) was {done}{first}.")
    if USED_UP in occasions:
        most, word = share.limits.max_uses, "files" if share.kind == "upload" else "downloads"
        many = f": {counts.uses} of {most} {word}" if most is not None else ""
        lines.append(f"The link is used up{many}.")
    expires = share.limits.expires_us
    if EXPIRING in occasions and expires is not None:
        lines.append(f"The link ends at {iso_seconds(expires)}, in {_span(expires - now_us)}.")
    command = "requests" if share.kind == "upload" else "shares"
    whom = f", for {plain(share.recipient)}" if share.recipient else ""
    star = "*" if share.target.is_prefix else ""
    place = f"s3://{share.target.bucket}/{plain(share.target.key)}{star}"
    about = "Request" if share.kind == "upload" else "Share"
    return [
        *lines,
        "",
        f"{about} {share.id} of {place}{whom}.",
        f"narthex {command} log {share.id}",
    ]


def _title(key: str, share: Share) -> str:
    """The last part of a key, or the bucket."""
    name = key.rstrip("/").rpartition("/")[2]
    return plain(name) or f"bucket {share.target.bucket}"


def _span(us: int) -> str:
    """A time in its largest unit: "3 hours"."""
    seconds = max(0, us // SECOND)
    sizes = (("day", 86_400), ("hour", 3600), ("minute", 60))
    word, size = next((one for one in sizes if seconds >= one[1]), ("second", 1))
    count = seconds // size
    return f"{count} {word}{'' if count == 1 else 's'}"


def _time(at_us: int | None) -> str | None:
    return None if at_us is None else iso_seconds(at_us)


def checked_occasions(texts: tuple[str, ...], kind: Kind) -> tuple[str, ...]:
    """The occasions, each once, in one order; the usual ones for none. Raises ValueError."""
    unknown = [text for text in texts if text not in OCCASIONS]
    if unknown:
        raise ValueError(f"`{unknown[0][:64]}` is none of {', '.join(OCCASIONS)}")
    return tuple(one for one in OCCASIONS if one in (texts or STANDARD[kind]))


def of_use(notices: Notices, *, is_complete: bool, is_used_up: bool) -> tuple[str, ...]:
    """Its occasions that a use has brought about, some of which may have been told before."""
    happened = {FIRST: is_complete, EACH: is_complete, USED_UP: is_used_up}
    return tuple(one for one in notices.occasions if happened.get(one, False))


def about(occasion: str, share: Share, use: Use | None) -> str:
    """What makes an occasion another one: the use, or the end; "" for what happens once."""
    if occasion == EACH and use is not None:
        return use.id
    if occasion == REVIEWED:
        return f"{share.judged.standing} {share.judged.at_us}"
    return str(share.limits.expires_us) if occasion == EXPIRING else ""
