"""`narthex mv`: as `cp`, and each source is deleted once its copy is complete."""

from __future__ import annotations

from collections.abc import Sequence

from narthex.cli import arguments
from narthex.cli.cp import add_transfer_arguments


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "mv",
        "Move a local file or an object to another place: copy it, then delete the source.",
        (
            "narthex mv report.pdf s3://bucket/",
            "narthex mv s3://bucket/old/ s3://bucket/new/ --recursive",
        ),
        usage="mv <LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri> [options]",
    )
    add_transfer_arguments(made)
    return made


def run(words: Sequence[str]) -> int:
    """Move. Exit code 1 when something was not moved, 2 when something was skipped."""
    from narthex.cli.moving import transfer

    return transfer("mv", parser().parse_args(words))
