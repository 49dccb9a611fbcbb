"""`narthex audit`: what was done with shares, requests and links, by whom, and who changed what.

This file never holds more than a page of the log: it can be longer than any memory.
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
from narthex.cli.audit_lines import csv_head, csv_line, line_of
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, FAILED, USAGE, Failure
from narthex.cli.moments import read_moment, utc
from narthex.cli.s3_uri import is_remote, split_uri
from narthex.cli.share_lines import flat

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

EVENTS = ("issued", "reviewed", "changed", "revoked", "used", "refused")  # others are IAM actions
# What --sealed and verify take none of: a seal covers all that was written.
FILTERS = (
    "share", "principal", "bucket", "key", "action", "resource", "outcome", "address", "since",
    "until", "limit", "follow", "export",
)  # fmt: skip
FORMATS = ("jsonl", "csv")
PAUSE = 1.0  # seconds between two looks for what is new
LATE = timedelta(seconds=30)  # an entry may be written so long after its time
MOST_KNOWN = 20_000  # ids that are remembered, so that none of that time is told twice

Entries = Iterator[dict[str, Any]]


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "audit",
        "What was done with what you share and ask for, and acts of administration, the oldest\n"
        "first; all of the account with its root's key. The log is only ever added to, and pruned\n"
        "when it is older than the server's `audit_days`.\n"
        "verify: hold all of the account's log, or an export of it, against its seals. Exit code\n"
        "1: something was changed, removed, added or reordered.",
        (
            "narthex audit --since 1d",
            "narthex audit --follow",
            "narthex audit --action refused --address 192.0.2.7",
            "narthex audit --key s3://bucket/reports/ --since 2026-11-01 --export csv > audit.csv",
            "narthex audit --principal user/ana --json",
            "narthex audit --action 'iam:*' --since 7d",
            "narthex audit --resource 'arn:aws:s3:::bucketofbigsecrets*'",
            "narthex audit --sealed > log.jsonl",
            "narthex audit verify log.jsonl --public-key HEX",
        ),
        usage="audit [options] | audit verify [<File>] [options]",
    )
    add = made.add_argument
    add("what", nargs="?", choices=("verify",), metavar="verify", help="hold the log to its seals")
    add("file", nargs="?", metavar="FILE", help="verify: an export by --sealed, not the server's")
    add("--share", metavar="ID", help="only of this share or request")
    add(
        "--principal",
        "--by",
        metavar="WHO",
        help="only what this one did: root, user/NAME or an ARN",
    )
    add("--bucket", metavar="NAME", help="only of what is in this bucket")
    add("--key", metavar="S3URI", help="only of s3://BUCKET, or of keys beginning with KEY")
    add(
        "--action",
        metavar="WHAT",
        help="only this kind of entry: issued, changed, revoked, used, refused; or an IAM action,"
        " such as iam:CreateUser or 'iam:*'",
    )
    add("--resource", metavar="ARN", help="only acts on this; a * at the end: all below")
    add("--outcome", metavar="WORD", help="only uses that ended so, or refusals for this reason")
    add("--address", metavar="IP", help="only from this address")
    add("--since", metavar="TIME", help="from then on: a time, or so long ago: 90m, 7d")
    add("--until", metavar="TIME", help="before then")
    add("--limit", type=int, metavar="N", help="at most so many entries")
    add("--follow", "-f", action="store_true", help="go on with what comes, until Ctrl-C")
    add("--export", choices=FORMATS, help="jsonl: one JSON object a line; csv: for a spreadsheet")
    add("--json", action="store_true", help="the same as --export jsonl")
    add("--sealed", action="store_true", help="all of the account's log with its seals, as JSON")
    add("--public-key", metavar="HEX", help="verify: it is to be signed with this key")
    add("--expect", metavar="N:LINK", help="verify: seal N is the one that was told before")
    return made


def run(words: Sequence[str]) -> int:
    """Print the entries."""
    flags = parser().parse_args(words)
    if flags.what == "verify" or flags.sealed:
        return _sealed(flags)
    if flags.public_key or flags.expect:
        raise Failure("--public-key and --expect are for `narthex audit verify`", USAGE)
    now = datetime.now().astimezone()
    query = _query(flags, now)
    if flags.limit is not None and flags.limit < 1:
        raise Failure("--limit: at least 1", USAGE)
    if flags.json and flags.export == "csv":
        raise Failure("--json is --export jsonl: take one", USAGE)
    if flags.follow and flags.until:
        raise Failure("--follow goes on, --until ends: take one", USAGE)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    entries = followed(ledger, query) if flags.follow else ledger.audit(query)
    at_once = flags.follow or sys.stdout.isatty()
    _print(entries, "jsonl" if flags.json else flags.export or "", flags.limit, at_once=at_once)
    return DONE


def _sealed(flags: argparse.Namespace) -> int:
    """The log with its seals: all of it, or whether it is whole."""
    chosen = [name for name in FILTERS if getattr(flags, name)]
    if chosen or (flags.sealed and flags.what):
        raise Failure("Seals cover the whole log: take no filter with them", USAGE)
    from narthex.cli import audit_seals
    from narthex.cli.ledger import open_ledger

    if flags.file is not None:
        lines = audit_seals.read_export(flags.file)
    else:
        lines = audit_seals.records(open_ledger(read_configuration(flags)).sealed_audit())
    if flags.sealed:
        for line in lines:
            sys.stdout.write(json.dumps(line) + "\n")
        return DONE
    expected = audit_seals.read_expected(flags.expect)
    held = audit_seals.hold(lines, flags.public_key or "", expected)
    told = [json.dumps(audit_seals.as_json(held))] if flags.json else audit_seals.report(held)
    print("\n".join(map(flat, told)))
    return FAILED if held.faults else DONE


def _print(entries: Entries, export: str, limit: int | None, *, at_once: bool) -> None:
    write, line = sys.stdout.write, _line_of(export)
    if export == "csv":
        write(csv_head())
    for number, entry in enumerate(entries, 1):
        write(line(entry))
        if at_once:
            sys.stdout.flush()
        if number == limit:
            return


def _line_of(export: str) -> Callable[[dict[str, Any]], str]:
    if export == "csv":
        return csv_line
    if export == "jsonl":
        return lambda entry: json.dumps(entry) + "\n"
    return lambda entry: line_of(entry) + "\n"


def followed(
    ledger: Ledger,
    query: tuple[tuple[str, str], ...],
    pause: Callable[[float], object] = time.sleep,
) -> Entries:
    """All entries, and then those that come. What is written late is told late, and once.

    Times are the server's, so that two clocks need not agree.
    """
    known: OrderedDict[str, None] = OrderedDict()
    others = tuple(pair for pair in query if pair[0] != "since")
    asked = query
    while True:
        for entry in ledger.audit(asked):
            if entry["id"] in known:
                continue
            known[entry["id"]] = None
            if len(known) > MOST_KNOWN:
                known.popitem(last=False)
            yield entry
            last = datetime.fromisoformat(entry["at"])
            asked = (*others, ("since", utc(last - LATE)))
        pause(PAUSE)


def _query(flags: argparse.Namespace, now: datetime) -> tuple[tuple[str, str], ...]:
    """The parameters of the API. Raises Failure."""
    named = (
        ("share", flags.share),
        ("actor", flags.principal),
        ("event", flags.action),
        ("resource", flags.resource),
        ("outcome", flags.outcome),
        ("address", flags.address),
        ("bucket", flags.bucket),
    )
    query = [(name, value) for name, value in named if value is not None]
    if flags.action is not None and flags.action not in EVENTS and ":" not in flags.action:
        told = f"--action: one of {', '.join(EVENTS)}; or an IAM action, such as iam:CreateUser"
        raise Failure(told, USAGE)
    if any(not value for _, value in query):
        raise Failure("An option is empty: leave it away to be told all", USAGE)
    if flags.key is not None:
        if flags.bucket or not (is_remote(flags.key) and split_uri(flags.key).bucket):
            raise Failure("--key: s3://BUCKET or s3://BUCKET/KEY, and no --bucket", USAGE)
        bucket, key = split_uri(flags.key)
        query += [("bucket", bucket), *([("key", key)] if key else [])]
    for name in ("since", "until"):
        text = getattr(flags, name)
        if text is not None:
            query.append((name, read_moment(f"--{name}", text, now)))
    return tuple(query)
