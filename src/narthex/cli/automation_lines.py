"""Automations and their log as lines for people. Pure.

What comes from others (keys, reasons) is shown without control characters, by `table` and `flat`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from narthex.cli.s3_uri import Location
from narthex.cli.share_lines import local, short
from narthex.cli.sizes import human_size

HEAD = ("ID", "WHAT", "STATE", "EACH LINK", "TELLS", "MADE")
LOG_HEAD = ("EVENT", "WHEN", "OUTCOME", "SHARE", "KEY", "REASON")


def row(one: Mapping[str, Any]) -> tuple[str, ...]:
    """An automation under HEAD."""
    return (
        one["id"],
        what(one),
        one["state"],
        link_terms(one),
        ", ".join(one["notify"]),
        local(one["created_at"]),
    )


def what(one: Mapping[str, Any]) -> str:
    """Which keys it is for."""
    return f"{Location(one['bucket'], one['prefix'])}*{one['suffix']}"


def link_terms(one: Mapping[str, Any]) -> str:
    """What each of its links can do: `2h, 1 download`."""
    told = [short(one["expires_in"])]
    most = one.get("max_downloads")
    if most is not None:
        told.append(f"{most} download{'' if most == 1 else 's'}")
    if one.get("max_bytes") is not None:
        told.append(human_size(one["max_bytes"]))
    return ", ".join(told)


def facts(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything about one that is not empty: a name and a text each."""
    yield "id", one["id"]
    yield "what", what(one)
    yield "state", one["state"]
    if one.get("reason"):
        yield "reason", one["reason"]
    yield "each link", link_terms(one)
    if one.get("allow_ips"):
        yield "only from", ", ".join(one["allow_ips"])
    for name in ("recipient", "note"):
        if one.get(name):
            yield name, one[name]
    yield "tells", ", ".join(one["notify"])
    yield "owner", one["owner"]
    yield "access key", one["access_key_id"]
    yield "created at", local(one["created_at"])


def log_row(run: Mapping[str, Any]) -> tuple[str, ...]:
    """What came of one upload, under LOG_HEAD."""
    return (
        run["event"],
        local(run["at"]),
        run["outcome"],
        run.get("share") or "-",
        run.get("key") or "-",
        run.get("reason") or "-",
    )
