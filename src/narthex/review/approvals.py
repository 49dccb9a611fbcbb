"""An owner says otherwise: for a time, for the bytes, the people and the risk that were seen.

INVARIANT: only the owner of the place or a deputy may, by the model in force now; with four eyes
never for what they asked for themselves. This file never shares anything.
"""

from __future__ import annotations

import json

from narthex.catalog import (
    Transaction,
    approvals,
    decisions,
    held,
    share_contents,
    share_reviews,
)
from narthex.catalog.approvals import Approval
from narthex.catalog.decisions import Decision, Seen
from narthex.errors import Conflict
from narthex.pure.review.model import Owner as Responsible
from narthex.pure.review.places import owner_at
from narthex.pure.shares import Owner
from narthex.review.errors import ReviewError, no_such_decision
from narthex.review.models import models_of
from narthex.review.names import answers
from narthex.server import Server

SECOND = 1_000_000  # microseconds
SHORTEST, LONGEST = 3, 1000  # characters of a reason


async def approve(
    server: Server, approver: Owner, id: str, reason: str, *, lasts: int | None = None
) -> Approval:
    """The owner's yes to a refused decision. lasts: seconds, at most what the model grants.

    Raises ReviewError: NoSuchDecision, AccessDenied, DecisionFinal, InvalidArgument.
    """
    told = checked_reason(reason)
    seen = Seen(approver.account, None)  # whether it is theirs to answer is judged right below
    found = await decisions.find(server.catalog, seen, id)
    if found is None:
        raise no_such_decision(id)
    responsible = owner_at(models_of(server).current().model, found.place)
    await require_answering(server, approver, found, responsible)
    _require_waiting(found)
    now_us = server.clock()
    seconds = responsible.lasts if lasts is None else lasts
    if not 1 <= seconds <= responsible.lasts:
        raise ReviewError(
            "InvalidArgument", f"this is from 1 to {responsible.lasts} seconds", "lasts"
        )
    gates = " ".join(json.loads(found.verdict)["gates"])
    approval = Approval(
        id=server.new_id()[:16],
        account=found.account,
        decision=found.id,
        binding=found.binding,
        approver=approver.arn,
        reason=told,
        risk=found.risk,
        gates=gates,
        created_us=now_us,
        until_us=now_us + seconds * SECOND,
    )

    async def work(tx: Transaction) -> None:
        await approvals.add(tx, approval)
        await decisions.override(tx, found.id, approval.id)
        await held.release_decided(tx, found.id)
        await share_reviews.ask_again_of(tx, found.id, now_us)
        await share_contents.forget_stopped(tx, found.id)

    try:
        await server.catalog.run(work)
    except Conflict as error:
        raise ReviewError("DecisionFinal", "this decision was approved before") from error
    return approval


def checked_reason(reason: str, *, needed: bool = True, field: str = "reason") -> str:
    """Words as they are kept. Raises ReviewError for too few of them, or too many."""
    told = reason.replace("\0", "").strip()
    if len(told) > LONGEST or (len(told) < SHORTEST and (needed or told)):
        raise ReviewError(
            "InvalidArgument", f"a {field} has {SHORTEST} to {LONGEST} characters", field
        )
    return told


async def require_answering(
    server: Server, answerer: Owner, found: Decision, responsible: Responsible
) -> None:
    """Raises ReviewError unless it is for this answerer to say something of this decision."""
    if not await answers(server.catalog, answerer, responsible):
        if not _may_meet(answerer, found):
            raise no_such_decision(found.id)
        raise ReviewError("AccessDenied", f"only {responsible.name} and deputies can answer this")
    if responsible.four_eyes and found.asker_key == answerer.key:
        raise ReviewError("AccessDenied", "nobody answers here for what they asked for themselves")


def _require_waiting(found: Decision) -> None:
    """Raises ReviewError unless there is something to say otherwise of."""
    if found.enforced != "refuse":
        raise ReviewError("DecisionFinal", "this decision is not refused: it needs no approval")
    if found.outcome == "abandoned":
        raise ReviewError("DecisionFinal", "whoever asked has given it up: it waits for nobody")
    if not json.loads(found.verdict)["overridable"]:
        raise ReviewError("DecisionFinal", "the model lets nobody say otherwise of this")
    if not found.binding:
        raise ReviewError("DecisionFinal", "its bytes were not known: it has to be reviewed anew")


def _may_meet(approver: Owner, found: Decision) -> bool:
    """Whether it is their own, or of the account whose root they are."""
    is_root = approver.kind == "root" and not approver.narrowed
    return is_root or found.asker_key == approver.key
