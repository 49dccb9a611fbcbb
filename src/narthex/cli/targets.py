"""`narthex targets`: where buckets' events and shares' notices go, under names.

A URL with a token in it need not stand on a command line: `-` reads it from standard input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, GENERAL, USAGE, Failure
from narthex.cli.share_lines import flat, local, table
from narthex.pure.notify_urls import MOST, read_notify_url, read_target_name

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

ACTIONS = ("list", "add", "show", "test", "remove")
HEAD = ("NAME", "URL", "CREATED")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "targets",
        "Targets of your account: webhooks, mailboxes, chats and message brokers under names. A\n"
        "bucket's notifications name one by its ARN, `narthex share --notify` by its name.",
        (
            "narthex targets add ops https://hooks.example.org/narthex   # tells its secret once",
            "narthex targets add chat - < file-with-the-url              # a token kept off here",
            "narthex targets add queue 'redis://cache.example.org/0?stream=events'",
            "narthex targets test ops",
            "narthex share s3://bucket/plan.pdf --notify ops",
        ),
        usage="targets [list | add <Name> <Url> | {show,test,remove} <Name>] [options]",
    )
    add = made.add_argument
    add("what", nargs="?", default="list", choices=ACTIONS, help="what to do (default: list)")
    add("name", nargs="?", default="", metavar="NAME", help="letters, digits, - and _")
    add("url", nargs="?", default="", metavar="URL", help="where it leads; - reads standard input")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """List, add, show, test or remove."""
    flags = parser().parse_args(words)
    _check(flags)
    url = _url_of(flags.url) if flags.what == "add" else ""
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.what == "list":
        _list(ledger, as_json=flags.json)
    elif flags.what == "add":
        _add(ledger, flags, url)
    elif flags.what == "test":
        return _test(ledger, flags)
    else:
        _one(ledger, flags)
    return DONE


def _check(flags: argparse.Namespace) -> None:
    wants_url = flags.what == "add"
    if wants_url is not bool(flags.url) or (flags.what == "list") is bool(flags.name):
        wanted = {"list": "takes nothing more", "add": "needs a name and a URL"}
        raise Failure(
            f"narthex targets {flags.what} {wanted.get(flags.what, 'needs a name')}", USAGE
        )
    if flags.name:
        try:
            read_target_name(flags.name)
        except ValueError as error:
            raise Failure(str(error), USAGE) from error


def _url_of(text: str) -> str:
    """The URL; for `-` the first line of standard input. Raises Failure for what is none."""
    if text == "-":
        text = sys.stdin.buffer.readline(MOST + 2).decode("utf-8", "replace").strip()
    try:
        if read_notify_url(text).kind != "target":
            return text
    except ValueError as error:
        raise Failure(f"URL: {error}", USAGE) from error
    raise Failure("URL: it begins with its scheme, such as https: or mailto:", USAGE)


def _list(ledger: Ledger, *, as_json: bool) -> None:
    found: list[Document] = ledger.call("ListTargets", "GET", "/targets")["targets"]
    if as_json:
        for target in found:
            print(json.dumps(target))
        return
    rows = [(one["name"], one["url"], local(one["created_at"])) for one in found]
    print("\n".join(table(HEAD, rows)))


def _add(ledger: Ledger, flags: argparse.Namespace, url: str) -> None:
    body = json.dumps({"name": flags.name, "url": url}).encode()
    made = ledger.call("CreateTarget", "POST", "/targets", body=body)
    if flags.json:
        print(json.dumps(made))
        return
    _show(made["target"])
    if made["secret"]:
        print(f"secret:     {made['secret']}")
        tell("Messages are signed with this secret (docs/notifications.md). It is told this once.")


def _one(ledger: Ledger, flags: argparse.Namespace) -> None:
    verb, method = ("Get", "GET") if flags.what == "show" else ("Delete", "DELETE")
    target = ledger.call(f"{verb}Target", method, f"/targets/{flags.name}")["target"]
    if flags.json:
        print(json.dumps(target))
    elif flags.what == "show":
        _show(target)
    else:
        print(f"removed: {flat(target['name'])}")


def _test(ledger: Ledger, flags: argparse.Namespace) -> int:
    told = ledger.call("TestTarget", "POST", f"/targets/{flags.name}/test")
    if flags.json:
        print(json.dumps(told))
    elif told["delivered"]:
        print(f"delivered: {flags.name}")
    else:
        raise Failure(f"Not delivered: {flat(told['reason'])}", GENERAL)
    return DONE if told["delivered"] else GENERAL


def _show(target: Mapping[str, Any]) -> None:
    print(f"name:       {flat(target['name'])}")
    print(f"url:        {flat(target['url'])}")
    print(f"topic arn:  {target['topic_arn']}")
    print(f"queue arn:  {target['queue_arn']}")
    print(f"created:    {local(target['created_at'])}")
