"""Links whose review is to come: wait for it on a terminal, and say what became of each.

This file never makes a link and never takes one back: whoever stops waiting leaves them as they
are, and they open by themselves.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from narthex.cli.arguments import tell
from narthex.cli.failure import DONE, REFUSED, UNCONFIRMED, Failure, ServiceError, Stopped
from narthex.cli.justify import Reviewer, can_ask
from narthex.cli.share_lines import flat, what
from narthex.cli.share_links import Made
from narthex.cli.sizes import human_size

if TYPE_CHECKING:
    from narthex.cli.ledger import Document, Ledger

LOOK = 1.0  # seconds between two looks


def add_wait(made: argparse.ArgumentParser) -> None:
    """The option that `waits` reads."""
    made.add_argument(
        "--wait",
        action=argparse.BooleanOptionalAction,
        help="wait for the review of what takes long to look at (default: on a terminal)",
    )


def waits(flags: argparse.Namespace) -> bool:
    """Whether to wait for reviews."""
    return bool(flags.wait if flags.wait is not None else sys.stderr.isatty())


class Waiting:
    """Waits for the reviews of one command's links. pause: waits so many seconds."""

    def __init__(
        self,
        ledger: Ledger,
        reviewer: Reviewer,
        *,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._ledger, self._reviewer, self._pause = ledger, reviewer, pause

    def for_all(self, made: Sequence[Made]) -> int:
        """The exit code once every link is open, or never will be by itself."""
        code = DONE
        for one in made:
            if one.share is not None and is_pending(one.share):
                code = max(code, self.for_one(one.share["id"]))
        return code

    def for_one(self, identity: str) -> int:
        """The same for one share, by its id."""
        share = _found(self._ledger, identity)
        begun, is_asked = time.monotonic(), False
        while is_pending(share):
            if share["waits_for"] == "review":
                _draw(share, time.monotonic() - begun)
                self._pause(LOOK)
                share = _found(self._ledger, identity)
            elif is_asked:
                break  # what was said is not enough
            else:
                _wipe()
                is_asked = True
                share = self._confirmed(share)
        _wipe()
        return told_of(_found(self._ledger, identity))

    def _confirmed(self, share: Document) -> Document:
        """The share after whoever made it said why; as it was when nothing was said."""
        try:
            said_why(self._ledger, self._reviewer, share["id"], {})
        except Failure as error:
            if isinstance(error, ServiceError):
                raise
            tell(str(error))
        return _found(self._ledger, share["id"])


def said_why(
    ledger: Ledger, reviewer: Reviewer, identity: str, said: Mapping[str, Any]
) -> Document:
    """The share, once why it is right was said: at once, or when asked. Raises Failure."""
    try:
        return ledger.confirm(identity, said)
    except Stopped as stopped:
        return ledger.confirm(identity, reviewer.say_why(stopped, identity))


def confirm(ledger: Ledger, flags: argparse.Namespace) -> int:
    """`narthex shares confirm`: say why, wait for what comes of it, and tell; the exit code."""
    reviewer = Reviewer(flags, ledger, asks=can_ask() and not flags.justify)
    said = {"justification": flags.justify} if flags.justify else {}
    share = said_why(ledger, reviewer, flags.id, said)
    if flags.json:
        print(json.dumps(_found(ledger, flags.id)))
        return DONE
    if share["waits_for"] == "review" and sys.stderr.isatty():
        return Waiting(ledger, reviewer).for_one(flags.id)
    return told_of(_found(ledger, flags.id))


def _found(ledger: Ledger, identity: str) -> Document:
    from narthex.cli.ledger import SHARES  # what waits for nothing needs no ledger

    return ledger.find(SHARES, identity)


def is_pending(share: Mapping[str, Any]) -> bool:
    """Whether its review is to come, or waits for somebody."""
    return share.get("state") == "pending"


def tell_pending(made: Sequence[Made]) -> None:
    """That links are not open yet, and how to know when they are."""
    pending = [one.share for one in made if one.share is not None and is_pending(one.share)]
    if not pending:
        return
    many = "The link is" if len(made) == 1 else f"{len(pending)} of the links are"
    tell(
        f"{many} pending: what takes long to look at is reviewed first, and opens by itself then.\n"
        f"narthex shares show {pending[0]['id']} tells how it stands."
    )


def told_of(share: Mapping[str, Any]) -> int:
    """Say how a share stands after its review; the exit code."""
    if share["state"] == "refused":
        tell(f"{flat(what(share))} stays closed: {_why(share)}")
        return REFUSED
    if is_pending(share) and share["waits_for"] == "sharer":
        return UNCONFIRMED
    if is_pending(share):
        tell(f"{flat(what(share))} is reviewed once more, and opens by itself then.")
    else:
        tell(f"{flat(what(share))} was reviewed: the link is open.")
    return DONE


def _why(share: Mapping[str, Any]) -> str:
    waiting = share.get("pending") or {}
    if waiting.get("reason"):
        return f"{flat(waiting['reason'])}. narthex shares confirm {share['id']} tries again."
    if waiting.get("decision"):
        return (
            f"it was refused.\n  narthex decisions show {waiting['decision']}\n"
            f"  narthex review approve {waiting['decision']}\nis for the owner to say."
        )
    return "it was refused."


def _draw(share: Mapping[str, Any], seconds: float) -> None:
    if sys.stderr.isatty():
        size = human_size((share.get("pending") or {}).get("bytes") or 0)
        line = f"Reviewing {flat(what(share))}, {size}: {seconds:.0f} s; Ctrl-C stops waiting"
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def _wipe() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
