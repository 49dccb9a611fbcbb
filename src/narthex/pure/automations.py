"""Automations as values: which keys they are for, and what they tell in words and in JSON. Pure.

This file never knows whom. A refusal is told without the key and without its reason: those who are
told may be the receivers, and what was refused is none of theirs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from narthex.pure.messages import plain
from narthex.pure.times import iso_seconds

KIND = "automation"  # of the deliveries that make one run
PREFIX = "automation:"  # of what these are addressed to: automation:ID
DOCUMENT = "automations"  # the kind of the bucket's document
EVENT = "s3:ObjectCreated:*"
LONGEST = 1024  # bytes of a prefix or suffix


@dataclass(frozen=True, slots=True)
class Rule:
    """Which keys an automation is for. prefix and suffix: "" is any."""

    id: str
    prefix: str = ""
    suffix: str = ""


def write_rules(rules: Iterable[Rule]) -> str:
    """The bucket's document, as JSON in ASCII."""
    return json.dumps([[one.id, one.prefix, one.suffix] for one in rules])


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a bucket's document. Raises ValueError."""
    try:
        return tuple(Rule(str(id), str(prefix), str(suffix)) for id, prefix, suffix in _list(text))
    except TypeError as error:
        raise ValueError("this is no list of automations") from error


def _list(text: str) -> list[Any]:
    found = json.loads(text)
    if not isinstance(found, list):
        raise ValueError("this is no list")
    return found


@dataclass(frozen=True, slots=True)
class Shared:
    """A link that was made by itself. uses: how often it works, None for any number of times."""

    automation: str
    share: str
    bucket: str
    key: str
    link: str
    expires_us: int | None
    uses: int | None
    note: str = ""


def tell_shared(shared: Shared, now_us: int) -> str:
    """The notice as JSON in ASCII, as Standard Webhooks shapes it, with its words for people."""
    name = plain(shared.key.rstrip("/").rpartition("/")[2]) or plain(shared.key)
    ends = None if shared.expires_us is None else iso_seconds(shared.expires_us)
    many = {None: "", 1: "It works once.\n"}.get(shared.uses, f"It works {shared.uses} times.\n")
    note = f"\n{shared.note}\n" if shared.note else ""
    data = {
        "automation": shared.automation,
        "share": shared.share,
        "bucket": shared.bucket,
        "key": shared.key,
        "link": shared.link,
        "expires_at": ends,
        "max_downloads": shared.uses,
        "note": shared.note,
    }
    text = f"{name} is here for you:\n\n{shared.link}\n\nThe link ends at {ends}.\n{many}{note}"
    return _notice(now_us, data, f"{name}: a link for you", text)


def tell_refused(automation: str, bucket: str, prefix: str, code: str, now_us: int) -> str:
    """What is told of an upload that was not shared."""
    data = {"automation": automation, "bucket": bucket, "prefix": prefix, "refused": code}
    place = f"s3://{bucket}/{plain(prefix)}"
    text = (
        f"A file below {place} was not shared: {code}.\n\n"
        f"Its owner sees why: narthex automations log {automation}\n"
    )
    return _notice(now_us, data, f"narthex: a file below {place} was not shared", text)


def tell_stopped(automation: str, bucket: str, prefix: str, reason: str, now_us: int) -> str:
    """What is told when the server stops an automation."""
    data = {"automation": automation, "bucket": bucket, "prefix": prefix, "stopped": reason}
    place = f"s3://{bucket}/{plain(prefix)}"
    text = (
        f"The automation of {place} has stopped: {reason}.\n\n"
        f"Its owner starts it again: narthex automations resume {automation}\n"
    )
    return _notice(now_us, data, f"narthex: the automation of {place} has stopped", text)


def _notice(now_us: int, data: dict[str, Any], subject: str, text: str) -> str:
    told = {"type": "narthex.automation", "timestamp": iso_seconds(now_us), "data": data}
    return json.dumps({**told, "subject": subject, "text": text})
