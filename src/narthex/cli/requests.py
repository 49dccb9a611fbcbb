"""`narthex requests`: what is asked for, what came of it, and links signed for it anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

from narthex.cli import arguments
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.request_lines import HEAD, facts, row
from narthex.cli.request_links import print_signed
from narthex.cli.request_terms import add_signing, read_signing
from narthex.cli.share_lines import LOG_HEAD, log_row
from narthex.cli.shares import add_choice, listed, print_found, refuse_nonsense, show

ACTIONS = ("list", "show", "log", "sign")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "requests",
        "List what is asked for, the newest first; show one request, what came by it, or sign for\n"
        "it anew. `revoke` and `extend` take its ID, too.",
        (
            "narthex requests",
            "narthex requests log 0f3c9d2b71a84e56",
            "narthex requests sign 0f3c9d2b71a84e56 --form curl",
            "narthex requests sign 0f3c9d2b71a84e56 --presign scan.pdf",
        ),
        usage="requests [list | show <Id> | log <Id> | sign <Id>] [options]",
    )
    add_choice(made, ACTIONS, "asks for files in")
    add_signing(made)
    return made


def run(words: Sequence[str]) -> int:
    """List, show, log or sign."""
    flags = parser().parse_args(words)
    refuse_nonsense("request", flags)
    signing = read_signing(flags)
    if flags.action != "sign" and (signing.form or signing.names):
        raise Failure("--form, --presign: narthex requests sign ID makes them", USAGE)
    from narthex.cli.ledger import REQUESTS, open_ledger

    ledger = open_ledger(read_configuration(flags))
    now = datetime.now(UTC)
    if flags.action == "show":
        show(ledger.find(REQUESTS, flags.id), facts, now, as_json=flags.json)
    elif flags.action == "log":
        entries = islice(ledger.log(REQUESTS, flags.id), flags.limit)
        print_found(entries, flags.json, LOG_HEAD, log_row, "Nothing was written down yet.")
    elif flags.action == "sign":
        signed = ledger.sign(flags.id, signing.names, form=not signing.names)
        if flags.json:
            print(json.dumps(signed))
        else:
            print_signed(signed, signing)
    else:
        none = "Nothing is asked for" + ("." if flags.all else "; --all lists what ended.")
        found = islice(listed(ledger, REQUESTS, flags), flags.limit)
        print_found(found, flags.json, HEAD, lambda request: row(request, now), none)
    return DONE
