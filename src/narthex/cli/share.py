"""`narthex share`: files and objects become expiring links, by a configured server or our own.

Without an endpoint, a server is started for these files only; it lives in a folder of its own and
ends with the link. stdout gets the bare links, one a line; a person is told the rest on stderr.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import Configuration, read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.justify import Reviewer, add_review, can_ask
from narthex.cli.notify_terms import add_notify, secret_line
from narthex.cli.presign import check_lifetime, warn_of_session
from narthex.cli.s3_uri import Location
from narthex.cli.share_lines import local
from narthex.cli.share_links import Look, Made, issue, presign, print_links
from narthex.cli.share_targets import (
    DEFAULT_BUCKET,
    is_many,
    read_targets,
    refuse_folders,
    remove,
    store,
)
from narthex.cli.share_terms import (
    Terms,
    add_end,
    add_own_server,
    add_terms,
    ask_password,
    read_terms,
    refuse_without_ledger,
    warn_of_clear_text,
)
from narthex.cli.share_wait import Waiting, add_wait, tell_pending, waits

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

DEFAULT = "1h"
Targets = Sequence[Location | str]


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "share",
        "Give files to somebody by links that expire, and that you can take back. With no server\n"
        "configured, this computer serves them itself, until they expire or you press Ctrl-C.",
        (
            "narthex share Prometheus.pptx --expires-in 2h",
            "narthex share holiday.mp4 --listen 0.0.0.0:8000      # to others on this network",
            "narthex share s3://bucket/plan.pdf --once --password",
            "narthex share s3://bucket/photos/ --to ana@example.org --to ben@example.org",
            "narthex shares                                       # who has what, and who came",
        ),
        usage="share <File-or-S3Uri>... [options]",
    )
    add = made.add_argument
    add(
        "paths",
        nargs="*",
        metavar="TARGET",
        help="a file or folder, which is uploaded first; s3://BUCKET/KEY; s3://BUCKET/PREFIX/",
    )
    add_end(made, DEFAULT)
    add("--filename", metavar="NAME", help="what the download is called")
    add("--version-id", metavar="ID", help="this version of the object and no other")
    add("--pin", action="store_true", help="the object as it is now: ends when it is replaced")
    add("--raw", action="store_true", help="print the pre-signed URL itself, for S3 clients")
    add(
        "--qr",
        action=argparse.BooleanOptionalAction,
        help="draw QR codes on stderr (default: on a terminal, for one link)",
    )
    add("--json", action="store_true", help="one JSON object a line: link, raw link, share")
    add("--stdin0", action="store_true", help="read TARGETs, or keys, each ended by a NUL byte")
    add_terms(made)
    add_notify(made)
    add_review(made)
    add_wait(made)
    add_own_server(made)
    other = made.add_argument_group("when a server is configured")
    other.add_argument(
        "--bucket", default="", metavar="NAME", help=f"where to (default: {DEFAULT_BUCKET})"
    )
    return made


def run(words: Sequence[str]) -> int:
    """Share. Ends at once with a configured server, else when the links expire or on Ctrl-C."""
    if any(word.startswith("--password=") for word in words):  # argparse would repeat it
        raise Failure("--password takes no value: it asks, so that nobody else sees it", USAGE)
    flags = parser().parse_args(words)
    terms = read_terms(flags, datetime.now().astimezone(), DEFAULT)
    targets = read_targets(flags)
    if flags.raw:
        refuse_folders(targets)
    if flags.filename and (len(targets) > 1 or is_many(targets[0])):
        raise Failure("--filename is for one file", USAGE)
    _refuse_unpinnable(targets, flags)
    configuration = read_configuration(flags)
    remote = any(isinstance(target, Location) for target in targets)
    if configuration.endpoint or flags.bucket or remote:
        return _by_server(targets, terms, configuration, flags)
    from narthex.cli.share_here import share_here

    return share_here(targets, terms, flags)


def _refuse_unpinnable(targets: Targets, flags: argparse.Namespace) -> None:
    """A version is of one object; what an object is now can be said of objects only."""
    stored = [one for one in targets if isinstance(one, Location)]
    if flags.version_id is not None and (len(targets) > 1 or not stored or is_many(stored[0])):
        raise Failure("--version-id belongs to one object: s3://BUCKET/KEY", USAGE)
    if flags.pin and (len(stored) < len(targets) or any(map(is_many, stored))):
        raise Failure("--pin is for objects: s3://BUCKET/KEY", USAGE)


def _by_server(
    targets: Targets, terms: Terms, configuration: Configuration, flags: argparse.Namespace
) -> int:
    if configuration.endpoint is not None:
        from narthex.cli.ledger import Ledger

        ledger = Ledger(configuration)
        if ledger.is_there():
            return _by_ledger(ledger, targets, terms, configuration, flags)
    return _by_signature(targets, terms, configuration, flags)


def _by_ledger(
    ledger: Ledger,
    targets: Targets,
    terms: Terms,
    configuration: Configuration,
    flags: argparse.Namespace,
) -> int:
    password = ask_password(flags)
    if password:
        warn_of_clear_text(configuration.endpoint_url or "", tell)
    warn_of_session(configuration, datetime.now().astimezone(), terms.end.seconds)
    bucket = flags.bucket or DEFAULT_BUCKET
    stored = store(targets, configuration, bucket, given=bool(flags.bucket))
    try:
        reviewer = Reviewer(flags, ledger, asks=can_ask() and not flags.stdin0)
        made = issue(ledger, stored, terms, password, reviewer)
    except Failure:  # what was uploaded for a share that there is not
        remove(stored, configuration)
        raise
    print_links(made, stored, terms, look_of(flags), _how_to_take_back)
    tell_pending(made)
    return _wait(made, ledger, reviewer) if waits(flags) else DONE


def _wait(made: Sequence[Made], ledger: Ledger, reviewer: Reviewer) -> int:
    try:
        return Waiting(ledger, reviewer).for_all(made)
    except KeyboardInterrupt:
        tell("\nNot waited for: it opens by itself.")
        return DONE


def look_of(flags: argparse.Namespace) -> Look:
    """How the flags want links shown."""
    return Look(flags.raw, flags.json, flags.qr)


def _how_to_take_back(made: Made) -> str:
    share = made.share or {}
    text = f"To take it back: narthex revoke {share['id']}"
    raw_ends = made.document.get("raw_expires_at")
    if raw_ends and share.get("expires_at") and raw_ends < share["expires_at"]:
        text += (
            f"\nA signature lives for a week at most, so this URL ends at {local(raw_ends)}; "
            f"narthex extend {share['id']} --raw prints another."
        )
    secret = secret_line(made.document)
    return f"{text}\n{secret}" if secret else text


def _by_signature(
    targets: Targets, terms: Terms, configuration: Configuration, flags: argparse.Namespace
) -> int:
    server = configuration.endpoint_url or "AWS"
    refuse_without_ledger(terms, server)
    refuse_folders(targets)
    check_lifetime(terms.end.seconds)
    warn_of_session(configuration, datetime.now().astimezone(), terms.end.seconds)
    bucket = flags.bucket or DEFAULT_BUCKET
    stored = store(targets, configuration, bucket, given=bool(flags.bucket))
    made = presign(configuration, stored, terms)
    print_links(made, stored, terms, look_of(flags), _how_to_end)
    tell(f"{server} is no narthex server: such a link cannot be taken back.")
    return DONE


def _how_to_end(made: Made) -> str:
    """An upload of ours can be removed; what was there before is not ours to remove."""
    return f"To end it sooner: narthex rm '{made.target.at}'" if made.target.path else ""
