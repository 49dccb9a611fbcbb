"""`narthex accounts`: more than one owner of buckets on one server; the first root's business."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from narthex.cli import arguments
from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.share_lines import flat, local, table

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

ACTIONS = ("list", "create", "disable", "enable", "delete")
HEAD = ("ID", "NAME", "STATE", "CREATED")


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "accounts",
        "Accounts of a server, each with its own root key, users, buckets and blocks. Only the\n"
        "root of the first account may. Whoever needs one account never needs this.",
        (
            "narthex accounts",
            "narthex accounts create research       # tells its root key, this once",
            "narthex accounts disable research      # its keys, links and shares stop at once",
            "narthex accounts delete research       # once it owns no bucket any more",
        ),
        usage="accounts [list | create <Name> | {disable,enable,delete} <Name-or-Id>] [options]",
    )
    add = made.add_argument
    add("what", nargs="?", default="list", choices=ACTIONS, help="what to do (default: list)")
    add("account", nargs="?", default="", metavar="NAME|ID", help="the account")
    add("--json", action="store_true", help="one JSON object a line, as the server tells it")
    return made


def run(words: Sequence[str]) -> int:
    """List, create, disable, enable or delete."""
    flags = parser().parse_args(words)
    if (flags.what == "list") is bool(flags.account):
        wanted = "takes no account" if flags.account else "needs the account's name or id"
        raise Failure(f"narthex accounts {flags.what} {wanted}", USAGE)
    from narthex.cli.ledger import open_ledger

    ledger = open_ledger(read_configuration(flags))
    if flags.what == "list":
        _list(_accounts(ledger), flags)
    elif flags.what == "create":
        _create(ledger, flags)
    else:
        _change(ledger, flags)
    return DONE


def _accounts(ledger: Ledger) -> list[Document]:
    found: list[Document] = ledger.call("ListAccounts", "GET", "/accounts")["accounts"]
    return found


def _list(found: Sequence[Document], flags: argparse.Namespace) -> None:
    if flags.json:
        for account in found:
            print(json.dumps(account))
        return
    rows = [
        (
            account["id"],
            account["name"],
            "enabled" if account["enabled"] else "disabled",
            local(account["created_at"]),
        )
        for account in found
    ]
    print("\n".join(table(HEAD, rows)))


def _create(ledger: Ledger, flags: argparse.Namespace) -> None:
    body = json.dumps({"name": flags.account}).encode()
    made = ledger.call("CreateAccount", "POST", "/accounts", body=body)
    if flags.json:
        print(json.dumps(made))
        return
    print(f"account:            {made['account']['id']} ({flat(made['account']['name'])})")
    print(f"access key id:      {made['access_key_id']}")
    print(f"secret access key:  {made['secret_access_key']}")
    tell("This is the key of its root. The secret is told now and never again.")


def _change(ledger: Ledger, flags: argparse.Namespace) -> None:
    id = _id_of(flags.account, ledger)
    path = f"/accounts/{id}"
    if flags.what == "delete":
        told = ledger.call("DeleteAccount", "DELETE", path)
    else:
        body = json.dumps({"enabled": flags.what == "enable"}).encode()
        told = ledger.call("UpdateAccount", "PATCH", path, body=body)
    account = told["account"]
    if flags.json:
        print(json.dumps(account))
    else:
        print(f"{flags.what}d: {account['id']} ({flat(account['name'])})")


def _id_of(name_or_id: str, ledger: Ledger) -> str:
    """The id of an account. Raises Failure when there is none of this name or id."""
    for account in _accounts(ledger):
        if name_or_id in (account["id"], account["name"]):
            found: str = account["id"]
            return found
    raise Failure(f"There is no account `{name_or_id}`; `narthex accounts` lists them", USAGE)
