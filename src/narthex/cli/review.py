"""`narthex review`: what a share would come to, before there is one; and what is said to it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import USAGE, Failure
from narthex.cli.s3_uri import is_remote
from narthex.cli.share_terms import add_end, count_of, end_of

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

DEFAULT = "1h"  # as of `narthex share`
# Nobody is told it: only that there would be one counts.
AS_IF = "as if there were one"
ACTIONS = ("approve", "abandon", "dispute", "agree", "disagree", "list")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "review",
        "What a link to this file would come to: the verdict, the risk and its parts, at most\n"
        "three reasons with a way out, how much is known, who is accountable, the safer form.\n"
        "Nothing is shared. A file here is not sent anywhere.\n"
        "list: what was refused, and waits. approve: the owner's yes to it. abandon: whoever\n"
        "asked gives it up. dispute: what was found is not what it seems; its owner is told.\n"
        "agree, disagree: the owner's word about that.\n"
        "Exit code 0: proceed; 3: confirm, somebody says why; 4: refuse.",
        (
            "narthex review customers.xlsx",
            "narthex review s3://bucket/plan.pdf --to ana@example.org --expires-in 3d",
            "narthex review approve 0006472f0d1c8a00a1b2c3d4e5f60718 --reason 'agreed' --for 4h",
            "narthex review list --waiting",
            "narthex review dispute 0006472f0d1c8a00a1b2c3d4e5f60718 --reason-id pii.iban",
        ),
        usage=(
            "review {<File-or-S3Uri> | list | {approve|abandon|dispute|agree|disagree} <Id>}"
            " [options]"
        ),
    )
    add = made.add_argument
    add("target", metavar="TARGET", help="a file; s3://BUCKET/KEY; s3://BUCKET/PREFIX/")
    add("id", nargs="?", default="", metavar="ID", help="the decision that something is said of")
    add_end(made, DEFAULT)
    add("--to", default="", metavar="NAME", help="as if the link were for somebody")
    add("--password", action="store_true", help="as if a password opened it")
    add("--max-downloads", metavar="N", help="as if it worked for so many downloads")
    add("--once", action="store_true", help="as if it worked for one download")
    add("--model", default="", metavar="FILE", help="of a file here: by this model")
    add("--reason", default="", metavar="WHY", help="approve, agree, disagree: why it is right")
    add("--for", dest="lasts", metavar="TIME", help="approve: how long (default: by the model)")
    add("--reason-id", default="", metavar="NAME", help="dispute: what fired falsely (or all)")
    add("--note", default="", metavar="TEXT", help="dispute: what it is instead")
    add("--waiting", action="store_true", help="list: what waits for an answer, and no more")
    add("--json", action="store_true", help="the verdict as a JSON object (verdict.schema.json)")
    return made


def run(words: Sequence[str]) -> int:
    """Review, list, or say something of a decision."""
    flags = parser().parse_args(words)
    if flags.target not in ACTIONS and flags.id:
        raise Failure("narthex review takes one TARGET", USAGE)
    if flags.target == "list":
        return _list(flags, words)
    if flags.target in ACTIONS:
        from narthex.cli.review_answers import answer

        return answer(flags)
    if is_remote(flags.target):
        return _review_stored(flags)
    from narthex.cli.review_here import review_here

    return review_here(flags, terms_of(flags))


def terms_of(flags: argparse.Namespace) -> dict[str, Any]:
    """The terms of the share that there would be, as the API takes them. Raises Failure."""
    terms = dict(end_of(flags, datetime.now().astimezone(), DEFAULT).fields)
    if flags.once and flags.max_downloads is not None:
        raise Failure("--once is --max-downloads 1: take one of them", USAGE)
    if flags.once or flags.max_downloads is not None:
        most = 1 if flags.once else count_of("--max-downloads", flags.max_downloads)
        terms["max_downloads"] = most
    if flags.to:
        terms["recipient"] = flags.to
    if flags.password:
        terms["password"] = AS_IF
    return terms


def show(told: dict[str, Any], title: str, enforced: str, flags: argparse.Namespace) -> int:
    """Print a verdict; its exit code. enforced: what it comes to, with what was approved."""
    from narthex.cli.decide import CODES
    from narthex.cli.verdict_lines import verdict_lines

    if flags.json:
        print(json.dumps(told))
    else:
        print("\n".join(verdict_lines(told, title)))
    return CODES[enforced]


def _review_stored(flags: argparse.Namespace) -> int:
    from narthex.cli.s3_uri import split_uri
    from narthex.cli.share_lines import flat

    if flags.model:
        raise Failure("--model is for a file here; the server has its own", USAGE)
    at = split_uri(flags.target)
    if not at.bucket:
        raise Failure(f"`{flags.target}` names no bucket: s3://BUCKET/KEY", USAGE)
    fields = {"bucket": at.bucket, "key": at.key, **terms_of(flags)}
    if not at.key or at.key.endswith("/"):
        fields["prefix"] = True
    answer = _ledger(flags).review(fields)
    if answer["approved_by"]:
        tell(flat(f"{answer['approved_by']} has approved this."))
    return show(answer["verdict"], f"Share {flags.target}?", answer["enforced"], flags)


def _list(flags: argparse.Namespace, words: Sequence[str]) -> int:
    """What `narthex decisions list` lists."""
    from narthex.cli import decisions

    if flags.id:
        raise Failure("narthex review list takes no ID", USAGE)
    return decisions.run(list(words))


def _ledger(flags: argparse.Namespace) -> Ledger:
    from narthex.cli.ledger import open_ledger

    return open_ledger(read_configuration(flags))
