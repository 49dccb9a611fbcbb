"""`narthex mb`: make a bucket."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from narthex.cli import arguments
from narthex.cli.failure import DONE, FAILED, ServiceError
from narthex.cli.s3_uri import split_bucket


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "mb", "Make a bucket.", ("narthex mb s3://bucketofbigsecrets",), usage="mb <S3Uri>"
    )
    made.add_argument("path", metavar="S3URI", help="s3://BUCKET")
    return made


def run(words: Sequence[str]) -> int:
    """Make it. Exit code 1 when the server refuses."""
    flags = parser().parse_args(words)
    from narthex.cli import calls
    from narthex.cli.client import Client
    from narthex.cli.configuration import read_configuration

    bucket = split_bucket(flags.path)
    configuration = read_configuration(flags)
    try:
        calls.create_bucket(Client(configuration), bucket, configuration.signing_region)
    except ServiceError as error:
        print(f"make_bucket failed: {flags.path} {error}", file=sys.stderr)
        return FAILED
    print(f"make_bucket: {bucket}")
    return DONE
