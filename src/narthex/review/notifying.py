"""Whoever is accountable is told that a share waits: by targets of the account that have the name.

`review-NAME` is told of what waits for the owner NAME, `reviews` of all. INVARIANT: enqueued in the
transaction that writes the decision down, and no evidence is in it: it goes to mail and chat rooms.
"""

from __future__ import annotations

import json
from typing import Any

from narthex.catalog import Transaction, deliveries, targets
from narthex.ledger.addresses import topic_arn
from narthex.ledger.notices import KIND
from narthex.pure.durations import spoken
from narthex.pure.messages import plain
from narthex.pure.times import iso_seconds
from narthex.review.judge import Considered
from narthex.server import Server

EVERY = "reviews"
DAY = 86_400_000_000  # microseconds: a notice older than that is news no more


async def tell_owner(tx: Transaction, server: Server, refused: Considered, now_us: int) -> None:
    """A decision waits for its owner, if anybody can say otherwise."""
    row, verdict = refused.row, refused.judgement.verdict
    if not verdict.overridable or not row.binding:
        return
    for name in (f"review-{row.responsible.rpartition('/')[2]}", EVERY):
        if await targets.find(tx, row.account, name) is None:
            continue
        await deliveries.enqueue(
            tx,
            account=row.account,
            target=topic_arn(server.settings.home_region, row.account, name),
            lane=f"decision-{row.id}",
            kind=KIND,
            payload=written(refused, now_us),
            now_us=now_us,
            expires_us=now_us + DAY,
        )


def written(refused: Considered, now_us: int) -> str:
    """The notice as JSON in ASCII, as Standard Webhooks shapes it, with its words for people."""
    row, verdict = refused.row, refused.judgement.verdict
    reasons = [{"id": one.id, "text": one.text, "fix": one.fix} for one in verdict.reasons]
    place = plain(row.place)
    lines = [
        f"{plain(row.asker)} wants to share s3://{place}.",
        f"It was refused: risk {verdict.risk:g} of 100.",
        *(f"- {plain(one.text)}" for one in verdict.reasons),
        f"You answer for it, within {spoken(verdict.owner.sla)}. To look at it, and to allow it:",
        f"narthex decisions show {row.id}",
        f"narthex review approve {row.id} --reason '...'",
    ]
    payload: dict[str, Any] = {
        "type": "narthex.review",
        "timestamp": iso_seconds(now_us),
        "data": {
            "decision": row.id,
            "asker": row.asker,
            "place": row.place,
            "owner": row.responsible,
            "risk": verdict.risk,
            "gates": list(verdict.gates),
            "reasons": reasons,
        },
        "subject": f"narthex: a share of {place} waits for you",
        "text": "".join(f"{line}\n" for line in lines),
    }
    return json.dumps(payload)
