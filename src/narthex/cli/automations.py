"""`narthex automations`: what is shared by itself, what came of it; pause, resume, remove."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.automation_lines import HEAD, LOG_HEAD, facts, log_row, row
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.share_lines import flat
from narthex.cli.shares import print_found

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

ACTIONS = ("list", "show", "log", "pause", "resume", "remove")
PAGE = 1000
_ID = re.compile(r"[0-9a-f]{1,64}")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "automations",
        "Automations that share what is uploaded: list them, look at one, read what came of the\n"
        "uploads; pause one, resume it, remove it. `narthex automate` makes them.",
        (
            "narthex automations",
            "narthex automations log 0f3c9d2b71a84e56",
            "narthex automations pause 0f3c9d2b71a84e56",
            "narthex automations resume 0f3c9d2b71a84e56   # from now on it stands on your key",
        ),
        usage="automations [list | {show,log,pause,resume,remove} <Id>] [options]",
    )
    add = made.add_argument
    add("action", nargs="?", default="list", choices=ACTIONS, help="what to do (default: list)")
    add("id", nargs="?", default="", metavar="ID", help="of one, as the list has it")
    add("--limit", type=int, metavar="N", help="at most so many lines")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """List, show, log, pause, resume or remove."""
    flags = parser().parse_args(words)
    _check(flags)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.action == "list":
        found = ledger.call("ListAutomations", "GET", "/automations")["automations"]
        shown = islice(found, flags.limit)
        print_found(shown, flags.json, HEAD, row, "Nothing is shared by itself.")
    elif flags.action == "log":
        runs = islice(_log(ledger, flags.id), flags.limit)
        print_found(runs, flags.json, LOG_HEAD, log_row, "Nothing was uploaded yet.")
    else:
        _one(ledger, flags)
    return DONE


def _check(flags: argparse.Namespace) -> None:
    listing = flags.action == "list"
    if listing is bool(flags.id):
        wanted = "takes no ID" if listing else "which? Name its ID"
        raise Failure(f"narthex automations {flags.action}: {wanted}", USAGE)
    if flags.id and not _ID.fullmatch(flags.id):
        told = f"`{flags.id}` is no id of an automation; `narthex automations` lists them"
        raise Failure(told, USAGE)
    if flags.limit is not None and flags.limit < 1:
        raise Failure("--limit: at least 1", USAGE)


def _log(ledger: Ledger, id: str) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        query = (("limit", str(PAGE)), *((("after", after),) if after else ()))
        answer = ledger.call("GetAutomation", "GET", f"/automations/{id}/log", query=query)
        yield from answer["runs"]
        if not answer["next"]:
            return
        after = answer["next"]


def _one(ledger: Ledger, flags: argparse.Namespace) -> None:
    path = f"/automations/{flags.id}"
    if flags.action == "show":
        answer = ledger.call("GetAutomation", "GET", path)
    elif flags.action == "remove":
        answer = ledger.call("DeleteAutomation", "DELETE", path)
    else:
        body = json.dumps({"paused": flags.action == "pause"}).encode()
        answer = ledger.call("UpdateAutomation", "PATCH", path, body=body)
    automation = answer["automation"]
    if flags.json:
        print(json.dumps(automation))
    elif flags.action == "show":
        told = list(facts(automation))
        width = max(len(name) for name, _ in told) + 2
        for name, text in told:
            print(f"{name}:".ljust(width) + flat(text))
    else:
        done = {"pause": "paused", "resume": "resumed", "remove": "removed"}[flags.action]
        print(f"{done}: {automation['id']}")
