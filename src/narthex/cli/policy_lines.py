"""Explanations of policies as lines for people. Pure.

What comes from others (names, keys, conditions) is shown without control characters, always.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from narthex.cli.share_lines import flat, local

HOLDERS = ("WHO", "AS", "BY", "ONLY IF", "UNLESS")
SHARES = ("SHARE", "OWNER", "TO", "KEY", "LEFT", "ENDS")
_EVERYONE = {"*": "everyone", "AuthenticatedUsers": "everyone who has a key"}


def explained(told: Mapping[str, Any]) -> Iterator[str]:
    """An answer of `policy explain`: the decision first, then all that led to it."""
    decision = "allowed" if told["allowed"] else "denied"
    yield flat(f"{decision}: {told['action']} on {told['resource']} as {told['principal']}")
    statement = told["statement"]
    yield flat(f"because {told['reason']}" + (f": {_where(statement)}" if statement else ""))
    for obstacle in told["obstacles"]:
        yield flat(f"in the way: {_obstacle(obstacle)}")
    if told["foreign"]:
        yield "its own account must allow it too, which is not known here"
    if "/" in told["resource"] and not told["exists"]:
        yield "no such object: nothing of it (its list, its tags) counts yet"
    if told["statements"]:
        yield ""
        yield "statements, in the order of evaluation:"
    for one in told["statements"]:
        yield flat(f"  {_fate(one)}  {one['effect']}  {_where(one)}")
    if told["missing"]:
        yield ""
        keys = ", ".join(told["missing"])
        yield flat(f"not known of the request (say --context KEY=VALUE): {keys}")


def holder_row(holder: Mapping[str, Any]) -> tuple[str, ...]:
    """Somebody who may, under HOLDERS."""
    sid = f" ({holder['sid']})" if holder["sid"] else ""
    by = f"{holder['policy']}{sid}" if holder["policy"] else holder["reason"]
    return (
        _EVERYONE.get(holder["principal"], holder["principal"]),
        holder["kind"],
        by,
        "; ".join(holder["only_if"]) or "-",
        "; ".join(holder["unless"]) or "-",
    )


def share_row(share: Mapping[str, Any]) -> tuple[str, ...]:
    """A live share, under SHARES."""
    left = share["downloads_left"]
    return (
        share["id"],
        share["owner"],
        share["recipient"] or "-",
        share["key"] + ("*" if share["prefix"] else ""),
        "any" if left is None else str(left),
        local(share["expires_at"]) if share["expires_at"] else "never",
    )


def _where(statement: Mapping[str, Any]) -> str:
    sid = f" ({statement['sid']})" if statement["sid"] else ""
    place = f"statement {statement['index'] + 1}{sid}, line {statement['line']}"
    return f"{_LAYERS[statement['layer']]} `{statement['policy']}`, {place}"


_LAYERS = {
    "resource": "the bucket's",
    "identity": "identity policy",
    "boundary": "boundary",
    "session": "session policy",
}


def _fate(statement: Mapping[str, Any]) -> str:
    if statement["matched"]:
        return "matches".ljust(14)
    detail = f" {statement['detail']}" if statement["detail"] else ""
    return f"no: {statement['failed']}{detail}".ljust(14)


def _obstacle(obstacle: Mapping[str, Any]) -> str:
    by = obstacle["allowed_by"]
    stopped = f", of what would allow: {_where(by)}" if by else ""
    return f"{obstacle['kind']}: {obstacle['name']}{stopped}"
