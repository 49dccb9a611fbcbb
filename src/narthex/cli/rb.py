"""`narthex rb`: remove a bucket, with --force together with its objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from narthex.cli import arguments
from narthex.cli.failure import DONE, FAILED, GENERAL, Failure, ServiceError
from narthex.cli.s3_uri import split_bucket


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "rb",
        "Remove an empty bucket; with --force delete its objects first.",
        ("narthex rb s3://bucketofbigsecrets --force",),
        usage="rb <S3Uri> [--force]",
    )
    made.add_argument("path", metavar="S3URI", help="s3://BUCKET")
    made.add_argument("--force", action="store_true", help="delete everything in it first")
    return made


def run(words: Sequence[str]) -> int:
    """Remove it. Exit code 1 when the server refuses."""
    flags = parser().parse_args(words)
    from narthex.cli import calls
    from narthex.cli.client import Client
    from narthex.cli.configuration import read_configuration

    bucket = split_bucket(flags.path)
    if flags.force:
        _empty(bucket, words)
    try:
        calls.delete_bucket(Client(read_configuration(flags)), bucket)
    except ServiceError as error:
        print(f"remove_bucket failed: {flags.path} {error}", file=sys.stderr)
        return FAILED
    print(f"remove_bucket: {bucket}")
    return DONE


def _empty(bucket: str, words: Sequence[str]) -> None:
    from narthex.cli import rm

    flags, _ = rm.parser().parse_known_args(words)
    flags.recursive = True
    if rm.remove(flags) != DONE:
        raise Failure(
            "remove_bucket failed: Unable to delete all objects in the bucket, "
            f"bucket `{bucket}` will not be deleted.",
            GENERAL,
        )
