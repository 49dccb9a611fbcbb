"""`narthex request` without a server: start one, and put what comes into a folder of this computer.

This file never puts a file there before it has come as a whole.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from pathlib import Path

from narthex.cli import calls, own_server
from narthex.cli.arguments import tell
from narthex.cli.client import Client
from narthex.cli.failure import DONE, GENERAL, USAGE, Failure
from narthex.cli.ledger import REQUESTS, Ledger
from narthex.cli.own_server import configuration_of
from narthex.cli.receiving import receive
from narthex.cli.request import look_of
from narthex.cli.request_links import Made, issue, print_requests
from narthex.cli.request_terms import Asked, Signing
from narthex.cli.s3_uri import Location
from narthex.cli.serve import Endpoint
from narthex.cli.share_lines import LIVE, flat
from narthex.cli.share_terms import ask_password, is_loopback
from narthex.cli.sizes import human_size

LOOK = 1.0  # seconds between looks for what came
BUCKET = "received"


def request_here(where: str, asked: Asked, signing: Signing, flags: argparse.Namespace) -> int:
    """Receive until the link expires or is used up, Ctrl-C or SIGTERM; 0 in each case."""
    folder = Path(where)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise Failure(f"{where} is no folder", USAGE) from error
    password = ask_password(flags)
    with own_server.own_server(flags) as endpoint:
        client = Client(configuration_of(endpoint, endpoint.url))
        calls.create_bucket(client, BUCKET, "us-east-1")
        ledger = Ledger(configuration_of(endpoint, own_server.asked_at(endpoint, flags)))
        made = issue(ledger, Location(BUCKET, ""), asked, password, signing)
        end = print_requests(made, asked, signing, look_of(flags), str(folder))
        inbox = Inbox(client, ledger, folder, made)
        try:
            _tell_where(own_server.public_of(endpoint, flags), folder)
            inbox.fill_until(end, endpoint)
            inbox.close()
            tell("It is over: nothing is received any more.")
        except KeyboardInterrupt:
            inbox.close()  # what has come as a whole is not lost
            tell("\nStopped: nothing is received any more.")
    return DONE


class Inbox:
    """A folder that fills."""

    def __init__(self, client: Client, ledger: Ledger, folder: Path, made: list[Made]) -> None:
        self._client = client
        self._ledger = ledger
        self._folder = folder
        self._made = made
        self._stuck: set[str] = set()

    def fill(self) -> int:
        """Put there what has come; how many files. What cannot be written is tried again later."""
        count = 0
        for key, path in receive(self._client, BUCKET, self._folder):
            if path is not None:
                tell(f"received: {flat(str(path))}, {human_size(path.stat().st_size)}")
                self._stuck.discard(key)
                count += 1
            elif key not in self._stuck:
                tell(f"cannot be written into {self._folder} yet: {flat(key)}")
                self._stuck.add(key)
        return count

    def close(self) -> None:
        """The last look. Raises Failure when something that came is lost."""
        self.fill()
        if self._stuck:
            raise Failure(f"{len(self._stuck)} files could not be written and are lost", GENERAL)

    def fill_until(self, end: datetime, endpoint: Endpoint) -> None:
        """Until the end, or until nothing more can come."""
        came = 0
        while (left := end.timestamp() - time.time()) > 0:
            time.sleep(min(LOOK, left))
            own_server.check_runs(endpoint)
            came += self.fill()
            if came and not self._stuck and not any(map(self._is_open, self._made)):
                return

    def _is_open(self, one: Made) -> bool:
        """Whether more may come, or is on its way: a file counts from its first byte on."""
        identity = one.request["id"]
        found = self._ledger.find(REQUESTS, identity)
        if found["state"] in LIVE:
            return True
        came = sum(
            entry["times"]
            for entry in self._ledger.log(REQUESTS, identity)
            if (entry["event"], entry["outcome"]) == ("used", "completed")
        )
        return bool(found["files"] > came)


def _tell_where(public: str, folder: Path) -> None:
    if is_loopback(public):
        tell("It works on this computer only; --listen 0.0.0.0:0 lets others on your network in.")
    else:
        tell(f"Whoever has it and reaches {public} can upload.")
    tell(f"What comes appears in {flat(str(folder))}. Ctrl-C ends it.")
