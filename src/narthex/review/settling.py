"""What became of a decision: it went ahead, with its justification, or it was given up.

This file never shares anything: whoever calls does so only after `settle` returned.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Transaction, decisions
from narthex.catalog.decisions import Decision, Outcome
from narthex.pure.review.model import TYPED, Model
from narthex.pure.shares import Owner
from narthex.review.errors import ReviewError, no_such_decision
from narthex.review.judge import Judgement
from narthex.server import Server

LONGEST = 1000  # characters of a justification that is typed


@dataclass(frozen=True, slots=True)
class Justified:
    """Why somebody goes on. id: of the model's list, or TYPED; text: in their own words."""

    id: str = ""
    text: str = ""


def checked(model: Model, justified: Justified) -> Justified:
    """The justification, if the model takes it. Raises ReviewError (ConfirmationNeeded)."""
    text = justified.text.replace("\0", "").strip()[:LONGEST]
    choice = next((one for one in model.justifications if one.id == justified.id), None)
    if choice is None and justified.id not in ("", TYPED):
        raise ReviewError(
            "InvalidArgument",
            f"`{justified.id[:64]}` is none of {', '.join(one.id for one in model.justifications)}",
            "justification",
        )
    needs_words = choice is None or choice.typed
    if needs_words and len(text) < model.shortest_justification:
        raise ReviewError(
            "ConfirmationNeeded",
            f"say why, in at least {model.shortest_justification} characters,"
            f" or pick one of {', '.join(one.id for one in model.justifications)}",
            "justification",
        )
    return Justified(choice.id if choice is not None else TYPED, text)


def meant(model: Model, justified: Justified) -> Justified:
    """One of the model's list by its id, or in words: what is no id are words."""
    if justified.text or any(one.id == justified.id for one in model.justifications):
        return justified
    return Justified("", justified.id)


def answers(earlier: Decision, later: Decision) -> bool:
    """Whether an earlier decision is about the same, by the same, and came to the same."""
    return _essence(earlier) == _essence(later)


def _essence(one: Decision) -> tuple[str, ...]:
    return one.asker_key, one.place, one.binding, one.model, one.verdict


async def settle(
    server: Server,
    owner: Owner,
    judgement: Judgement,
    outcome: Outcome,
    *,
    share: str = "",
    justified: Justified | None = None,
) -> None:
    """Write down what becomes of a judgement, once, by whoever asked.

    Raises ReviewError: ConfirmationNeeded without a reason that is needed, AccessDenied for going
    ahead with what is refused, NoSuchDecision, DecisionFinal for a second outcome.
    """
    said = Justified()
    if outcome == "proceeded":
        if judgement.enforced == "refuse":
            name = judgement.verdict.owner.name
            raise ReviewError("AccessDenied", f"this is refused; only {name} can say otherwise")
        if judgement.enforced == "confirm":
            said = checked(judgement.model, justified or Justified())
    now_us = server.clock()

    async def work(tx: Transaction) -> None:
        seen = decisions.Seen(owner.account, owner.key)
        found = await decisions.find(tx, seen, judgement.id)
        if found is None or found.asker_key != owner.key:
            raise no_such_decision(judgement.id)
        settled = await decisions.settle(
            tx,
            judgement.id,
            outcome,
            now_us,
            share=share,
            justification=said.id,
            typed=said.text,
        )
        if not settled:
            raise ReviewError("DecisionFinal", "what became of this decision was told before")

    await server.catalog.run(work)
