"""`narthex presign`: print links that work until they expire; signed here, without the network.

One bare URL a line on stdout; everything else is told on stderr. The network is used only where
--recursive or --check ask for it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import Configuration, read_configuration
from narthex.cli.failure import DONE, FAILED, USAGE, Failure
from narthex.cli.s3_uri import Location, split_object, split_uri
from narthex.pure.durations import DAY, DurationError, read_lifetime, spoken

if TYPE_CHECKING:
    from narthex.presigner import Presigner

MOST_SECONDS = 7 * DAY  # SigV4's own limit; servers refuse more
DEFAULT_SECONDS = "3600"
METHODS = ("GET", "PUT", "HEAD", "DELETE")
Pairs = tuple[tuple[str, str], ...]


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "presign",
        "Print a link that lets whoever has it fetch (or store, or delete) one object until it "
        "expires.",
        (
            "narthex presign s3://bucket/report.pdf",
            "narthex presign s3://bucket/report.pdf --expires-in 2h --filename 'Report 2026.pdf'",
            "narthex presign s3://bucket/inbox/scan.pdf --method PUT",
            "narthex presign s3://bucket/photos/ --recursive --json",
            "find . -type f -print0 | narthex presign s3://bucket/ --stdin0",
        ),
        usage="presign <S3Uri> [options]",
    )
    add = made.add_argument
    add("path", nargs="?", metavar="S3URI", help="s3://BUCKET/KEY, or BUCKET/KEY")
    add(
        "--expires-in",
        default=DEFAULT_SECONDS,
        metavar="TIME",
        help="seconds, or 90s, 15m, 2h30m, 7d, or an end such as 2026-12-24T18:00 (default: 1h)",
    )
    add("--method", default="GET", type=str.upper, choices=METHODS, help="what the link allows")
    add("--recursive", action="store_true", help="a link for every object below the prefix")
    add("--stdin0", action="store_true", help="a link for every key read, each ended by a NUL byte")
    add("--filename", metavar="NAME", help="the name a browser saves the download under")
    add("--content-type", metavar="TYPE", help="GET: sent with the download; PUT: must be sent")
    add("--version-id", metavar="ID", help="this version and no other")
    add("--json", action="store_true", help="one JSON object a line, with bucket, key and end")
    add("--qr", action="store_true", help="draw the link as a QR code on stderr")
    add("--check", action="store_true", help="first ask the server whether the object is there")
    return made


def run(words: Sequence[str]) -> int:
    """Sign. Exit code 1 when --recursive or --stdin0 brought no key."""
    flags = parser().parse_args(words)
    _refuse_nonsense(flags)
    now = datetime.now().astimezone()
    try:
        seconds = read_lifetime(flags.expires_in, now)
    except DurationError as error:
        raise Failure(f"--expires-in: {error}", USAGE) from error
    check_lifetime(seconds)
    where = split_uri(flags.path) if flags.recursive or flags.stdin0 else split_object(flags.path)
    configuration = read_configuration(flags)
    warn_of_session(configuration, now, seconds)
    try:
        return _sign(flags, where, configuration, seconds)
    except ValueError as error:  # the signer's: a bucket or key that no object can have
        raise Failure(f"Parameter validation failed:\n{error}", USAGE) from error


def _sign(
    flags: argparse.Namespace, where: Location, configuration: Configuration, seconds: int
) -> int:
    if flags.recursive or flags.stdin0:
        return _sign_many(flags, where, configuration, seconds)
    if flags.check:
        _check(configuration, where, flags)
    (url,) = _urls(configuration, where.bucket, (where.key,), seconds, flags)
    _print_links(((where, url),), flags, seconds)
    if flags.method == "PUT":
        _tell_how_to_upload(flags, url)
    return DONE


def check_lifetime(seconds: int) -> None:
    """Refuse what no server would accept. Raises Failure."""
    if seconds < 1:
        raise Failure("--expires-in: a link lives for at least 1 second", USAGE)
    if seconds > MOST_SECONDS:
        raise Failure(
            f"--expires-in: a pre-signed link lives for at most 7 days (604800 seconds), not for "
            f"{spoken(seconds)}. The limit is part of the signature; servers refuse more.",
            USAGE,
        )


def warn_of_session(configuration: Configuration, now: datetime, seconds: int) -> None:
    """Say on stderr when temporary credentials end before the link does, and the link with them."""
    key = configuration.key
    if key is None or key.credentials.session_token is None:
        return
    if key.ends is None:
        tell(
            "warning: signed with temporary credentials: the link ends with them, if that is "
            "before its own end"
        )
    elif key.ends < now + timedelta(seconds=seconds):
        left = max(int((key.ends - now).total_seconds()), 0)
        tell(
            f"warning: the link ends in {spoken(left)}, with the temporary credentials it is "
            f"signed with, and not after {spoken(seconds)}"
        )


def new_signer(configuration: Configuration) -> Presigner:
    """The library's signer with this configuration. Raises Failure without a key, ValueError."""
    from narthex.presigner import Presigner

    credentials = configuration.credentials
    if credentials is None:
        raise Failure("a link cannot be signed with --no-sign-request", USAGE)
    return Presigner(
        credentials.access_key_id,
        credentials.secret,
        region=configuration.signing_region,
        endpoint_url=configuration.endpoint_url,
        session_token=credentials.session_token,
        addressing_style=configuration.addressing_style,
    )


def _refuse_nonsense(flags: argparse.Namespace) -> None:
    many = flags.recursive or flags.stdin0
    if flags.path is None:
        raise Failure("narthex presign: error: the following arguments are required: S3URI", USAGE)
    if flags.recursive and flags.stdin0:
        raise Failure("--recursive and --stdin0 are two ways to name keys: take one", USAGE)
    if many and flags.version_id:
        raise Failure("--version-id belongs to one object", USAGE)
    if many and flags.qr:
        raise Failure("--qr draws one link", USAGE)
    if many and not flags.recursive and flags.check:
        raise Failure("--check goes with one object", USAGE)
    if flags.filename and flags.method not in ("GET", "HEAD"):
        raise Failure("--filename is about downloads: it goes with --method GET", USAGE)
    for name in ("filename", "content_type"):
        value = getattr(flags, name) or ""
        if any(char < " " or char == "\x7f" for char in value):
            raise Failure(f"--{name.replace('_', '-')}: control characters are not allowed", USAGE)


def _sign_many(
    flags: argparse.Namespace, where: Location, configuration: Configuration, seconds: int
) -> int:
    if not where.bucket:
        raise Failure("name the bucket: s3://BUCKET/PREFIX", USAGE)
    keys = _names(where.key) if flags.stdin0 else _listed(configuration, where)
    found = False
    for batch in _batches(keys):
        found = True
        urls = _urls(configuration, where.bucket, batch, seconds, flags)
        locations = (Location(where.bucket, key) for key in batch)
        _print_links(zip(locations, urls, strict=True), flags, seconds)
    return DONE if found else FAILED


def _names(prefix: str) -> Iterator[str]:
    """Keys: the prefix, and a name from standard input, where each ends with a NUL byte."""
    rest = b""
    while block := os.read(sys.stdin.fileno(), 1 << 20):
        *whole, rest = (rest + block).split(b"\0")
        yield from (prefix + _name(item) for item in whole if item)
    if rest:
        yield prefix + _name(rest)


def _name(data: bytes) -> str:
    try:
        return data.decode().removeprefix("./")
    except UnicodeDecodeError as error:
        raise Failure(f"--stdin0: a name is not UTF-8: {data[:100]!r}", USAGE) from error


def _listed(configuration: Configuration, where: Location) -> Iterator[str]:
    from narthex.cli import calls
    from narthex.cli.client import Client

    for page in calls.list_pages(Client(configuration), where.bucket, where.key):
        yield from (item.key for item in page.objects)


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == 4096:
            yield batch
            batch = []
    if batch:
        yield batch


def _urls(
    configuration: Configuration,
    bucket: str,
    keys: Sequence[str],
    seconds: int,
    flags: argparse.Namespace,
) -> Iterator[str]:
    query, headers = _extras(flags)
    if not configuration.sign:
        from narthex.cli.endpoint import place

        style, region = configuration.addressing_style, configuration.signing_region
        return (place(configuration.endpoint_url, region, style, bucket, key).url for key in keys)
    signer = new_signer(configuration)
    if not query and not headers:
        return iter(signer.urls(flags.method, bucket, keys, expires_in=seconds))
    return (
        signer.url(flags.method, bucket, key, expires_in=seconds, query=query, headers=headers)
        for key in keys
    )


def _extras(flags: argparse.Namespace) -> tuple[Pairs, Pairs]:
    """The query parameters and the headers that the signature is to cover."""
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    if flags.filename:
        from narthex.pure.disposition import attachment

        query.append(("response-content-disposition", attachment(flags.filename)))
    if flags.content_type and flags.method in ("GET", "HEAD"):
        query.append(("response-content-type", flags.content_type))
    elif flags.content_type:
        headers.append(("content-type", flags.content_type))
    if flags.version_id:
        query.append(("versionId", flags.version_id))
    return tuple(query), tuple(headers)


def _check(configuration: Configuration, where: Location, flags: argparse.Namespace) -> None:
    """Raises ServiceError when what the link is about is not there."""
    from narthex.cli import calls
    from narthex.cli.client import Client

    client = Client(configuration)
    if flags.method == "PUT":
        client.call("HeadBucket", "HEAD", where.bucket)
        return
    query = [("versionId", flags.version_id)] if flags.version_id else []
    calls.head_object(client, where, query=query)


def _print_links(
    links: Iterable[tuple[Location, str]], flags: argparse.Namespace, seconds: int
) -> None:
    if flags.json:
        import json

        lines = [
            json.dumps(
                {
                    "url": url,
                    "bucket": where.bucket,
                    "key": where.key,
                    "method": flags.method,
                    "expires_in": seconds,
                    "expires": _end_of(url, seconds),
                }
            )
            for where, url in links
        ]
    else:
        lines = [url for _, url in links]
    sys.stdout.write("\n".join(lines) + "\n")
    if flags.qr:
        from narthex.cli.qr import draw

        for _, url in links:
            draw(url)


def _end_of(url: str, seconds: int) -> str | None:
    """When the link ends, by the moment that is signed in it; None for a link without signature."""
    _, found, rest = url.partition("X-Amz-Date=")
    if not found:
        return None
    signed = datetime.strptime(rest[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return (signed + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tell_how_to_upload(flags: argparse.Namespace, url: str) -> None:
    if not os.isatty(sys.stderr.fileno()):
        return
    header = f"-H 'content-type: {flags.content_type}' " if flags.content_type else ""
    tell(f"upload with: curl -T FILE {header}'{url}'")
