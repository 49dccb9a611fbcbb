"""`narthex automate`: what is uploaded is shared by itself, and its link sent to whoever waits."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.automation_lines import facts
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.notify_terms import secret_line
from narthex.cli.s3_uri import is_remote, split_uri
from narthex.cli.share_lines import flat
from narthex.cli.share_terms import check_texts, count_of, end_of, networks_of, size_of
from narthex.pure.durations import is_time
from narthex.pure.notify_urls import read_notify_url
from narthex.pure.share_orders import MAX_NOTIFY

if TYPE_CHECKING:
    from narthex.cli.ledger import Document

DEFAULT = "1h"


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "automate",
        "Whatever is uploaded below s3://BUCKET/PREFIX/ is shared by itself, and its link sent.\n"
        "It is shared as you: never more than your key may at that moment.",
        (
            "narthex automate s3://bucket/outbox/ --share --expires-in 2h \\",
            "    --notify mailto:ops@example.org --once --suffix .pptx",
            "narthex automate s3://bucket/reports/ --share --expires-in 7d --notify ops",
            "narthex automations                    # those that there are",
        ),
        usage="automate <S3Uri> --share --notify <Address>... [options]",
    )
    add = made.add_argument
    add("where", metavar="S3URI", help="s3://BUCKET or s3://BUCKET/PREFIX")
    add("--share", action="store_true", help="what is done: each upload gets a link of its own")
    add("--suffix", metavar="TEXT", default="", help="only keys that end so: .pptx")
    add("--expires-in", metavar="TIME", help=f"how long each works: 2h30m, 7d (default: {DEFAULT})")
    add(
        "--notify",
        metavar="ADDRESS",
        action="append",
        help="who gets the links: https://... (signed), mailto:NAME@HOST, slack://..., or the name "
        "of a target (`narthex targets`); may be repeated",
    )
    limits = made.add_argument_group("limits", "Of each link.")
    add = limits.add_argument
    add("--max-downloads", metavar="N", help="works for so many downloads")
    add("--once", action="store_true", help="works for one download")
    add("--max-bytes", metavar="SIZE", help="sends so much in all: 500MB, 2GiB")
    add(
        "--allow-ip",
        metavar="CIDR",
        action="append",
        help="works from this network or address only: 192.0.2.0/24; may be repeated",
    )
    add("--to", metavar="NAME", default="", help="whom it is for")
    add("--note", metavar="TEXT", default="", help="a few words for whoever opens the link")
    made.add_argument("--json", action="store_true", help="the answer as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """Make it."""
    flags = parser().parse_args(words)
    fields = fields_of(flags, datetime.now().astimezone())
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    body = json.dumps(fields).encode()
    made = ledger.call("CreateAutomation", "POST", "/automations", body=body)
    if flags.json:
        print(json.dumps(made))
        return DONE
    _print(made)
    return DONE


def fields_of(flags: argparse.Namespace, now: datetime) -> dict[str, Any]:
    """What the API is sent. now: aware. Raises Failure."""
    if not flags.share:
        raise Failure("narthex automate: say what is done with each upload: --share", USAGE)
    bucket, prefix = split_uri(flags.where)
    if not is_remote(flags.where) or not bucket:
        raise Failure(f"`{flags.where}` is not s3://BUCKET or s3://BUCKET/PREFIX", USAGE)
    if flags.expires_in and is_time(flags.expires_in):
        raise Failure("--expires-in: each link lives from its upload on: 2h30m, 7d", USAGE)
    flags.expires_at = None
    found: dict[str, Any] = {
        "bucket": bucket,
        "prefix": prefix,
        "suffix": flags.suffix,
        "notify": _addresses(flags.notify or []),
        **end_of(flags, now, DEFAULT).fields,
    }
    if flags.once and flags.max_downloads is not None:
        raise Failure("--once is --max-downloads 1: take one of them", USAGE)
    if flags.once or flags.max_downloads is not None:
        most = flags.max_downloads
        found["max_downloads"] = 1 if flags.once else count_of("--max-downloads", most)
    if flags.max_bytes is not None:
        found["max_bytes"] = size_of("--max-bytes", flags.max_bytes)
    if flags.allow_ip:
        found["allow_ips"] = networks_of(flags.allow_ip)
    check_texts((flags.to,), flags.note, "")
    found |= {"recipient": flags.to} if flags.to else {}
    found |= {"note": flags.note} if flags.note else {}
    return found


def _addresses(texts: list[str]) -> list[str]:
    if not 1 <= len(texts) <= MAX_NOTIFY:
        raise Failure(f"--notify: who gets the links? 1 to {MAX_NOTIFY} addresses", USAGE)
    for text in texts:
        try:
            read_notify_url(text)
        except ValueError as error:
            raise Failure(f"--notify: {error}", USAGE) from error
    return texts


def _print(made: Document) -> None:
    automation = made["automation"]
    print(automation["id"])
    for name, text in facts(automation):
        if name in ("what", "each link", "tells"):
            tell(f"{name}: {flat(text)}")
    secret = secret_line(made)
    if secret:
        tell(secret)
    tell(f"To stop it: narthex automations pause {automation['id']}")
