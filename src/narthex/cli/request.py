"""`narthex request`: a link by which others upload, into a bucket or a folder of this computer.

For a folder, a server is started that lives as long as the command. stdout gets the bare link; a
person is told on stderr what it takes, until when, and how else to use it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import Configuration, read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.presign import warn_of_session
from narthex.cli.request_links import Look, issue, print_requests
from narthex.cli.request_terms import (
    Asked,
    Signing,
    add_files,
    add_signing,
    read_asked,
    read_signing,
)
from narthex.cli.s3_uri import is_remote, split_uri
from narthex.cli.share_terms import add_end, add_own_server, ask_password, warn_of_clear_text

DEFAULT = "1d"
FOLDER = "received"


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "request",
        "Ask for files: whoever has the link uploads them, and sees nothing else. Into a bucket\n"
        "of your server; or, with no server at all, into a folder of this computer, which serves\n"
        "the link itself until it expires or you press Ctrl-C.",
        (
            "narthex request                                      # files appear in ./received",
            "narthex request ~/inbox --listen 0.0.0.0:8000        # from others on this network",
            "narthex request s3://bucket/inbox/ --max-size 2GiB --max-files 10 --password",
            "narthex request s3://bucket/inbox/ --types .pdf,image/* --to ana@example.org",
            "narthex request s3://bucket/inbox/ --form html > upload.html",
            "narthex request s3://bucket/inbox/ --presign scan.pdf",
            "narthex requests                                     # what is asked for, what came",
        ),
        usage="request [<S3Uri>|<Folder>] [options]",
    )
    add = made.add_argument
    add(
        "where",
        nargs="?",
        default="",
        metavar="TARGET",
        help="s3://BUCKET/PREFIX/; s3://BUCKET/KEY for one file of this name; or a folder here, "
        f"made when absent (default without a server: {FOLDER})",
    )
    add_end(made, DEFAULT)
    add_signing(made)
    add(
        "--qr",
        action=argparse.BooleanOptionalAction,
        help="draw QR codes on stderr (default: on a terminal, for one link)",
    )
    add("--json", action="store_true", help="one JSON object a line: request, link, puts, form")
    add_files(made)
    add_own_server(made)
    return made


def run(words: Sequence[str]) -> int:
    """Ask. Ends at once with a configured server, else when the link expires or on Ctrl-C."""
    if any(word.startswith("--password=") for word in words):  # argparse would repeat it
        raise Failure("--password takes no value: it asks, so that nobody else sees it", USAGE)
    flags = parser().parse_args(words)
    asked = read_asked(flags, datetime.now().astimezone(), DEFAULT)
    signing = read_signing(flags)
    if (signing.form or signing.names) and (flags.password or flags.password_stdin):
        raise Failure("--form, --presign: what is signed cannot ask for a password", USAGE)
    configuration = read_configuration(flags)
    if not flags.where and configuration.endpoint is not None:
        raise Failure(
            "Where to? s3://BUCKET/PREFIX/ of your server, or a folder of this computer", USAGE
        )
    if is_remote(flags.where):
        return _by_server(flags, asked, signing, configuration)
    from narthex.cli.request_here import request_here

    return request_here(flags.where or FOLDER, asked, signing, flags)


def look_of(flags: argparse.Namespace) -> Look:
    """How the flags want links shown."""
    return Look(flags.json, flags.qr)


def _by_server(
    flags: argparse.Namespace, asked: Asked, signing: Signing, configuration: Configuration
) -> int:
    at = split_uri(flags.where)
    if not at.bucket:
        raise Failure(f"`{flags.where}` names no bucket: s3://BUCKET/PREFIX/", USAGE)
    if signing.names and at.key and not at.key.endswith("/"):
        raise Failure(f"--presign names a file below a prefix: {flags.where}/ is one", USAGE)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(configuration)
    password = ask_password(flags)
    if password:
        warn_of_clear_text(configuration.endpoint_url or "", tell)
    warn_of_session(configuration, datetime.now().astimezone(), asked.end.seconds)
    print_requests(issue(ledger, at, asked, password, signing), asked, signing, look_of(flags))
    return DONE
