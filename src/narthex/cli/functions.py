"""`narthex functions`: which functions there are, what they write, and one run by hand.

Making and changing them is the aws CLI's: `aws lambda` speaks to the same server.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import harmless, tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, FAILED, USAGE, Failure
from narthex.cli.moments import read_moment, utc
from narthex.cli.share_lines import local, table

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

ACTIONS = ("list", "logs", "invoke")
HEAD = ("NAME", "RUNTIME", "MEMORY", "TIMEOUT", "CHANGED")
PAUSE = 0.5  # seconds between two looks for what is new
LATE = timedelta(seconds=10)  # a chunk may be written so long after its time
MOST_KNOWN = 20_000  # ids that are remembered, so that none of that time is told twice
PAGE = 1000
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

Chunk = dict[str, Any]


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "functions",
        "Functions of your account, and what they write. `aws lambda` makes and changes them.\n"
        "Exit code 1: the function that was invoked has failed.",
        (
            "narthex functions",
            "narthex functions logs mint-links --follow",
            "narthex functions logs mint-links --since 10m",
            'narthex functions invoke mint-links --payload \'{"key": "report.pdf"}\'',
        ),
        usage="functions [list | logs <Name> [--follow] [--since TIME] | invoke <Name>] [options]",
    )
    add = made.add_argument
    add("what", nargs="?", default="list", choices=ACTIONS, help="what to do (default: list)")
    add("name", nargs="?", default="", metavar="NAME", help="of the function")
    add("--follow", "-f", action="store_true", help="logs: go on with what comes, until Ctrl-C")
    add("--since", metavar="TIME", help="logs: from then on: a time, or so long ago: 90m, 7d")
    add("--payload", metavar="JSON", default="{}", help="invoke: the event; - reads standard input")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """List, read logs, or invoke."""
    flags = parser().parse_args(words)
    if (flags.what == "list") == bool(flags.name):
        raise Failure("logs and invoke are of one function by name; list is of all", USAGE)
    if set(flags.name) - _NAME:
        raise Failure(f"`{flags.name}` is no name of a function", USAGE)
    now = datetime.now().astimezone()
    since = None if flags.since is None else read_moment("--since", flags.since, now)
    payload = _payload(flags.payload) if flags.what == "invoke" else b""
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.what == "list":
        return _list(ledger, as_json=flags.json)
    if flags.what == "logs":
        return _logs(ledger, flags, since)
    return _invoke(ledger, flags.name, payload, as_json=flags.json)


def _list(ledger: Ledger, *, as_json: bool) -> int:
    found = ledger.call("ListFunctions", "GET", "/functions")["functions"]
    if as_json:
        for one in found:
            print(json.dumps(one))
        return DONE
    rows = [
        (
            one["name"],
            one.get("runtime", ""),
            f"{one.get('memory', 0)} MB",
            f"{one.get('timeout', 0)} s",
            local(one["modified_at"]) if "modified_at" in one else "",
        )
        for one in found
    ]
    if rows:
        print("\n".join(table(HEAD, rows)))
    else:
        tell("There are no functions; `aws lambda create-function` makes one.")
    return DONE


def _logs(ledger: Ledger, flags: argparse.Namespace, since: str | None) -> int:
    chunks = (
        followed(ledger, flags.name, since) if flags.follow else _read(ledger, flags.name, since)
    )
    for chunk in chunks:
        text = json.dumps(chunk) + "\n" if flags.json else shown(chunk["text"])
        sys.stdout.write(text)
        if flags.follow:
            sys.stdout.flush()
    return DONE


def _read(ledger: Ledger, name: str, since: str | None) -> Iterator[Chunk]:
    """All chunks that there are, from a time on."""
    query = [("limit", str(PAGE)), *([("since", since)] if since else [])]
    while True:
        told = ledger.call("ReadFunctionLogs", "GET", f"/functions/{name}/logs", query=tuple(query))
        yield from told["chunks"]
        if len(told["chunks"]) < PAGE:
            return
        query = [("limit", str(PAGE)), ("after", told["next"])]


def followed(
    ledger: Ledger,
    name: str,
    since: str | None,
    pause: Callable[[float], object] = time.sleep,
) -> Iterator[Chunk]:
    """All chunks, and then those that come. What is written late is told late, and once."""
    known: OrderedDict[str, None] = OrderedDict()
    while True:
        for chunk in _read(ledger, name, since):
            if chunk["id"] in known:
                continue
            known[chunk["id"]] = None
            if len(known) > MOST_KNOWN:
                known.popitem(last=False)
            yield chunk
            since = utc(datetime.fromisoformat(chunk["at"]) - LATE)
        pause(PAUSE)


def _invoke(ledger: Ledger, name: str, payload: bytes, *, as_json: bool) -> int:
    path = f"/functions/{name}/invocations"
    told = ledger.call("Invoke", "POST", path, body=b'{"payload":' + payload + b"}")
    if as_json:
        print(json.dumps(told))
    else:
        tell(shown(told["log"].rstrip("\n")))
        print(json.dumps(told["payload"], indent=2))
    return FAILED if told["error"] else DONE


def shown(text: str) -> str:
    """What a function wrote, for a terminal: nothing in it moves the cursor or the title."""
    return harmless(text.replace("\t", "  ").replace("\xa0", " "))


def _payload(text: str) -> bytes:
    """The event as JSON. Raises Failure for what is none."""
    if text == "-":
        text = sys.stdin.read()
    try:
        return json.dumps(json.loads(text)).encode()
    except ValueError as error:
        raise Failure(f"--payload: it is no JSON: {error}", USAGE) from error
