"""`narthex extend`: more time or uses for shares and requests, or less; a raw link anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.share_lines import flat, local, what
from narthex.cli.share_terms import add_end, count_of, end_of


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "extend",
        "Change when a share or a request ends, counted from now, or how often it may be used.\n"
        "Its links stay the same; a raw link that has run out is printed anew by --raw.",
        (
            "narthex extend 0f3c9d2b71a84e56 --expires-in 3d",
            "narthex extend 0f3c9d2b71a84e56 --max-downloads 10",
            "narthex extend 0f3c9d2b71a84e56 --raw",
            "narthex extend 5b1f2ad90c3e4f67 --max-files 20       # of a request",
        ),
        usage="extend <Id>... --expires-in <Time> [options]",
    )
    add = made.add_argument
    add("ids", nargs="+", metavar="ID", help="as `narthex shares` and `requests` list it")
    add_end(made)
    add("--max-downloads", metavar="N", help="how many downloads in all, those before included")
    add("--max-files", metavar="N", help="how many files in all, of a request")
    add("--raw", action="store_true", help="print a pre-signed URL of it on stdout")
    add("--justify", default="", metavar="WHY", help="why, if a review has to be told")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """Change the shares, one after the other."""
    flags = parser().parse_args(words)
    fields: dict[str, Any] = {}
    if flags.expires_in or flags.expires_at:
        fields |= end_of(flags, datetime.now().astimezone()).fields
    for name in ("max_downloads", "max_files"):
        if getattr(flags, name) is not None:
            fields[name] = count_of(f"--{name.replace('_', '-')}", getattr(flags, name))
    if flags.raw:
        fields["raw"] = True
    if not fields:
        raise Failure(
            "Say what to change: --expires-in, --expires-at, --max-downloads, --max-files, --raw",
            USAGE,
        )
    if flags.justify and flags.max_files is None:
        fields["justification"] = flags.justify
    if flags.max_files is not None and (flags.raw or flags.max_downloads is not None):
        raise Failure("--max-files is of requests, --max-downloads and --raw of shares", USAGE)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    for identity in flags.ids:
        answer = ledger.change(identity, fields)
        if flags.json:
            print(json.dumps(answer), flush=True)
            continue
        share = answer.get("share") or answer["request"]
        line = flat(f"extended: {share['id']} {what(share)} until {local(share['expires_at'])}")
        if flags.raw:
            tell(line)
            print(answer["raw"], flush=True)
            tell(f"This link works until {local(answer['raw_expires_at'])}.")
        else:
            print(line, flush=True)
    return DONE
