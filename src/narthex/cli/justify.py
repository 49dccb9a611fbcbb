"""What a person says to a review that stops a share: why it is all the same right to go on.

The options of `share`, and the questions on a terminal. This file never decides anything: the
server checks what is said, and who may say it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from narthex.cli.arguments import tell
from narthex.cli.failure import REFUSED, UNCONFIRMED, Failure, Stopped
from narthex.cli.review_answers import abandon
from narthex.cli.share_lines import flat
from narthex.cli.verdict_lines import verdict_lines

if TYPE_CHECKING:
    from narthex.cli.ledger import Ledger

MOST_TOLD = 3  # verdicts of one answer that are told whole


def add_review(made: argparse.ArgumentParser) -> None:
    """The options that `Reviewer` reads."""
    group = made.add_argument_group("review", "By the server's model: narthex model show.")
    group.add_argument(
        "--justify",
        default="",
        metavar="WHY",
        help="why, if it has to be confirmed: one of the list (agreed, public, ...), or words",
    )
    group.add_argument(
        "--approve",
        default="",
        metavar="WHY",
        help="why, if it is refused: for whoever answers for it, by the model",
    )


class Reviewer:
    """Answers reviews for a command line. asks: whether a person can be asked."""

    def __init__(self, flags: argparse.Namespace, ledger: Ledger, *, asks: bool) -> None:
        self._justify, self._approve = flags.justify, getattr(flags, "approve", "")
        self._ledger, self._asks = ledger, asks

    @property
    def said(self) -> Mapping[str, Any]:
        """What goes with the first attempt."""
        return {"justification": self._justify} if self._justify else {}

    def answer(self, stopped: Stopped) -> Mapping[str, Any]:
        """What goes with the second attempt. Raises Failure when there is none."""
        reviews = stopped.told["reviews"]
        _tell_verdicts(reviews)
        if stopped.code == "Refused":
            self._approved(stopped)
            return {}
        if self._justify or not self._asks:
            raise Failure(_unconfirmed(stopped), UNCONFIRMED)
        ids = [one["id"] for one in reviews if one["id"]]
        try:
            said = _asked(stopped.told["justifications"])
        except (Failure, KeyboardInterrupt):
            self._give_up(ids)
            raise
        return {**said, "decisions": ids}

    def say_why(self, stopped: Stopped, identity: str) -> Mapping[str, Any]:
        """What is said to the review of a share that exists, and waits. Raises Failure."""
        _tell_verdicts(stopped.told["reviews"])
        if not self._asks:
            told = f"The link is not open: {stopped.message}.\n{_choices(stopped)}\n"
            raise Failure(f"{told}narthex shares confirm {identity} --justify WHY", UNCONFIRMED)
        return _asked(stopped.told["justifications"], "The link is not open.")

    def _give_up(self, ids: Sequence[str]) -> None:
        """The server knows that nobody will answer; where it cannot be told, it finds out."""
        with suppress(Failure):
            for id in ids:
                abandon(self._ledger, id)

    def _approved(self, stopped: Stopped) -> None:
        """An owner who is asking itself lets it through. Raises Failure."""
        refused = [one for one in stopped.told["reviews"] if one["enforced"] == "refuse"]
        if not self._approve:
            raise Failure(_refused(refused, stopped.message), REFUSED)
        for one in refused:
            self._ledger.approve(one["id"], {"reason": self._approve})


def can_ask() -> bool:
    """Whether somebody sits at a terminal that is not read for something else."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def tell_passed(answers: Sequence[Mapping[str, Any]]) -> None:
    """One line about what was reviewed and went ahead. answers: of the server, each a share."""
    passed = [one["review"] for one in answers if one.get("review")]
    if not passed:
        return
    worst = max(passed, key=lambda one: (one["decision"] != "proceed", one["risk"]))
    many = f"{len(passed)} reviewed: at most " if len(passed) > 1 else "Reviewed: "
    how = worst["decision"]
    if worst["approved_by"]:
        how = f"approved by {worst['approved_by']}"
    elif worst["enforced"] == "confirm":
        how = "confirmed"
    elif worst["enforced"] != worst["decision"]:
        how = f"{how}, which is only observed here"
    tips = f": {worst['tips'][0]}" if worst["tips"] and worst["risk"] > 0 else ""
    tell(flat(f"{many}risk {worst['risk']:g} of 100, {how}{tips}"))


def _tell_verdicts(reviews: Sequence[Mapping[str, Any]]) -> None:
    for one in reviews[:MOST_TOLD]:
        for line in verdict_lines(one["verdict"], f"s3://{one['bucket']}/{one['key']}"):
            tell(line)
    if len(reviews) > MOST_TOLD:
        tell(f"... and {len(reviews) - MOST_TOLD} more")


def _unconfirmed(stopped: Stopped) -> str:
    return (
        f"Nothing was shared: {stopped.message}.\n{_choices(stopped)}\n"
        "--justify ID, or --justify 'in your own words', says why."
    )


def _choices(stopped: Stopped) -> str:
    return "\n".join(
        f"  {flat(one['id']).ljust(12)}{flat(one['text'])}"
        for one in stopped.told["justifications"]
    )


def _refused(refused: Sequence[Mapping[str, Any]], message: str) -> str:
    can = [one for one in refused if one["verdict"]["overridable"]]
    lines = [f"Nothing was shared: {flat(message)}."]
    lines += [f"  narthex review approve {one['id']}" for one in can[:MOST_TOLD]]
    if can:
        lines.append("is for the owner to say, and --approve WHY if that is you.")
    return "\n".join(lines)


def _asked(
    choices: Sequence[Mapping[str, Any]], otherwise: str = "Nothing was shared."
) -> Mapping[str, Any]:
    """One of the list by its number, or words. Raises Failure, `otherwise`, for nothing said."""
    tell("Why is it right to go on? A number, or in your own words; nothing gives it up.")
    for number, one in enumerate(choices, 1):
        tell(flat(f"  {number}. {one['text']}"))
    said = _line("> ")
    if said.isdigit() and 1 <= int(said) <= len(choices):
        chosen = choices[int(said) - 1]
        text = _line("In which words? > ") if chosen["typed"] else ""
        return {"justification": chosen["id"], "justification_text": text}
    if not said:
        raise Failure(otherwise, UNCONFIRMED)
    return {"justification_text": said}


def _line(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline(4096).strip()
