"""Decisions: listed, looked at, counted, given up, disputed, and answered by who is accountable.

Somebody meets its own, those it may answer, and as a root those of its account.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import SECOND, Fields, Parameters
from narthex.catalog import approvals, decisions, disputes
from narthex.catalog.approvals import Approval
from narthex.catalog.decisions import OUTCOMES, Decision, Seen, Sought
from narthex.catalog.disputes import STATES, Dispute
from narthex.pure.review.model import DECISIONS
from narthex.pure.times import iso_seconds
from narthex.review.approvals import approve
from narthex.review.disputing import answer_disputes, dispute
from narthex.review.errors import ReviewError, no_such_decision
from narthex.review.names import names_of
from narthex.review.waiting import abandon
from narthex.server import Server

FILTERS = "decision outcome place model fired since until waiting disputed"
DISPUTED = ("any", *STATES)


async def seen_by(call: Call, server: Server) -> Seen:
    """Whose decisions the caller may meet."""
    names = await names_of(server.catalog, call.issuer.owner)
    return Seen(call.scope.account, call.scope.owner, names)


def sought_by(seen: Seen, told: Parameters) -> Sought:
    """The filters of a query. Raises ApiError."""
    decision, outcome = told.text("decision"), told.text("outcome")
    if decision is not None and decision not in DECISIONS:
        raise invalid("decision", f"this is one of {', '.join(DECISIONS)}")
    if outcome is not None and outcome not in OUTCOMES:
        raise invalid("outcome", f"this is one of {', '.join(OUTCOMES)}")
    waiting = told.text("waiting")
    if waiting not in (None, "true", "false"):
        raise invalid("waiting", "this is true or false")
    disputed = told.text("disputed")
    if disputed is not None and disputed not in DISPUTED:
        raise invalid("disputed", f"this is one of {', '.join(DISPUTED)}")
    return Sought(
        seen,
        decision=decision,
        outcome=outcome,
        place=told.text("place"),
        model=told.text("model"),
        fired=told.text("fired"),
        since_us=told.moment("since"),
        until_us=told.moment("until"),
        waiting=waiting == "true",
        disputed=disputed,
    )


@endpoint("GET", "decisions", action="narthex:ListDecisions", parameters=f"{FILTERS} limit after")
async def list_decisions(call: Call, held: None, server: Server) -> Answer:
    told = Parameters(call.query)
    limit, sought = told.limit(), sought_by(await seen_by(call, server), told)
    found = await decisions.page(server.catalog, sought, told.text("after"), limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    told_of = await disputes.of(server.catalog, [one.id for one in found[:limit]])
    shown = [show_decision(one, told_of[one.id], call.now_us) for one in found[:limit]]
    return Answer({"decisions": shown, "next": more})


@endpoint("GET", "statistics/decisions", action="narthex:ListDecisions", parameters=FILTERS)
async def count_decisions(call: Call, held: None, server: Server) -> Answer:
    sought = sought_by(await seen_by(call, server), Parameters(call.query))
    counts = await decisions.count(server.catalog, sought)
    fired = await decisions.tally(server.catalog, sought)
    came_to = {name: _sum(counts, decision=name) for name in DECISIONS}
    became = {name: _sum(counts, outcome=name) for name in OUTCOMES}
    shown = [asdict(one) for one in fired]
    return Answer({"decisions": came_to, "outcomes": became, "fired": shown})


def _sum(counts: Mapping[tuple[str, str], int], *, decision: str = "", outcome: str = "") -> int:
    return sum(
        number
        for (came_to, became), number in counts.items()
        if decision in ("", came_to) and outcome in ("", became)
    )


async def find_decision(call: Call, server: Server) -> Resource:
    """The decision that the path names, if the caller may meet it."""
    id = call.parts["id"]
    found = await decisions.find(server.catalog, await seen_by(call, server), id)
    if found is None:
        raise _refusal(no_such_decision(id))
    return Resource(held=found)


@endpoint("GET", "decisions/{id}", action="narthex:GetDecision", find=find_decision)
async def get_decision(call: Call, found: Decision, server: Server) -> Answer:
    given = await approvals.find(server.catalog, found.approval) if found.approval else None
    said = await disputes.of(server.catalog, (found.id,))
    shown = show_decision(found, said[found.id], call.now_us)
    shown["approval"] = None if given is None else show_approval(given)
    return Answer({"decision": shown})


@endpoint("POST", "decisions/{id}/approval", action="narthex:ApproveDecision", find=find_decision)
async def approve_decision(call: Call, found: Decision, server: Server) -> Answer:
    fields = Fields(call.body, ("reason", "lasts"))
    try:
        given = await approve(
            server,
            call.issuer.owner,
            found.id,
            fields.needed("reason"),
            lasts=fields.number("lasts"),
        )
    except ReviewError as error:
        raise _refusal(error) from error
    return Answer({"approval": show_approval(given)}, 201)


@endpoint(
    "POST", "decisions/{id}/abandonment", action="narthex:AbandonDecision", find=find_decision
)
async def abandon_decision(call: Call, found: Decision, server: Server) -> Answer:
    Fields(call.body, ())
    try:
        await abandon(server, call.issuer.owner, found)
    except ReviewError as error:
        raise _refusal(error) from error
    return Answer({})


@endpoint("POST", "decisions/{id}/dispute", action="narthex:DisputeDecision", find=find_decision)
async def dispute_decision(call: Call, found: Decision, server: Server) -> Answer:
    fields = Fields(call.body, ("reason_id", "note"))
    reason, note = fields.text("reason_id"), fields.text("note")
    try:
        said = await dispute(server, call.issuer.owner, found, reason, note)
    except ReviewError as error:
        raise _refusal(error) from error
    return Answer({"dispute": show_dispute(said)}, 201)


@endpoint(
    "POST", "decisions/{id}/dispute/answer", action="narthex:AnswerDispute", find=find_decision
)
async def answer_dispute(call: Call, found: Decision, server: Server) -> Answer:
    fields = Fields(call.body, ("agrees", "reason"))
    if "agrees" not in fields:
        raise invalid("agrees", "`agrees` is needed")
    agrees, reason = fields.flag("agrees"), fields.text("reason")
    try:
        said = await answer_disputes(
            server, call.issuer.owner, found.id, agrees=agrees, reason=reason
        )
    except ReviewError as error:
        raise _refusal(error) from error
    return Answer({"disputes": [show_dispute(one) for one in said]})


def _refusal(error: ReviewError) -> ApiError:
    return ApiError(error.code, error.message, error.field)


def show_decision(found: Decision, disputed: Sequence[Dispute], now_us: int) -> Json:
    """A decision; what was found in it is masked. disputed: what was said of it."""
    verdict = json.loads(found.verdict)
    is_waiting = found.enforced == "refuse" and found.outcome == "open" and not found.approval
    due_us = found.at_us + verdict["sla"] * SECOND if is_waiting else None
    return {
        "id": found.id,
        "at": iso_seconds(found.at_us),
        "asker": found.asker,
        "kind": found.kind,
        "place": found.place,
        "object": found.object or None,
        "decision": found.decision,
        "enforced": found.enforced,
        "mode": found.mode,
        "risk": found.risk / 10,
        "owner": found.responsible,
        "model": found.model,
        "justification": found.justification or None,
        "typed": found.typed or None,
        "approval": found.approval or None,
        "outcome": found.outcome,
        "share": found.share or None,
        "settled_at": _iso(found.settled_us),
        "due_at": _iso(due_us),
        "overdue": due_us is not None and due_us <= now_us,
        "escalated_at": _iso(found.escalated_us),
        "disputes": [show_dispute(one) for one in disputed],
        "situation": json.loads(found.situation),
        "facts": json.loads(found.findings),
        "verdict": verdict,
    }


def show_dispute(said: Dispute) -> Json:
    """What somebody says of a decision, and what its owner says of that."""
    return {
        "disputer": said.disputer,
        "reason_id": said.reason or None,
        "note": said.note or None,
        "at": iso_seconds(said.at_us),
        "state": said.state,
        "answered_by": said.answered_by or None,
        "answer": said.answer or None,
        "answered_at": _iso(said.answered_us),
    }


def _iso(at_us: int | None) -> str | None:
    return None if at_us is None else iso_seconds(at_us)


def show_approval(given: Approval) -> Json:
    """An owner's yes."""
    return {
        "id": given.id,
        "decision": given.decision,
        "approver": given.approver,
        "reason": given.reason,
        "risk": given.risk / 10,
        "created_at": iso_seconds(given.created_us),
        "until": iso_seconds(given.until_us),
    }
