"""Shares and their log as lines for people. Pure: the present moment is an argument.

What comes from others (keys, agents, names) is shown without control characters, always.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from narthex.cli.arguments import harmless
from narthex.cli.s3_uri import Location
from narthex.cli.sizes import human_size
from narthex.pure.durations import DAY, HOUR, MINUTE

HEAD = ("ID", "WHAT", "TO", "STATE", "LEFT", "ENDS", "LAST USED")
LOG_HEAD = ("WHEN", "WHAT", "OUTCOME", "BYTES", "WHO", "AGENT", "KEY")
LIVE = ("active", "not-yet", "pending", "refused")
WAITS_FOR = {
    "review": "its review",
    "sharer": "you to say why: narthex shares confirm {id}",
    "owner": "whoever answers for it",
}
_UNITS = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1))


def what(share: Mapping[str, Any]) -> str:
    """What is shared, as `s3://bucket/key`."""
    return str(Location(share["bucket"], share["key"]))


def row(share: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    """A share under HEAD."""
    return common_row(share, _left(share), now)


def common_row(share: Mapping[str, Any], left: str, now: datetime) -> tuple[str, ...]:
    """A share or a request as the cells of a line. left: how often it can still be used."""
    return (
        share["id"],
        what(share),
        share.get("recipient") or "-",
        share["state"],
        left,
        _ends(share, now),
        _ago(share.get("last_used_at"), now),
    )


def facts(share: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """Everything about one share that is not empty: a name and a text each."""
    yield from common_facts(share, "what", now)
    most = share.get("max_downloads")
    yield "downloads", f"{share['downloads']}" + (f" of {most}" if most is not None else "")
    most = share.get("max_bytes")
    of = f" of {human_size(most)}" if most is not None else ""
    yield "sent", f"{human_size(share['bytes'])}{of}"
    yield from last_facts(share)


def common_facts(share: Mapping[str, Any], place: str, now: datetime) -> Iterator[tuple[str, str]]:
    """What shares and requests have in common, up to what was used. place: what the key is."""
    yield "id", share["id"]
    yield place, what(share)
    for name in ("version", "etag", "filename", "recipient", "note"):
        if share.get(name):
            yield name, str(share[name])
    yield "state", share["state"]
    if share.get("waits_for"):
        yield "waits for", WAITS_FOR[share["waits_for"]].format(id=share["id"])
    for name in ("decision", "reason"):
        if (share.get("pending") or {}).get(name):
            yield name, share["pending"][name]
    yield "owner", share["owner"]
    for name in ("created_at", "not_before", "expires_at", "revoked_at"):
        if share.get(name):
            yield name.replace("_", " "), local(share[name])
    if share["state"] in LIVE:
        yield "ends in", _ends(share, now)


def last_facts(share: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is told of both behind what was used."""
    yield "last used", local(share["last_used_at"]) if share.get("last_used_at") else "never"
    if share.get("allow_ips"):
        yield "only from", ", ".join(share["allow_ips"])
    yield "password", "yes" if share.get("password") else "no"
    if share.get("notify"):
        yield "notifies", f"{', '.join(share['notify'])} ({', '.join(share['notify_on'])})"


def log_row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """A log entry under LOG_HEAD."""
    is_use = entry["event"] == "used"
    return (
        local(entry["at"]),
        entry["event"],
        entry.get("outcome") or "-",
        human_size(entry.get("bytes") or 0) if is_use else "-",
        entry.get("address") or entry.get("actor") or "-",
        entry.get("agent") or "-",
        entry.get("key") or entry.get("detail") or "-",
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of equal columns; the last one is not padded."""
    lines = [tuple(head), *(tuple(map(flat, line)) for line in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = zip(line, widths, strict=True)
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in cells).rstrip()


def flat(text: str) -> str:
    """Text on one line, without control characters."""
    return harmless(text).replace("\n", "?")


def local(moment: str) -> str:
    """A time of the API in the zone of this computer."""
    return f"{_read(moment).astimezone():%Y-%m-%d %H:%M:%S}"


def short(seconds: int) -> str:
    """A duration by its two largest units: `6d 23h`, `45s`."""
    rest, parts = seconds, list[str]()
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count or parts:
            parts.append(f"{count}{unit}")
    return " ".join(part for part in parts[:2] if part[0] != "0") or "0s"


def _read(moment: str) -> datetime:
    found = datetime.fromisoformat(moment)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _left(share: Mapping[str, Any]) -> str:
    left, most = share.get("downloads_left"), share.get("max_downloads")
    return "any" if left is None else f"{left} of {most}"


def _ends(share: Mapping[str, Any], now: datetime) -> str:
    if share.get("revoked_at"):
        return f"taken back {_ago(share['revoked_at'], now)}"
    if not share.get("expires_at"):
        return "never"
    left = int((_read(share["expires_at"]) - now).total_seconds())
    return short(left) if left > 0 else f"{short(-left)} ago"


def _ago(moment: str | None, now: datetime) -> str:
    if not moment:
        return "never"
    return f"{short(max(0, int((now - _read(moment)).total_seconds())))} ago"


def _width(text: str) -> int:
    """Columns on a terminal: letters of East Asia take two, marks upon letters none."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
