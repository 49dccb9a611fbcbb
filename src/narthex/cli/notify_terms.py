"""Whom a share or a request notifies: the options of `share` and `request`, as fields for the API.

This file never asks a server. An address may hold a token: what keeps it off the command line is a
named target (`narthex targets add NAME -`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from narthex.cli.failure import USAGE, Failure
from narthex.pure.notices import OCCASIONS
from narthex.pure.notify_urls import read_notify_url
from narthex.pure.share_orders import MAX_NOTIFY


def add_notify(made: argparse.ArgumentParser) -> None:
    """The options that `notify_fields` reads."""
    group = made.add_argument_group("notices", "Sent by a narthex server, once for each occasion.")
    group.add_argument(
        "--notify",
        metavar="ADDRESS",
        action="append",
        help="who is told: https://... (signed), mailto:NAME@HOST, slack://..., or the name of a "
        "target (`narthex targets`); may be repeated",
    )
    group.add_argument(
        "--notify-on",
        metavar="WHEN",
        choices=OCCASIONS,
        action="append",
        help=f"{', '.join(OCCASIONS[:-1])} or {OCCASIONS[-1]}; may be repeated (default: the first "
        "download or each upload, when it is used up, and some time before it ends)",
    )


def notify_fields(flags: argparse.Namespace) -> dict[str, Any]:
    """The fields of these options. Raises Failure for what is no address."""
    if flags.notify_on and not flags.notify:
        raise Failure("--notify-on: --notify says who is told", USAGE)
    if not flags.notify:
        return {}
    if len(flags.notify) > MAX_NOTIFY:
        raise Failure(f"--notify: at most {MAX_NOTIFY} addresses", USAGE)
    for text in flags.notify:
        try:
            read_notify_url(text)
        except ValueError as error:
            raise Failure(f"--notify: {error}", USAGE) from error
    found: dict[str, Any] = {"notify": flags.notify}
    if flags.notify_on:
        found["notify_on"] = flags.notify_on
    return found


def secret_line(answer: Mapping[str, Any]) -> str:
    """What a person is told of the secret of an answer's webhooks, "" without one."""
    secret = answer.get("notify_secret")
    return f"Its webhooks are signed with {secret}, which is told this once." if secret else ""
