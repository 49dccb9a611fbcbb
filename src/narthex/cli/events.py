"""`narthex events tail`: what happens and what becomes of it, as it comes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.share_lines import flat, local

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

PAUSE = 0.5  # seconds between two looks for what is new
PAGE = 1000


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "events",
        "Follow events and their deliveries as they come, until Ctrl-C: `event` when something is\n"
        "to be delivered, then `delivered` or `failed`.",
        ("narthex events tail", "narthex events tail --json | jq .delivery.lane"),
        usage="events tail [options]",
    )
    add = made.add_argument
    add("action", choices=("tail",), help="follow")
    add("--limit", type=int, metavar="N", help="end after so many lines")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """Follow."""
    flags = parser().parse_args(words)
    if flags.limit is not None and flags.limit < 1:
        raise Failure("--limit: at least 1", USAGE)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    for count, entry in enumerate(followed(ledger, time.sleep), 1):
        print(json.dumps(entry) if flags.json else line(entry), flush=True)
        if count == flags.limit:
            break
    return DONE


def followed(ledger: Ledger, pause: Callable[[float], object]) -> Iterator[dict[str, Any]]:
    """What comes from now on."""
    after = ""
    while True:
        query = (("limit", str(PAGE)), ("after", after)) if after else ()
        answer = ledger.call("ListEvents", "GET", "/events", query=query)
        yield from answer["entries"]
        after = answer["next"]
        if not answer["entries"]:
            pause(PAUSE)


def line(entry: dict[str, Any]) -> str:
    """An entry for people."""
    told = entry["delivery"]
    at = local(told["created_at"] if entry["what"] == "event" else told["done_at"])
    reason = f"  {told['reason']}" if told["reason"] else ""
    return flat(f"{at}  {entry['what']:<9}  {told['id']}  {told['lane']}  {told['target']}{reason}")
