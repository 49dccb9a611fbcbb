"""`narthex shares`: what is shared, with whom, what is left of it, and who came for it."""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.s3_uri import is_remote, split_uri
from narthex.cli.share_lines import HEAD, LIVE, LOG_HEAD, facts, flat, log_row, row, table

if TYPE_CHECKING:
    from narthex.cli.ledger import Kind, Ledger

ACTIONS = ("list", "show", "log", "confirm")
Documents = Iterable[dict[str, Any]]
Facts = Callable[[dict[str, Any], datetime], Iterable[tuple[str, str]]]


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "shares",
        "List what is shared, the newest first; show one share, or who used it.\n"
        "confirm: say why a share is right that waits for that, or have it reviewed again.",
        (
            "narthex shares",
            "narthex shares --to ana@example.org --all",
            "narthex shares show 0f3c9d2b71a84e56",
            "narthex shares log 0f3c9d2b71a84e56 --json",
            "narthex shares confirm 0f3c9d2b71a84e56 --justify agreed",
        ),
        usage="shares [list | show <Id> | log <Id> | confirm <Id>] [options]",
    )
    add_choice(made, ACTIONS, "shares")
    made.add_argument(
        "--justify", default="", metavar="WHY", help="of confirm: one of the list, or words"
    )
    return made


def run(words: Sequence[str]) -> int:
    """List, show or log."""
    flags = parser().parse_args(words)
    refuse_nonsense("share", flags)
    if flags.justify and flags.action != "confirm":
        raise Failure("--justify goes with narthex shares confirm", USAGE)
    from narthex.cli.ledger import SHARES, open_ledger

    ledger = open_ledger(read_configuration(flags))
    now = datetime.now(UTC)
    if flags.action == "show":
        show(ledger.find(SHARES, flags.id), facts, now, as_json=flags.json)
    elif flags.action == "confirm":
        from narthex.cli.share_wait import confirm

        return confirm(ledger, flags)
    elif flags.action == "log":
        entries = islice(ledger.log(SHARES, flags.id), flags.limit)
        print_found(entries, flags.json, LOG_HEAD, log_row, "Nothing was written down yet.")
    else:
        none = "Nothing is shared." if flags.all else "Nothing is shared; --all lists what ended."
        found = islice(listed(ledger, SHARES, flags), flags.limit)
        print_found(found, flags.json, HEAD, lambda share: row(share, now), none)
    return DONE


def add_choice(made: argparse.ArgumentParser, actions: Sequence[str], verb: str) -> None:
    """What is told, of which: of `shares` and `requests`. verb: what they do with an object."""
    add = made.add_argument
    add("action", nargs="?", default="list", choices=actions, help="what to tell (default: list)")
    add("id", nargs="?", default="", metavar="ID", help="of one, as the list has it")
    add("--all", action="store_true", help="also what has ended: expired, used up, taken back")
    add("--to", metavar="NAME", help="only what is for this recipient")
    add("--key", metavar="S3URI", help=f"only what {verb} s3://BUCKET, or keys beginning with KEY")
    add("--limit", type=int, metavar="N", help="at most so many lines")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")


def refuse_nonsense(name: str, flags: argparse.Namespace) -> None:
    """Raises Failure for options that do not go together. name: "share" or "request"."""
    listing = flags.action == "list"
    if listing and flags.id:
        raise Failure(f"narthex {name}s list takes no id; did you mean show {flags.id}?", USAGE)
    if not listing and not flags.id:
        raise Failure(f"narthex {name}s {flags.action}: which {name}? Name its ID", USAGE)
    if not listing and (flags.all or flags.to is not None or flags.key is not None):
        raise Failure("--all, --to and --key choose what is listed: they go without an ID", USAGE)
    if flags.limit is not None and flags.limit < 1:
        raise Failure("--limit: at least 1", USAGE)
    if flags.key is not None and not (is_remote(flags.key) and split_uri(flags.key).bucket):
        raise Failure(f"--key: `{flags.key}` is not s3://BUCKET or s3://BUCKET/KEY", USAGE)


def listed(ledger: Ledger, kind: Kind, flags: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What the flags choose, the newest first."""
    query: list[tuple[str, str]] = []
    if flags.to is not None:
        query.append(("recipient", flags.to))
    if flags.key is not None:
        bucket, key = split_uri(flags.key)
        query += [("bucket", bucket), *([("key", key)] if key else [])]
    if flags.all:
        return ledger.listed(kind, tuple(query))
    live = (ledger.listed(kind, (*query, ("state", state))) for state in LIVE)
    return heapq.merge(*live, key=lambda found: found["created_at"], reverse=True)


def show(found: dict[str, Any], facts_of: Facts, now: datetime, *, as_json: bool) -> None:
    """Print one share or request, a fact a line."""
    if as_json:
        print(json.dumps(found))
        return
    told = list(facts_of(found, now))
    width = max(len(name) for name, _ in told) + 2
    for name, text in told:
        print(f"{name}:".ljust(width) + flat(text))


def print_found(
    found: Documents, as_json: bool, head: Sequence[str], line_of: Any, none: str
) -> None:
    """Print a table, or a JSON object a line. none: what is told when there is nothing."""
    if as_json:
        for document in found:
            sys.stdout.write(json.dumps(document) + "\n")
        return
    lines = list(map(line_of, found))
    if not lines:
        tell(none)
        return
    sys.stdout.write("\n".join(table(head, lines)) + "\n")
