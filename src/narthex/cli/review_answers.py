"""What people say to a decision that is there: a yes, that it is wrong, that it is given up.

This file never reviews anything: the server has, and it says who may say what.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from narthex.cli.arguments import tell
from narthex.cli.configuration import read_configuration
from narthex.cli.failure import DONE, USAGE, Failure
from narthex.cli.share_lines import flat, local

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger


def answer(flags: argparse.Namespace) -> int:
    """Say it. flags: of `narthex review`, whose target says what. Raises Failure."""
    id = flags.id
    if not id:
        raise Failure(f"narthex review {flags.target} needs the ID of a decision", USAGE)
    if not (id.isascii() and id.isalnum()):
        raise Failure(f"`{id}` is no id of a decision", USAGE)
    _refuse_nonsense(flags)
    if flags.target == "approve":
        return _approve(flags)
    if flags.target == "abandon":
        abandon(_ledger(flags), id)
        tell("Given up: it waits for nobody any more.")
        return DONE
    if flags.target == "dispute":
        return _dispute(flags)
    return _answer(flags)


def abandon(ledger: Ledger, id: str) -> None:
    """A decision of one's own is given up. Raises Failure."""
    ledger.call("AbandonDecision", "POST", f"/decisions/{id}/abandonment")


def _refuse_nonsense(flags: argparse.Namespace) -> None:
    words = {
        "--reason-id and --note are": (flags.reason_id or flags.note, ("dispute",)),
        "--reason is": (flags.reason, ("approve", "agree", "disagree")),
        "--for is": (flags.lasts, ("approve",)),
    }
    for name, (said, actions) in words.items():
        if said and flags.target not in actions:
            raise Failure(f"{name} for narthex review {', '.join(actions)}", USAGE)


def _approve(flags: argparse.Namespace) -> int:
    from narthex.pure.durations import DurationError, read_lifetime

    fields: dict[str, Any] = {"reason": flags.reason or _reason()}
    if flags.lasts:
        try:
            fields["lasts"] = read_lifetime(flags.lasts, datetime.now().astimezone())
        except DurationError as error:
            raise Failure(f"--for: {error}", USAGE) from error
    given = _ledger(flags).approve(flags.id, fields)["approval"]
    if flags.json:
        print(json.dumps(given))
        return DONE
    print(flat(f"Approved until {local(given['until'])}, for what was asked and nothing else."))
    return DONE


def _dispute(flags: argparse.Namespace) -> int:
    said = {"reason_id": flags.reason_id, "note": flags.note}
    body = {name: text for name, text in said.items() if text}
    path = f"/decisions/{flags.id}/dispute"
    told = _ledger(flags).call("DisputeDecision", "POST", path, body=_json(body))["dispute"]
    if flags.json:
        print(json.dumps(told))
        return DONE
    what = told["reason_id"] or "all of it"
    print(flat(f"Reported as wrong: {what}. The decision stands until its owner says otherwise."))
    return DONE


def _answer(flags: argparse.Namespace) -> int:
    agrees = flags.target == "agree"
    body = {"agrees": agrees, **({"reason": flags.reason} if flags.reason else {})}
    path = f"/decisions/{flags.id}/dispute/answer"
    told = _ledger(flags).call("AnswerDispute", "POST", path, body=_json(body))["disputes"]
    if flags.json:
        print(json.dumps(told))
    elif agrees:
        print("Noted: it was wrong. To let it through: narthex review approve.")
    else:
        print("Noted: it was right.")
    return DONE


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _reason() -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Failure("--reason says why it is right: it is kept with the decision", USAGE)
    print("Why is it right? > ", end="", file=sys.stderr, flush=True)
    said = sys.stdin.readline(4096).strip()
    if not said:
        raise Failure("Nothing was approved.", USAGE)
    return said


def _ledger(flags: argparse.Namespace) -> Ledger:
    from narthex.cli.ledger import open_ledger

    return open_ledger(read_configuration(flags))
