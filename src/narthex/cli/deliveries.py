"""`narthex deliveries`: what is to be delivered, what was, what failed; and doing it once more."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, GENERAL, USAGE, Failure
from narthex.cli.moments import read_moment
from narthex.cli.share_lines import flat, local, table

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

ACTIONS = ("list", "show", "retry", "replay")
HEAD = ("ID", "MADE", "STATE", "TRIED", "TARGET", "OF", "REASON")
MOST = 1000  # ids in one request


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "deliveries",
        "List the deliveries of events and notices, the newest first; look into one; deliver some\n"
        "once more. What failed for good is kept for the server's `delivery_days`.",
        (
            "narthex deliveries --failed",
            "narthex deliveries show 00000000000004d2",
            "narthex deliveries retry 00000000000004d2 00000000000004d3",
            "narthex deliveries replay --since 2h",
        ),
        usage="deliveries [list | show <Id> | retry <Id>... | replay --since <Time>] [options]",
    )
    add = made.add_argument
    add("action", nargs="?", default="list", choices=ACTIONS, help="what to do (default: list)")
    add("ids", nargs="*", metavar="ID", help="deliveries, as the list tells them")
    add("--failed", action="store_true", help="only what failed for good")
    add("--since", metavar="TIME", help="replay from then on: a time, or so long ago: 90m, 7d")
    add("--limit", type=int, metavar="N", help="at most so many lines")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """List, show, retry or replay."""
    flags = parser().parse_args(words)
    _check(flags)
    since = read_moment("--since", flags.since, datetime.now().astimezone()) if flags.since else ""
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.action == "show":
        _show(ledger, flags.ids[0])
    elif flags.action == "retry":
        return _retry(ledger, flags.ids)
    elif flags.action == "replay":
        _replay(ledger, since)
    else:
        _list(ledger, flags)
    return DONE


def _check(flags: argparse.Namespace) -> None:
    wanted = {"list": (0, 0), "show": (1, 1), "retry": (1, None), "replay": (0, 0)}
    least, most = wanted[flags.action]
    if len(flags.ids) < least:
        raise Failure(f"narthex deliveries {flags.action}: which? Name an ID", USAGE)
    if most is not None and len(flags.ids) > most:
        raise Failure(f"narthex deliveries {flags.action} takes no more IDs", USAGE)
    if (flags.action == "replay") is not bool(flags.since):
        raise Failure("narthex deliveries replay and --since TIME go together", USAGE)
    if flags.action != "list" and (flags.failed or flags.limit is not None):
        raise Failure("--failed and --limit choose what is listed", USAGE)
    if flags.limit is not None and flags.limit < 1:
        raise Failure("--limit: at least 1", USAGE)
    if any(not id.isalnum() or not id.isascii() for id in flags.ids):
        raise Failure("an ID is 16 hex digits; `narthex deliveries` lists them", USAGE)


def _list(ledger: Ledger, flags: argparse.Namespace) -> None:
    found = islice(_listed(ledger, only_failed=flags.failed), flags.limit)
    if flags.json:
        for delivery in found:
            print(json.dumps(delivery), flush=True)
        return
    lines = table(HEAD, [row(delivery) for delivery in found])
    print("\n".join(lines))
    if not flags.failed:
        standing = ledger.call("ListDeliveries", "GET", "/deliveries/standing")
        tell(f"{standing['waiting']} waiting, {standing['failed']} failed")


def _listed(ledger: Ledger, *, only_failed: bool) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        query = (
            ("limit", str(MOST)),
            *((("failed", "true"),) if only_failed else ()),
            *((("after", after),) if after else ()),
        )
        answer = ledger.call("ListDeliveries", "GET", "/deliveries", query=query)
        yield from answer["deliveries"]
        if not answer["next"]:
            return
        after = answer["next"]


def row(delivery: dict[str, Any]) -> tuple[str, ...]:
    """A delivery under HEAD."""
    return (
        delivery["id"],
        local(delivery["created_at"]),
        delivery["state"],
        str(delivery["attempts"]),
        delivery["target"],
        delivery["lane"],
        delivery["reason"] or "",
    )


def _show(ledger: Ledger, id: str) -> None:
    answer = ledger.call("GetDelivery", "GET", f"/deliveries/{id}")
    print(json.dumps(answer["delivery"], indent=2))


def _retry(ledger: Ledger, ids: Sequence[str]) -> int:
    left: list[str] = []
    for start in range(0, len(ids), MOST):
        body = json.dumps({"ids": ids[start : start + MOST]}).encode()
        answer = ledger.call("RetryDeliveries", "POST", "/deliveries/retries", body=body)
        for id in answer["retried"]:
            print(flat(id))
        left += answer["left"]
    if left:
        tell(f"Left as they are, since they still wait or are not there: {flat(' '.join(left))}")
    return GENERAL if left else DONE


def _replay(ledger: Ledger, since: str) -> None:
    count, after = 0, ""
    while True:
        asked = {"since": since} | ({"after": after} if after else {})
        body = json.dumps(asked).encode()
        answer = ledger.call("ReplayDeliveries", "POST", "/deliveries/replays", body=body)
        count += answer["replayed"]
        if not answer["next"]:
            break
        after = answer["next"]
    print(count)
    tell(f"{count} deliveries made since {since} are delivered again")
