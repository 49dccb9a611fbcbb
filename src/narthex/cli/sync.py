"""`narthex sync`: make one folder or prefix hold what another holds, as `aws s3 sync` does."""

from __future__ import annotations

from collections.abc import Sequence

from narthex.cli import arguments
from narthex.cli.cp import add_transfer_options


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "sync",
        "Copy what is new or changed below a folder or prefix to another place. A file is the same "
        "when its\nsize is and the target is not older.",
        (
            "narthex sync photos s3://bucket/photos",
            "narthex sync s3://bucket/photos photos --delete --dryrun",
            'narthex sync . s3://bucket/site --exclude ".git/*" --delete',
        ),
        usage="sync <LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri> [options]",
    )
    made.add_argument("paths", nargs=2, metavar="PATH", help="a folder or s3://BUCKET/PREFIX")
    made.set_defaults(recursive=True)
    add = made.add_argument
    add("--delete", action="store_true", help="delete what the source does not have")
    add("--size-only", action="store_true", help="the same size is the same file")
    add(
        "--exact-timestamps",
        action="store_true",
        help="of downloads: another time is another file, be it older or newer",
    )
    add_transfer_options(made)
    return made


def run(words: Sequence[str]) -> int:
    """Bring the target up to date. Exit code 1 when something failed, 2 when it was skipped."""
    from narthex.cli.syncing import synchronise

    return synchronise(parser().parse_args(words))
