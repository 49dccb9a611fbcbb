"""`narthex decisions`: what was decided, why, and what became of it."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.model import decisions
from narthex.cli.moments import read_moment

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

ACTIONS = ("list", "show", "export", "stats")
HEAD = ("ID", "WHEN", "DECISION", "RISK", "WHAT", "OWNER", "OUTCOME")
FIRED = ("KIND NAME FIRED CONFIRM REFUSE JUSTIFIED OVERRIDDEN ABANDONED DISPUTED AGREED").split()
COLUMNS = (
    "id at asker kind place object decision enforced mode risk data heuristics coverage door owner"
    " gates facts rules principles model justification typed approval outcome share settled_at"
    " due_at escalated_at disputed"
).split()


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "decisions",
        "What was decided: yours, those that you may answer, as a root those of the account.\n"
        "export: all of them, for a spreadsheet or a log. stats: how often each gate, fact, rule\n"
        "and principle fired, and what became of it.",
        (
            "narthex decisions",
            "narthex decisions list --waiting",
            "narthex decisions show 0006472f0d1c8a00a1b2c3d4e5f60718",
            "narthex decisions export --since 90d --format csv > decisions.csv",
            "narthex decisions stats --since 30d",
        ),
        usage="decisions [list | show <Id> | export | stats] [options]",
    )
    add = made.add_argument
    add("action", nargs="?", default="list", choices=ACTIONS, help="what to tell (default: list)")
    add("id", nargs="?", default="", metavar="ID", help="the decision, as it is listed")
    add("--decision", choices=("proceed", "confirm", "refuse"), help="only these")
    add("--outcome", choices=("open", "proceeded", "abandoned"), help="only these")
    add("--waiting", action="store_true", help="only what is refused and waits for its owner")
    add(
        "--disputed",
        nargs="?",
        const="any",
        choices=("any", "open", "agreed", "disagreed"),
        help="only what somebody says is wrong; and what its owner said to that",
    )
    add("--place", metavar="PLACE", help="only at BUCKET, or at what begins with BUCKET/BEGINNING")
    add("--fired", metavar="NAME", help="only where this gate, fact, rule or principle fired")
    add("--model", metavar="DIGEST", help="only by this model")
    add("--since", metavar="TIME", help="so long ago at most (30d), or since then")
    add("--limit", type=int, metavar="N", help="at most so many")
    add("--format", choices=("jsonl", "csv"), default="jsonl", help="of export (default: jsonl)")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """List, show, export or count."""
    flags = parser().parse_args(words)
    _refuse_nonsense(flags)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.action == "show":
        _show(ledger, flags)
    elif flags.action == "stats":
        _stats(ledger, flags)
    else:
        found = islice(decisions(ledger, _query(flags)), flags.limit)
        if flags.action == "export" and flags.format == "csv":
            _write_csv(found)
        elif flags.action == "export" or flags.json:
            for one in found:
                sys.stdout.write(json.dumps(one) + "\n")
        else:
            _print(found)
    return DONE


def _refuse_nonsense(flags: argparse.Namespace) -> None:
    if (flags.action == "show") != bool(flags.id):
        raise Failure("narthex decisions show needs an ID, and only show takes one", USAGE)
    if flags.id and not (flags.id.isascii() and flags.id.isalnum()):
        raise Failure(f"`{flags.id}` is no id of a decision", USAGE)
    if flags.limit is not None and flags.limit < 1:
        raise Failure("--limit: at least 1", USAGE)


def _query(flags: argparse.Namespace) -> list[tuple[str, str]]:
    names = ("decision", "outcome", "place", "fired", "model", "disputed")
    query = [(name, getattr(flags, name)) for name in names if getattr(flags, name) is not None]
    query += (
        [("since", read_moment("--since", flags.since, datetime.now().astimezone()))]
        if flags.since
        else []
    )
    return query + ([("waiting", "true")] if flags.waiting else [])


def _print(found: Iterable[Mapping[str, Any]]) -> None:
    from narthex.cli.share_lines import flat, local, table

    rows = [
        tuple(
            map(
                flat,
                (
                    one["id"],
                    local(one["at"]),
                    one["decision"],
                    f"{one['risk']:g}",
                    one["place"] or one["kind"],
                    one["owner"],
                    outcome(one),
                ),
            )
        )
        for one in found
    ]
    if rows:
        print("\n".join(table(HEAD, rows)))
    else:
        tell("Nothing was decided.")


def outcome(one: Mapping[str, Any]) -> str:
    """What became of a decision, and what is said of it, in a few words."""
    words = [one["outcome"]]
    words += ["overridden"] if one["approval"] else []
    words += ["overdue"] if one["overdue"] else []
    states = {said["state"] for said in one["disputes"]}
    words += [f"disputed ({state})" for state in ("open", "agreed", "disagreed") if state in states]
    return ", ".join(words)


def _show(ledger: Ledger, flags: argparse.Namespace) -> None:
    from narthex.cli.share_lines import flat
    from narthex.cli.verdict_lines import verdict_lines

    told = ledger.call("GetDecision", "GET", f"/decisions/{flags.id}")["decision"]
    if flags.json:
        print(json.dumps(told))
        return
    print("\n".join(verdict_lines(told["verdict"], told["situation"]["title"] or told["place"])))
    names = ("asker", "at", "outcome", "justification", "typed", "share", "due_at", "escalated_at")
    for name in names:
        if told[name]:
            print(flat(f"  {name.removesuffix('_at').ljust(12)}{told[name]}"))
    if (given := told["approval"]) is not None:
        print(flat(f"  approved by {given['approver']} until {given['until']}: {given['reason']}"))
    for said in told["disputes"]:
        what, note = said["reason_id"] or "all of it", said["note"]
        words = f": {note}" if note else ""
        print(flat(f"  disputed by {said['disputer']}, {what}{words}"))
        if said["answered_by"]:
            reason = f": {said['answer']}" if said["answer"] else ""
            print(flat(f"    {said['state']}, by {said['answered_by']}{reason}"))


def _stats(ledger: Ledger, flags: argparse.Namespace) -> None:
    from narthex.cli.share_lines import flat, table

    told = ledger.call("ListDecisions", "GET", "/statistics/decisions", query=_query(flags))
    if flags.json:
        print(json.dumps(told))
        return
    print(", ".join(f"{count} {name}" for name, count in told["decisions"].items()))
    print(", ".join(f"{count} {name}" for name, count in told["outcomes"].items()))
    rows = [tuple(flat(str(one[name.lower()])) for name in FIRED) for one in told["fired"]]
    if rows:
        print("\n" + "\n".join(table(FIRED, rows)))


def _write_csv(found: Iterable[Mapping[str, Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        disputed = [said["state"] for said in one["disputes"]]
        told = {**one["verdict"], **one, "facts": one["verdict"]["facts"], "disputed": disputed}
        writer.writerow([cell(told[name]) for name in COLUMNS])


def cell(value: Any) -> str:
    """A value for a spreadsheet, which takes none of it for a formula."""
    if value is None:
        return ""
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
