"""`narthex cp` and `narthex mv`: files to, from and between buckets, as `aws s3` has them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from narthex.cli import arguments

STORAGE_CLASSES = (
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
)
ACLS = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
)
ALGORITHMS = ("CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256")


def parser() -> arguments.Parser:
    """The arguments of `cp`."""
    made = arguments.new_parser(
        "cp",
        "Copy a local file or an object to another place, locally or in a bucket. Large files go "
        "in parts,\nseveral at a time; `-` is standard input or output.",
        (
            "narthex cp report.pdf s3://bucket/2026/",
            "narthex cp s3://bucket/2026/report.pdf .",
            'narthex cp photos s3://bucket/photos --recursive --exclude "*" --include "*.jpg"',
            "tar c folder | narthex cp - s3://bucket/folder.tar",
        ),
        usage="cp <LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri> [options]",
    )
    add_transfer_arguments(made)
    made.add_argument(
        "--expected-size", type=int, metavar="BYTES", help="about how much a stream will bring"
    )
    return made


def add_transfer_arguments(made: argparse.ArgumentParser) -> None:
    """What `cp` and `mv` have in common."""
    made.add_argument("paths", nargs=2, metavar="PATH", help="a local path or s3://BUCKET/KEY")
    made.add_argument("--recursive", action="store_true", help="all below a folder or prefix")
    add_transfer_options(made)


def add_transfer_options(made: argparse.ArgumentParser) -> None:
    """The options that `sync` has, too."""
    add_choice_arguments(made)
    _add_object_arguments(made)
    add = made.add_argument
    add("--no-progress", dest="progress", action="store_false", help="draw no progress bar")
    add("--follow-symlinks", action="store_true", default=True, help="upload what links point to")
    add("--no-follow-symlinks", dest="follow_symlinks", action="store_false", help="skip links")
    add("--checksum-algorithm", choices=ALGORITHMS, help="of uploads (default: CRC64NVME)")
    add("--force-glacier-transfer", action="store_true", help="try archived objects too")
    add("--ignore-glacier-warnings", action="store_true", help="skip archived objects silently")
    # Known to `aws s3 cp`; here they are always so, or never needed.
    add("--checksum-mode", choices=("ENABLED",), help=argparse.SUPPRESS)
    add("--source-region", help=argparse.SUPPRESS)
    add("--progress-frequency", type=int, help=argparse.SUPPRESS)
    add("--progress-multiline", action="store_true", help=argparse.SUPPRESS)


def add_choice_arguments(made: argparse.ArgumentParser) -> None:
    """Which files take part and what is told of it: `cp`, `mv` and `rm`."""
    add = made.add_argument
    for name in ("exclude", "include"):
        text = "leave out names that match" if name == "exclude" else "but do take these"
        add(f"--{name}", dest="filters", action=_Pattern, metavar="PATTERN", help=text)
    add("--dryrun", action="store_true", help="only tell what would be done")
    add("--quiet", action="store_true", help="tell nothing")
    add("--only-show-errors", action="store_true", help="tell errors and warnings only")
    add("--page-size", type=int, metavar="N", help="objects for each request of a listing")
    add(
        "--request-payer",
        nargs="?",
        const="requester",
        choices=["requester"],
        help="accept that you pay for the requests",
    )


class _Pattern(argparse.Action):
    """Keeps `--exclude` and `--include` in the order given: the last match decides."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        kind = self.option_strings[0].lstrip("-")
        found = [*(getattr(namespace, self.dest) or []), (kind, str(values))]
        setattr(namespace, self.dest, found)


def _add_object_arguments(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("what the new object carries")
    add = group.add_argument
    add("--content-type", metavar="TYPE", help="instead of the one guessed from the name")
    add(
        "--no-guess-mime-type",
        dest="guess_mime_type",
        action="store_false",
        help="guess no type from the name",
    )
    for name in ("cache-control", "content-disposition", "content-encoding", "content-language"):
        add(f"--{name}", metavar="TEXT", help="this header of its downloads")
    add("--expires", metavar="TIME", help="when caches must ask again (not: the end of a link)")
    add("--metadata", metavar="K=V,...", help="x-amz-meta-* headers; or as a JSON object")
    add("--metadata-directive", choices=("COPY", "REPLACE"), help="of copies between buckets")
    add("--storage-class", choices=STORAGE_CLASSES, help="how it is kept")
    add("--acl", choices=ACLS, help="a canned ACL")
    add(
        "--sse", nargs="?", const="AES256", choices=("AES256", "aws:kms"), help="encryption at rest"
    )
    add("--sse-kms-key-id", metavar="ID", help="the KMS key of --sse aws:kms")
    add("--website-redirect", metavar="URL", help="where a website sends visitors of it")


def run(words: Sequence[str]) -> int:
    """Copy. Exit code 1 when something was not copied, 2 when something was skipped."""
    from narthex.cli.moving import transfer

    return transfer("cp", parser().parse_args(words))
