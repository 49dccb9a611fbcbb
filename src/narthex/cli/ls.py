"""`narthex ls`: buckets, or what is in one, line for line as `aws s3 ls` prints it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from narthex.cli import arguments
from narthex.cli.failure import DONE, FAILED, ServiceError
from narthex.cli.s3_uri import split_uri
from narthex.cli.sizes import human_size

if TYPE_CHECKING:
    from narthex.cli.client import Client
    from narthex.cli.configuration import Configuration

MARKS = {"public": "  (public)", "objects": "  (objects can be public)"}


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "ls",
        "List buckets, or the objects and common prefixes below a prefix.",
        (
            "narthex ls",
            "narthex ls s3://bucket/folder/",
            "narthex ls s3://bucket --recursive --human-readable --summarize",
        ),
        usage="ls [<S3Uri>] [options]",
    )
    add = made.add_argument
    add("path", nargs="?", default="s3://", metavar="S3URI", help="a bucket or prefix")
    add("--recursive", action="store_true", help="all objects below the prefix, with whole keys")
    add("--human-readable", action="store_true", help="sizes such as 1.4 MiB")
    add("--summarize", action="store_true", help="number and size of all objects at the end")
    add("--page-size", type=int, metavar="N", help="objects for each request (at most 1000)")
    add(
        "--request-payer",
        nargs="?",
        const="requester",
        choices=["requester"],
        help="accept that you pay for the requests",
    )
    add("--bucket-name-prefix", default="", metavar="TEXT", help="only buckets named so")
    add("--bucket-region", default="", metavar="NAME", help="only buckets of that region")
    add(
        "--public",
        action=argparse.BooleanOptionalAction,
        help="mark buckets that are not private (default: on a terminal, from a narthex server)",
    )
    return made


def run(words: Sequence[str]) -> int:
    """List. Exit code 1 when a prefix was given and nothing begins with it."""
    flags = parser().parse_args(words)
    from narthex.cli.client import Client
    from narthex.cli.configuration import read_configuration

    configuration = read_configuration(flags)
    client = Client(configuration)
    bucket, prefix = split_uri(flags.path)
    total = Total()
    if bucket:
        for lines in _object_lines(client, bucket, prefix, flags, total):
            show_lines(lines)
    else:
        marks = _marks(configuration, flags.public)
        for lines in _bucket_lines(client, flags, marks):
            show_lines(lines)
    if flags.summarize:
        size = human_size(total.size) if flags.human_readable else str(total.size)
        show_lines(["", f"Total Objects: {total.objects}", f"   Total Size: {size}"])
    return FAILED if prefix and bucket and not total.found else DONE


@dataclass(slots=True)
class Total:
    """What was listed so far. found: whether there was anything, prefixes included."""

    objects: int = 0
    size: int = 0
    found: bool = False


def _object_lines(
    client: Client, bucket: str, prefix: str, flags: argparse.Namespace, total: Total
) -> Iterator[list[str]]:
    from narthex.cli import calls

    pages = calls.list_pages(
        client,
        bucket,
        prefix,
        delimiter="" if flags.recursive else "/",
        page_size=flags.page_size,
        headers=arguments.payer_headers(flags),
    )
    for page in pages:
        lines = [f"{'PRE':>30} {name.split('/')[-2]}/" for name in page.prefixes]
        for item in page.objects:
            total.objects += 1
            total.size += item.size
            size = human_size(item.size) if flags.human_readable else str(item.size)
            name = item.key if flags.recursive else item.key.rpartition("/")[2]
            lines.append(f"{local_time(item.modified)} {size:>10} {name}")
        total.found = total.found or bool(lines)
        yield lines


def _marks(configuration: Configuration, wanted: bool | None) -> dict[str, str]:
    """What stands behind the names of buckets that are not private.

    Only people read it unless it is asked for: scripts get what `aws s3 ls` prints, byte for byte.
    One request tells it of all buckets; other servers than narthex are not asked twice.
    """
    if configuration.endpoint is None or not (sys.stdout.isatty() if wanted is None else wanted):
        return {}
    from narthex.cli.ledger import NoLedger, open_ledger

    try:
        told = open_ledger(configuration).call("ListAccess", "GET", "/policy/public")
    except NoLedger:
        return {}
    except ServiceError as error:
        arguments.tell(f"Which buckets are public is not told: {error.message}")
        return {}
    return {name: MARKS[openness] for name, openness in told["buckets"].items()}


def _bucket_lines(
    client: Client, flags: argparse.Namespace, marks: dict[str, str]
) -> Iterator[list[str]]:
    from narthex.cli import calls

    buckets = calls.list_buckets(
        client,
        page_size=flags.page_size,
        prefix=flags.bucket_name_prefix,
        region=flags.bucket_region,
    )
    for bucket in buckets:
        yield [f"{local_time(bucket.created)} {bucket.name}{marks.get(bucket.name, '')}"]


def local_time(moment: datetime) -> str:
    """A moment in the time zone of the caller."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def show_lines(lines: Sequence[str]) -> None:
    """Print; on a terminal without the control characters a key may hide commands to it in."""
    if lines:
        text = "\n".join(lines)
        sys.stdout.write((arguments.harmless(text) if sys.stdout.isatty() else text) + "\n")
