"""`narthex import`: take over what another S3 server holds, and say what it could not."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from narthex.cli import arguments, calls
from narthex.cli.arguments import tell
from narthex.cli.client import Client
from narthex.cli.configuration import Configuration, read_configuration
from narthex.cli.failure import CONFIGURATION, USAGE, Failure, ServiceError
from narthex.cli.import_acls import Acls
from narthex.cli.import_buckets import Buckets
from narthex.cli.import_identities import Maker
from narthex.cli.import_lacking import Teller
from narthex.cli.import_listing import Listing
from narthex.cli.import_objects import Importer
from narthex.cli.import_report import ImportReport
from narthex.cli.moving import each_item
from narthex.cli.results import Results
from narthex.cli.s3_uri import is_remote, split_uri
from narthex.cli.workers import Workers

KEY = "NARTHEX_SOURCE_ACCESS_KEY_ID"
SECRET = "NARTHEX_SOURCE_SECRET_ACCESS_KEY"  # noqa: S105 - its name
THREADS = 8
MOST_THREADS = 64
# What of our own environment must not be taken for the source's.
_OURS = ("AWS_ACCESS", "AWS_SECRET", "AWS_SESSION", "AWS_SECURITY", "AWS_ENDPOINT", "AWS_PROFILE")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "import",
        "Take over buckets and objects, with their types, metadata, tags and policies, from MinIO, "
        "AWS or\nany S3 server. What is here already is passed by, so that it can be run again "
        "at any time;\nwhat has no counterpart here is listed. --endpoint-url and --region are the "
        f"source's.\nIts key: --source-profile, or {KEY} and {SECRET}.",
        (
            "narthex import s3:// --endpoint-url http://minio:9000 --dryrun",
            "narthex import s3:// --endpoint-url http://minio:9000 --minio-iam iam.zip",
            "narthex import s3://bucket/2026/ --endpoint-url https://s3.example --to-profile home",
            "narthex import s3:// --source-profile aws --iam       # AWS itself, its users too",
        ),
        usage="import s3://[Bucket[/Prefix]] [--endpoint-url SOURCE] [options]",
    )
    add = made.add_argument
    add("source", metavar="S3URI", help="s3:// for every bucket, s3://BUCKET, s3://BUCKET/PREFIX")
    add("--source-profile", metavar="NAME", help="a profile with the source's key")
    add("--to-profile", metavar="NAME", help="a profile with narthex's key and endpoint")
    add("--to-endpoint-url", metavar="URL", help="where narthex is (default: as for any command)")
    add("--iam", action="store_true", help="users, groups, roles and policies too, by IAM")
    add("--minio-iam", metavar="FILE", help="the same of `mc admin cluster iam export`")
    add("--overwrite", action="store_true", help="take also what is here already")
    add("--threads", type=int, default=THREADS, metavar="N", help=f"at once (default: {THREADS})")
    add("--dryrun", action="store_true", help="only tell what would be done")
    add("--json", action="store_true", help="the report as one JSON object")
    add("--no-progress", dest="progress", action="store_false", help="draw no progress bar")
    return made


def run(words: Sequence[str]) -> int:
    """Import. Exit code 1 when something did not arrive."""
    flags = parser().parse_args(words)
    if not is_remote(flags.source):
        raise Failure(f"narthex import: `{flags.source}` is not s3://[BUCKET[/PREFIX]]", USAGE)
    if not 1 <= flags.threads <= MOST_THREADS:
        raise Failure(f"narthex import: --threads is 1 to {MOST_THREADS}", USAGE)
    source = read_source(flags, os.environ)
    target = read_target(flags)
    if source.endpoint_url == target.endpoint_url:
        raise Failure("narthex import: source and target are the same server", USAGE)
    return _Import(flags, source, target).run()


def read_source(flags: argparse.Namespace, environment: Mapping[str, str]) -> Configuration:
    """Whom to ask, and as whom. Raises Failure without a key."""
    kept = {k: v for k, v in environment.items() if not k.startswith(_OURS)}
    key_id, secret = environment.get(KEY, ""), environment.get(SECRET, "")
    if key_id and not flags.source_profile:
        kept |= {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
    elif not flags.source_profile and flags.sign:
        raise Failure(
            f"narthex import: the source's key is told by --source-profile, or {KEY} and {SECRET}",
            CONFIGURATION,
        )
    return read_configuration(_with(flags, profile=flags.source_profile), kept)


def read_target(flags: argparse.Namespace) -> Configuration:
    """Where narthex is, and our key there."""
    profile = flags.to_profile or flags.profile
    told = _with(flags, profile=profile, endpoint_url=flags.to_endpoint_url, region=None, sign=True)
    found = read_configuration(told)
    if found.endpoint_url is None:
        raise Failure(
            "narthex import: say where narthex is: AWS_ENDPOINT_URL, a profile, or"
            " --to-endpoint-url",
            CONFIGURATION,
        )
    return found


def _with(flags: argparse.Namespace, **changed: object) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(flags), **changed})


@dataclass(frozen=True, slots=True)
class _Import:
    """One import, from the buckets to the report."""

    flags: argparse.Namespace
    source: Configuration
    target: Configuration

    def run(self) -> int:
        """Identities, which policies may name; then buckets, then what is in them."""
        flags, report = self.flags, ImportReport()
        workers = Workers(flags.threads)
        pause, most = workers.stopping.wait, 2 * flags.threads
        theirs = Client(self.source, connections=most, pause=pause)
        ours = Client(self.target, connections=most, pause=pause)
        lines, bar = flags.dryrun and not flags.json, flags.progress and not flags.json
        results = Results("import", lines=lines, bar=bar)
        named, prefix = split_uri(flags.source)
        buckets = [named] if named else [found.name for found in calls.list_buckets(theirs)]
        accounts = self._identities(report)
        acls = Acls(theirs, ours, report)
        self._documents(Buckets(theirs, ours, report, acls, accounts), buckets, prefix)
        listing = Listing(theirs, ours, report, flags.overwrite)
        items = (item for bucket in buckets for item in listing.missing(bucket, prefix))
        if flags.dryrun:
            for item in items:
                results.dry(item)
                report.count("objects")
                report.count("bytes", item.size or 0)
            workers.close()
        else:
            importer = Importer(theirs, ours, workers, results, report, acls, flags.overwrite)
            each_item(items, importer.take, results, workers)
        return self._end(report, results)

    def _documents(self, taking: Buckets, buckets: Sequence[str], prefix: str) -> None:
        """The buckets; without their documents where only a prefix of one is taken."""
        teller = Teller(taking.source, taking.report)
        for bucket in buckets:
            teller.tell_versions(bucket, prefix)
            if not prefix:
                teller.tell(bucket)
            if self.flags.dryrun:
                taking.report.count("buckets")
                continue
            try:
                if prefix:
                    taking.make(bucket)
                else:
                    taking.take(bucket)
            except ServiceError as error:
                raise Failure(f"bucket {bucket} cannot be made here: {error}") from error

    def _identities(self, report: ImportReport) -> tuple[str, str] | None:
        """Whoever is asked for; returns the source's account id and ours, where it has one."""
        flags, account = self.flags, ""
        if not flags.iam and not flags.minio_iam:
            return None
        from narthex.cli.import_iam import open_iam

        if flags.iam:
            theirs = open_iam(self.source)
            account, found = theirs.account, theirs.identities()
        else:
            from narthex.cli.import_minio import read_export

            found = read_export(flags.minio_iam, report)
        ours = open_iam(self.target)
        if flags.dryrun:
            for kind in ("policies", "users", "groups", "roles"):
                report.count(kind, len(getattr(found, kind)))
        else:
            Maker(ours, report, account).make(found)
        return (account, ours.account) if account else None

    def _end(self, report: ImportReport, results: Results) -> int:
        if self.flags.json:
            print(json.dumps(report.document(results.failed)))
            return results.exit_code
        for line in report.lines():
            print(line)
        if results.failed:
            tell(f"{results.failed} did not arrive: run it again, it goes on")
        return results.exit_code
