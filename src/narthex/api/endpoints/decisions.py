"""Decisions: listed, looked at, counted, and overridden by whoever is accountable.

Somebody meets its own, those it may answer, and as a root those of its account.
"""

from __future__ import annotations

import json

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import Fields, Parameters
from narthex.catalog import approvals, decisions
from narthex.catalog.approvals import Approval
from narthex.catalog.decisions import OUTCOMES, Decision, Seen, Sought
from narthex.pure.review.model import DECISIONS
from narthex.pure.times import iso_seconds
from narthex.review.approvals import approve
from narthex.review.errors import ReviewError, no_such_decision
from narthex.review.names import names_of
from narthex.server import Server

FILTERS = "decision outcome place model fired since until waiting"


def seen_by(call: Call) -> Seen:
    """Whose decisions the caller may meet."""
    return Seen(call.scope.account, call.scope.owner, names_of(call.issuer.owner))


def sought_by(call: Call, told: Parameters) -> Sought:
    """The filters of a query. Raises ApiError."""
    decision, outcome = told.text("decision"), told.text("outcome")
    if decision is not None and decision not in DECISIONS:
        raise invalid("decision", f"this is one of {', '.join(DECISIONS)}")
    if outcome is not None and outcome not in OUTCOMES:
        raise invalid("outcome", f"this is one of {', '.join(OUTCOMES)}")
    waiting = told.text("waiting")
    if waiting not in (None, "true", "false"):
        raise invalid("waiting", "this is true or false")
    return Sought(
        seen_by(call),
        decision=decision,
        outcome=outcome,
        place=told.text("place"),
        model=told.text("model"),
        fired=told.text("fired"),
        since_us=told.moment("since"),
        until_us=told.moment("until"),
        waiting=waiting == "true",
    )


@endpoint("GET", "decisions", action="narthex:ListDecisions", parameters=f"{FILTERS} limit after")
async def list_decisions(call: Call, held: None, server: Server) -> Answer:
    told = Parameters(call.query)
    limit, sought = told.limit(), sought_by(call, told)
    found = await decisions.page(server.catalog, sought, told.text("after"), limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return Answer({"decisions": [show_decision(one) for one in found[:limit]], "next": more})


@endpoint("GET", "statistics/decisions", action="narthex:ListDecisions", parameters=FILTERS)
async def count_decisions(call: Call, held: None, server: Server) -> Answer:
    sought = sought_by(call, Parameters(call.query))
    counts = await decisions.count(server.catalog, sought)
    fired = await decisions.tally(server.catalog, sought)
    shown = [
        {
            "kind": one.kind,
            "name": one.name,
            "fired": one.fired,
            "confirm": one.confirm,
            "refuse": one.refuse,
            "justified": one.justified,
            "overridden": one.overridden,
        }
        for one in fired
    ]
    return Answer({"decisions": {name: counts.get(name, 0) for name in DECISIONS}, "fired": shown})


async def find_decision(call: Call, server: Server) -> Resource:
    """The decision that the path names, if the caller may meet it."""
    id = call.parts["id"]
    found = await decisions.find(server.catalog, seen_by(call), id)
    if found is None:
        raise _refusal(no_such_decision(id))
    return Resource(held=found)


@endpoint("GET", "decisions/{id}", action="narthex:GetDecision", find=find_decision)
async def get_decision(call: Call, found: Decision, server: Server) -> Answer:
    given = await approvals.find(server.catalog, found.approval) if found.approval else None
    shown = show_decision(found)
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


def _refusal(error: ReviewError) -> ApiError:
    return ApiError(error.code, error.message, error.field)


def show_decision(found: Decision) -> Json:
    """A decision; what was found in it is masked."""
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
        "settled_at": None if found.settled_us is None else iso_seconds(found.settled_us),
        "situation": json.loads(found.situation),
        "facts": json.loads(found.findings),
        "verdict": json.loads(found.verdict),
    }


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
