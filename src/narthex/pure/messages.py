"""What a delivery says to people: a subject and some lines, for mail and chat. Pure.

This file never repeats what would end a header or draw on a terminal: keys are somebody's words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

MAX_SUBJECT = 200  # characters
MAX_TEXT = 16_000
_SHOWN = 20  # records of one delivery

# What the events of S3 did to an object, by the beginning of their names.
_DONE = {
    "ObjectCreated:": "was uploaded",
    "ObjectRemoved:": "was deleted",
    "ObjectTagging:": "has other tags",
    "ObjectAcl:": "has another access control list",
    "LifecycleExpiration:": "has expired and was deleted",
}


@dataclass(frozen=True, slots=True)
class Message:
    """subject: one line. text: several, each ended by a newline."""

    subject: str
    text: str


def message_of(kind: str, payload: str) -> Message:
    """What to tell people about a delivery. A payload with `subject` and `text` says it itself."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        if isinstance(said.get("subject"), str) and isinstance(said.get("text"), str):
            return _message(said["subject"], said["text"])
        if isinstance(said.get("Records"), list):
            return _of_records(said["Records"])
        if said.get("Event") == "s3:TestEvent":
            bucket = said.get("Bucket")
            return _message(f"narthex: events of bucket {bucket}", "Its events are told here.\n")
    return _message(f"narthex: {kind}", payload)


def _of_records(records: list[Any]) -> Message:
    lines = [_line(record) for record in records if isinstance(record, dict)]
    more = len(lines) - _SHOWN
    shown = lines[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    subject = lines[0] if len(lines) == 1 else f"{len(lines)} things happened"
    return _message(f"narthex: {subject}", "\n".join(shown))


def _line(record: dict[str, Any]) -> str:
    """One record of S3, in words. Keys in records are encoded as in a form."""
    try:
        name, s3 = str(record["eventName"]), record["s3"]
        bucket, item = str(s3["bucket"]["name"]), s3["object"]
        key = unquote_plus(str(item["key"]))
    except (KeyError, TypeError):
        return "something happened"
    done = next((text for start, text in _DONE.items() if name.startswith(start)), name)
    size = item.get("size")
    many = f" ({size} bytes)" if isinstance(size, int) else ""
    return f"{key} in {bucket} {done}{many}"


def _message(subject: str, text: str) -> Message:
    text = "\n".join(plain(line) for line in text[:MAX_TEXT].splitlines())
    return Message(plain(subject)[:MAX_SUBJECT], f"{text}\n")


def plain(text: str) -> str:
    """One line of it, whatever it is: what cannot be shown is a `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
