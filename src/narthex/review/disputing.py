"""Whoever got a verdict says that it found what is not there, and its owner whether that is so.

INVARIANT: a dispute changes no verdict and lets nothing through (an approval does): it is a record
beside the decision, and counts in statistics. One for each decision and whoever says so.
"""

from __future__ import annotations

import json

from narthex.catalog import Transaction, decisions, disputes
from narthex.catalog.decisions import Decision, Seen
from narthex.catalog.disputes import Dispute, State
from narthex.errors import Conflict
from narthex.pure.review.places import owner_at
from narthex.pure.shares import Owner
from narthex.review.approvals import checked_reason, require_answering
from narthex.review.errors import ReviewError, no_such_decision
from narthex.review.models import models_of
from narthex.review.notifying import tell_dispute
from narthex.server import Server


async def dispute(server: Server, owner: Owner, found: Decision, reason: str, note: str) -> Dispute:
    """Say that what was found is not what it seems; the owner is told.

    found: a decision that this principal may meet. reason: the id of what fired falsely, "" for all
    of it. Raises ReviewError: InvalidArgument, DecisionFinal.
    """
    told = checked_reason(note, needed=False, field="note")
    verdict = json.loads(found.verdict)
    if found.decision == "proceed" and found.enforced == "proceed":
        raise ReviewError("DecisionFinal", "this decision stopped nobody: there is nothing to say")
    fired = (*verdict["gates"], *verdict["facts"], *verdict["rules"])
    if reason and reason not in fired:
        known = ", ".join(fired) or "nothing"
        raise ReviewError(
            "InvalidArgument", f"`{reason[:64]}` did not fire here: {known} did", "reason_id"
        )
    now_us = server.clock()
    said = Dispute(found.id, owner.key, owner.arn, reason, told, now_us)

    async def work(tx: Transaction) -> None:
        await disputes.add(tx, said)
        await tell_dispute(tx, server, found, said, now_us)

    try:
        await server.catalog.run(work)
    except Conflict as error:
        raise ReviewError("DecisionFinal", "you have disputed this decision before") from error
    return said


async def answer_disputes(
    server: Server, owner: Owner, id: str, *, agrees: bool, reason: str
) -> list[Dispute]:
    """The owner's word about all that is disputed of a decision: it was false, or it was not.

    Raises ReviewError: NoSuchDecision, AccessDenied, DecisionFinal, InvalidArgument.
    """
    told = checked_reason(reason, needed=False)
    found = await decisions.find(server.catalog, Seen(owner.account, None), id)
    if found is None:
        raise no_such_decision(id)
    responsible = owner_at(models_of(server).current().model, found.place)
    await require_answering(server, owner, found, responsible)
    before = (await disputes.of(server.catalog, (id,)))[id]
    waiting = [one for one in before if one.state == "open"]
    if not waiting:
        raise ReviewError("DecisionFinal", "nobody disputes this decision, or it was answered")
    if responsible.four_eyes and any(one.disputer_key == owner.key for one in waiting):
        raise ReviewError("AccessDenied", "nobody answers here what they said themselves")
    state: State = "agreed" if agrees else "disagreed"

    async def work(tx: Transaction) -> None:
        await disputes.answer(tx, id, state, owner.arn, told, server.clock())

    await server.catalog.run(work)
    return (await disputes.of(server.catalog, (id,)))[id]
