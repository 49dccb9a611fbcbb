"""An owner says otherwise: for a time, for the bytes, the people and the risk that were seen.

INVARIANT: only the owner of the place or a deputy may, by the model in force now; with four eyes
never for what they asked for themselves. This file never shares anything.
"""

from __future__ import annotations

import json

from narthex.catalog import Transaction, approvals, decisions, held
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
    told = reason.replace("\0", "").strip()
    if not SHORTEST <= len(told) <= LONGEST:
        raise ReviewError(
            "InvalidArgument", f"a reason has {SHORTEST} to {LONGEST} characters", "reason"
        )
    seen = Seen(approver.account, None)  # whether it is theirs to answer is judged right below
    found = await decisions.find(server.catalog, seen, id)
    if found is None:
        raise no_such_decision(id)
    responsible = owner_at(models_of(server).current().model, found.place)
    _require(approver, found, responsible)
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

    try:
        await server.catalog.run(work)
    except Conflict as error:
        raise ReviewError("DecisionFinal", "this decision was approved before") from error
    return approval


def _require(approver: Owner, found: Decision, responsible: Responsible) -> None:
    """Raises ReviewError unless this approver may say otherwise of this decision."""
    if not answers(approver, responsible):
        if not _may_meet(approver, found):
            raise no_such_decision(found.id)
        raise ReviewError("AccessDenied", f"only {responsible.name} and deputies can approve this")
    if responsible.four_eyes and found.asker_key == approver.key:
        raise ReviewError("AccessDenied", "nobody approves here what they asked for themselves")
    if found.enforced != "refuse":
        raise ReviewError("DecisionFinal", "this decision is not refused: it needs no approval")
    if not json.loads(found.verdict)["overridable"]:
        raise ReviewError("DecisionFinal", "the model lets nobody say otherwise of this")
    if not found.binding:
        raise ReviewError("DecisionFinal", "its bytes were not known: it has to be reviewed anew")


def _may_meet(approver: Owner, found: Decision) -> bool:
    """Whether it is their own, or of the account whose root they are."""
    is_root = approver.kind == "root" and not approver.narrowed
    return is_root or found.asker_key == approver.key
