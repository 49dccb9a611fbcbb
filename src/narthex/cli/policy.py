"""`narthex policy`: why somebody may or may not, and everyone who may."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, FAILED, USAGE, Failure
from narthex.cli.policy_lines import HOLDERS, SHARES, explained, holder_row, share_row
from narthex.cli.s3_uri import Location, split_uri
from narthex.cli.share_lines import table

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

ACTIONS = ("explain", "who-can")
PAGE = "1000"


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "policy",
        "explain: may somebody do something with a bucket or an object? Which statement of which\n"
        "policy decides, and what stands in the way? Exit code 0: allowed; 1: denied.\n"
        "who-can: every principal that may, and every live share.",
        (
            "narthex policy explain --as uploader --action s3:GetObject s3://bucket/inbox/a.pdf",
            "narthex policy explain --as anonymous --action s3:GetObject s3://bucket/key \\",
            "    --context aws:SourceIp=203.0.113.9 --context s3:signatureAge=600001",
            "narthex policy who-can s3://bucket/inbox/a.pdf",
            "narthex policy who-can s3://bucket --action s3:ListBucket --json",
        ),
        usage="policy {explain --as <Name> --action <Action> | who-can} <S3Uri> [options]",
    )
    add = made.add_argument
    add("what", choices=ACTIONS, metavar="explain|who-can", help="what to tell")
    add("uri", metavar="S3URI", help="a bucket or an object")
    add(
        "--as",
        dest="who",
        metavar="NAME",
        help="a user, role/NAME, root, anonymous, an access key's id, an account or an ARN",
    )
    add("--action", metavar="ACTION", help="an action of S3 (default: read it, or list the bucket)")
    add(
        "--context",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a condition key of the request; the same KEY again adds a value",
    )
    add("--json", action="store_true", help="as the server tells it; who-can: one object a line")
    return made


def run(words: Sequence[str]) -> int:
    """Explain, or list who may."""
    flags = parser().parse_args(words)
    at = split_uri(flags.uri)
    _refuse_nonsense(flags, at)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.what == "explain":
        return _explain(ledger, at, flags)
    return _who_can(ledger, at, flags)


def _refuse_nonsense(flags: argparse.Namespace, at: Location) -> None:
    if not at.bucket:
        raise Failure(f"`{flags.uri}` is not s3://BUCKET or s3://BUCKET/KEY", USAGE)
    explain = flags.what == "explain"
    if explain and (not flags.who or not flags.action):
        raise Failure("narthex policy explain needs --as NAME and --action ACTION", USAGE)
    if not explain and (flags.who or flags.context):
        raise Failure("--as and --context are for narthex policy explain", USAGE)


def _explain(ledger: Ledger, at: Location, flags: argparse.Namespace) -> int:
    fields = {
        "as": flags.who,
        "action": flags.action,
        "bucket": at.bucket,
        "key": at.key,
        "context": _context(flags.context),
    }
    body = json.dumps(fields).encode()
    told = ledger.call("ExplainAccess", "POST", "/policy/explain", body=body)
    print(json.dumps(told) if flags.json else "\n".join(explained(told)))
    return DONE if told["allowed"] else FAILED


def _context(pairs: Sequence[str]) -> dict[str, str | list[str]]:
    """Condition keys and their values. Raises Failure for what is no KEY=VALUE."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or ":" not in key:
            raise Failure(f"--context: `{pair}` is not KEY=VALUE, such as aws:SourceIp=...", USAGE)
        found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def _who_can(ledger: Ledger, at: Location, flags: argparse.Namespace) -> int:
    holders: list[Document] = []
    shares: list[Document] = []
    for page in _pages(ledger, at, flags.action):
        holders += page["principals"]
        shares += page["shares"]
    if flags.json:
        for document in (*holders, *shares):
            print(json.dumps(document))
        return DONE
    print("\n".join(table(HOLDERS, map(holder_row, holders))))
    if shares:
        print("\n" + "\n".join(table(SHARES, map(share_row, shares))))
    else:
        tell("No live share has it.")
    return DONE


def _pages(ledger: Ledger, at: Location, action: str | None) -> Iterator[dict[str, Any]]:
    query = [("bucket", at.bucket), *([("key", at.key)] if at.key else [])]
    query += [("action", action)] if action else []
    after: str | None = None
    while True:
        more = (("limit", PAGE), *((("after", after),) if after else ()))
        page = ledger.call("ListAccess", "GET", "/policy/who-can", query=(*query, *more))
        yield page
        if not page.get("next") or page["next"] == after:
            return
        after = page["next"]
