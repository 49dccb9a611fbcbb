"""`narthex share` without a server: start one for these files, and end it with their links."""

from __future__ import annotations

import argparse
import time
from datetime import datetime

from narthex.cli import own_server
from narthex.cli.arguments import tell
from narthex.cli.failure import DONE
from narthex.cli.justify import Reviewer, can_ask
from narthex.cli.ledger import Ledger
from narthex.cli.own_server import configuration_of
from narthex.cli.serve import Endpoint
from narthex.cli.share import Targets, look_of
from narthex.cli.share_links import issue, print_links
from narthex.cli.share_targets import DEFAULT_BUCKET, store
from narthex.cli.share_terms import Terms, ask_password, is_loopback
from narthex.cli.share_wait import Waiting, tell_pending, waits

LOOK = 1.0  # seconds between looks at the clock and the server: a laptop may sleep in between


def share_here(targets: Targets, terms: Terms, flags: argparse.Namespace) -> int:
    """Serve the files until their links expire, Ctrl-C or SIGTERM; 0 in each case."""
    password = ask_password(flags)
    try:
        with own_server.own_server(flags) as endpoint:
            stored = store(targets, configuration_of(endpoint, endpoint.url), DEFAULT_BUCKET)
            asked = configuration_of(endpoint, own_server.asked_at(endpoint, flags))
            ledger = Ledger(asked)
            reviewer = Reviewer(flags, ledger, asks=can_ask())
            made = issue(ledger, stored, terms, password, reviewer)
            end = print_links(made, stored, terms, look_of(flags), lambda _: "")
            _tell_where(own_server.public_of(endpoint, flags))
            tell_pending(made)
            if (
                waits(flags)
                and (code := Waiting(ledger, reviewer).for_all(made))
                and len(made) == 1
            ):
                return code
            _serve_until(end, endpoint)
            tell("Expired: nothing is shared any more.")
    except KeyboardInterrupt:
        tell("\nStopped: nothing is shared any more.")
    return DONE


def _tell_where(public: str) -> None:
    if is_loopback(public):
        tell("It works on this computer only; --listen 0.0.0.0:0 lets others on your network in.")
    else:
        tell(f"Whoever has it and reaches {public} can download.")
    tell("This command serves it: Ctrl-C ends the sharing.")


def _serve_until(end: datetime, endpoint: Endpoint) -> None:
    while (left := end.timestamp() - time.time()) > 0:
        time.sleep(min(LOOK, left))
        own_server.check_runs(endpoint)
