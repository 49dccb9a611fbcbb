"""`narthex revoke`: take back what was shared or asked for, from the next request on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, FAILED, USAGE, Failure, ServiceError
from narthex.cli.s3_uri import is_remote, split_uri
from narthex.cli.share_lines import flat, local, what

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

UNKNOWN = ("NoSuchShare", "NoSuchLink", "InvalidArgument")  # the last: a URL that is no link


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "revoke",
        "Take back shares, requests and links: they stop working with the next request, and what\n"
        "is under way is cut off. What is taken back stays so. Exit code 1: nothing matched.",
        (
            "narthex revoke 0f3c9d2b71a84e56",
            "narthex revoke 'https://files.example.org/s/pYdH3C0sZtW1oYlJ8mSg7w2Q'",
            'narthex revoke "$(aws s3 presign s3://bucket/report.pdf)"    # any link of your keys',
            "narthex revoke --to ana@example.org",
            "narthex revoke --key s3://bucket/report.pdf",
        ),
        usage="revoke <Id-or-URL>... | --to <Name> | --key <S3Uri> | --all",
    )
    add = made.add_argument
    add("targets", nargs="*", metavar="ID|URL", help="an id, a link, a pre-signed URL")
    add("--to", metavar="NAME", help="all that is for this recipient")
    add("--key", metavar="S3URI", help="all that is about this object or prefix, or in this bucket")
    add("--access-key", metavar="ID", help="all that was issued with this access key")
    add("--all", action="store_true", help="all that you share and ask for")
    add("--json", action="store_true", help="one JSON object a line for what was taken back")
    return made


def run(words: Sequence[str]) -> int:
    """Revoke. Exit code 1 when something named is not there, or nothing matched."""
    flags = parser().parse_args(words)
    fields = _chosen(flags)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if fields is not None:
        found = list(_answered(ledger.revoke_by(fields)))
        _print(found, flags)
        if not found:
            tell("Nothing matched: nothing was taken back.")
        return DONE if found else FAILED
    code = DONE
    for target in flags.targets:
        try:
            _print(_answered(_revoke(ledger, target)), flags)
        except ServiceError as error:
            if error.code not in UNKNOWN:
                raise
            tell(f"Nothing was taken back: {flat(error.message)}")
            code = FAILED
    return code


def _chosen(flags: argparse.Namespace) -> dict[str, Any] | None:
    """What to revoke by, for the API; None for the targets. Raises Failure for none and for two."""
    ways = (
        flags.targets,
        flags.to is not None,
        flags.key is not None,
        flags.access_key is not None,
    )
    if sum(map(bool, (*ways, flags.all))) != 1:
        raise Failure(
            "Say what to take back by one of: ID or URL, --to, --key, --access-key, --all", USAGE
        )
    for name in ("to", "access_key"):
        if getattr(flags, name) == "":
            raise Failure(f"--{name.replace('_', '-')}: whose? It is empty", USAGE)
    if flags.to is not None:
        return {"recipient": flags.to}
    if flags.access_key is not None:
        return {"access_key_id": flags.access_key}
    if flags.key is not None:
        return _by_location(flags.key)
    return {"all": True} if flags.all else None


def _by_location(uri: str) -> dict[str, Any]:
    bucket, key = split_uri(uri)
    if not is_remote(uri) or not bucket:
        raise Failure(f"--key: `{uri}` is not s3://BUCKET or s3://BUCKET/KEY", USAGE)
    return {"bucket": bucket, "key": key} if key else {"bucket": bucket}


def _revoke(ledger: Ledger, target: str) -> Document:
    if is_remote(target):
        raise Failure(f"`{target}` is an object: --key {target} takes back all links to it", USAGE)
    if "://" in target:
        # as mails and chats break it: over lines, between brackets
        return ledger.revoke_by({"url": "".join(target.split()).strip("<>\"'")})
    return ledger.revoke(target)


def _answered(answer: Document) -> Iterator[Document]:
    """What was taken back: shares, requests, and links as those with a digest."""
    for name in ("share", "request"):
        if name in answer:
            yield answer[name]
    for name in ("shares", "requests", "links"):
        yield from answer.get(name, ())


def _print(found: Iterator[Document] | list[Document], flags: argparse.Namespace) -> None:
    for document in found:
        print(json.dumps(document) if flags.json else f"revoked: {flat(_line(document))}")


def _line(document: Document) -> str:
    if "digest" in document:
        ends = local(document["expires_at"])
        return f"link to {document['path']}, signed by {document['access_key_id']} until {ends}"
    to = f" (for {document['recipient']})" if document.get("recipient") else ""
    return f"{document['id']} {what(document)}{to}"
