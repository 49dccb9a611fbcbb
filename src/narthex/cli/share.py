"""`narthex share`: files become expiring links, on a server that is configured or on our own.

Without an endpoint, a server is started for these files only; it lives in a folder of its own and
ends with the link. stdout gets the bare links, one a line; a person is told the rest on stderr.
"""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import Configuration, read_configuration
from narthex.cli.failure import DONE, GENERAL, USAGE, Failure
from narthex.cli.presign import check_lifetime, new_signer, warn_of_session
from narthex.cli.s3_uri import Location
from narthex.cli.sizes import human_size
from narthex.pure.durations import DurationError, read_lifetime, spoken

if TYPE_CHECKING:
    from narthex.cli.client import Client

DEFAULT_BUCKET = "narthex-share"


@dataclass(frozen=True, slots=True)
class Sharing:
    """What is to be shared: paths of files, and for how long the links live."""

    files: tuple[str, ...]
    seconds: int
    qr: bool


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "share",
        "Give files to somebody by links that expire. With no server configured, this computer\n"
        "serves them itself, until the links expire or you press Ctrl-C.",
        (
            "narthex share Prometheus.pptx --expires-in 2h",
            "narthex share holiday.mp4 --listen 0.0.0.0:8000      # to others on this network",
            "narthex share plan.pdf --endpoint-url https://files.example.org",
        ),
        usage="share <File>... [options]",
    )
    add = made.add_argument
    add("files", nargs="+", metavar="FILE", help="what to share")
    add(
        "--expires-in",
        default="1h",
        metavar="TIME",
        help="90s, 15m, 2h, 7d, seconds, or an end such as 2026-12-24T18:00 (default: 1h)",
    )
    add("--no-qr", dest="qr", action="store_false", help="draw no QR code")
    own = made.add_argument_group("when this computer serves")
    own.add_argument(
        "--listen",
        default="127.0.0.1:0",
        metavar="HOST:PORT",
        help="0.0.0.0:PORT lets others on the network in; port 0 takes a free one",
    )
    own.add_argument("--public-url", default="", metavar="URL", help="how others reach it")
    own.add_argument("--data", default="", metavar="DIR", help="folder for the copy that is served")
    other = made.add_argument_group("when a server is configured")
    other.add_argument(
        "--bucket", default="", metavar="NAME", help=f"where to (default: {DEFAULT_BUCKET})"
    )
    return made


def run(words: Sequence[str]) -> int:
    """Share. Ends at once with a configured server, else when the links expire or on Ctrl-C."""
    flags = parser().parse_args(words)
    try:
        seconds = read_lifetime(flags.expires_in, datetime.now().astimezone())
    except DurationError as error:
        raise Failure(f"--expires-in: {error}", USAGE) from error
    check_lifetime(seconds)
    for path in flags.files:
        _check_file(path)
    sharing = Sharing(tuple(flags.files), seconds, flags.qr)
    configuration = read_configuration(flags)
    if configuration.endpoint or flags.bucket:
        return _by_server(sharing, configuration, flags)
    from narthex.cli.share_here import share_here

    return share_here(sharing, flags)


def _check_file(path: str) -> None:
    if not os.path.exists(path):
        raise Failure(f"The user-provided path {path} does not exist.", GENERAL)
    if os.path.isdir(path):
        raise Failure(
            f"{path} is a folder, and a link leads to one file: pack it first, for example with\n"
            f"  tar czf {os.path.basename(os.path.abspath(path))}.tgz {path}",
            USAGE,
        )
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise Failure(f"{path} is not a file that can be read", GENERAL)


def _by_server(sharing: Sharing, configuration: Configuration, flags: argparse.Namespace) -> int:
    bucket = flags.bucket or DEFAULT_BUCKET
    warn_of_session(configuration, datetime.now().astimezone(), sharing.seconds)
    locations = store_files(sharing, configuration, bucket, given=bool(flags.bucket))
    print_links(sharing, configuration, locations)
    for location in locations:
        tell(f"To end it sooner: narthex rm '{location}'")
    return DONE


def store_files(
    sharing: Sharing, configuration: Configuration, bucket: str, *, given: bool = False
) -> tuple[Location, ...]:
    """Upload the files, with a progress bar, each below a random folder of the bucket.

    The bucket is made when it is not there; given: it was named, so it may be one that we cannot
    make. Raises Failure.
    """
    from narthex.cli.client import Client
    from narthex.cli.storing import store

    client = Client(configuration)
    _ensure_bucket(client, bucket, configuration.signing_region, given=given)
    pairs = [(path, Location(bucket, f"{_folder()}/{_name(path)}")) for path in sharing.files]
    store(pairs, configuration, client)
    return tuple(location for _, location in pairs)


def _ensure_bucket(client: Client, bucket: str, region: str, *, given: bool) -> None:
    """Made before it is used: a bucket of our usual name could belong to somebody else."""
    from narthex.cli import calls
    from narthex.cli.failure import ServiceError

    try:
        calls.create_bucket(client, bucket, region)
    except ServiceError as error:
        ours = error.code == "BucketAlreadyOwnedByYou"
        if not ours and not (given and error.code in ("AccessDenied", "BucketAlreadyExists")):
            raise


def _folder() -> str:
    """Eight letters: the same name shared again is another object."""
    return secrets.token_hex(4)


def _name(path: str) -> str:
    name = os.path.basename(path)
    return os.fsencode(name).decode(errors="replace")


def print_links(
    sharing: Sharing, configuration: Configuration, locations: Sequence[Location]
) -> datetime:
    """Print the links, and tell what they are and when they end, which is returned."""
    signer = new_signer(configuration)
    urls = [signer.url("GET", *location, expires_in=sharing.seconds) for location in locations]
    end = datetime.now().astimezone() + timedelta(seconds=sharing.seconds)
    for path in sharing.files:
        tell(f"{os.path.basename(path)}, {human_size(os.stat(path).st_size)}")
    what = "The link works" if len(urls) == 1 else "The links work"
    tell(f"{what} until {end:%a %d %b %Y %H:%M:%S %Z} (for {spoken(sharing.seconds)}).")
    for url in urls:
        print(url, flush=True)
        if sharing.qr:
            from narthex.cli.qr import draw

            draw(url)
    return end
