"""Whoever is accountable is told what waits for them: by targets of the account that have the name.

`review-NAME` is told of what waits for NAME, `reviews` of all: a refusal at once, one that waited
too long (the deputies are told), and what somebody disputes. INVARIANT: enqueued in the transaction
that writes it down; what was found is in none of them but a dispute, and masked there: it goes to
mail and chat rooms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from narthex.catalog import Transaction, deliveries, targets
from narthex.catalog.decisions import Decision
from narthex.catalog.disputes import Dispute
from narthex.ledger.addresses import topic_arn
from narthex.ledger.notices import KIND
from narthex.pure.durations import spoken
from narthex.pure.messages import plain
from narthex.pure.times import iso_seconds
from narthex.review.judge import Considered
from narthex.server import Server

EVERY = "reviews"
DAY = 86_400_000_000  # microseconds: a notice older than that is news no more
Document = dict[str, Any]


def target_name(name: str) -> str:
    """The target of an owner: the last part of its name, a group's without its `@`."""
    return f"review-{name.rpartition('/')[2].removeprefix('@')}"


async def tell_owner(tx: Transaction, server: Server, refused: Considered, now_us: int) -> None:
    """A decision waits for its owner, if anybody can say otherwise."""
    row, verdict = refused.row, refused.judgement.verdict
    if not verdict.overridable or not row.binding:
        return
    await _tell(tx, server, row, (row.responsible,), written(refused, now_us), now_us)


async def tell_deputies(
    tx: Transaction, server: Server, waiting: Decision, deputies: Sequence[str], now_us: int
) -> bool:
    """A refusal has waited for its owner for too long; whether anybody could be told."""
    verdict = json.loads(waiting.verdict)
    late = spoken(verdict["sla"])
    lines = [
        f"{plain(waiting.asker)} wants to share s3://{plain(waiting.place)}.",
        f"It was refused, and {plain(waiting.responsible)} has not answered within {late}.",
        *_reasons(verdict["reasons"]),
        "You may answer in their place. To look at it, and to allow it:",
        *_commands(waiting.id),
    ]
    subject = f"narthex: a share of {plain(waiting.place)} waits for an answer"
    payload = _notice("narthex.review.overdue", waiting, verdict, subject, lines, now_us)
    return await _tell(tx, server, waiting, deputies, payload, now_us)


async def tell_dispute(
    tx: Transaction, server: Server, row: Decision, dispute: Dispute, now_us: int
) -> None:
    """Somebody says that what was found is not what it seems; with the masked evidence."""
    verdict = json.loads(row.verdict)
    told = [one for one in verdict["reasons"] if dispute.reason in ("", one["id"])]
    evidence = [f"    {plain(text)}" for one in told for text in one["evidence"]]
    what = plain(dispute.reason) or "all of it"
    lines = [
        f"{plain(dispute.disputer)} says that a review is wrong: {what},",
        f"about s3://{plain(row.place)}.",
        *([f"In their words: {plain(dispute.note)}"] if dispute.note else []),
        *_reasons(told),
        *evidence,
        "You answer for the place. To look at it, and to say what it is:",
        f"narthex decisions show {row.id}",
        f"narthex review agree {row.id} --reason '...'",
        f"narthex review disagree {row.id} --reason '...'",
    ]
    subject = f"narthex: a review of {plain(row.place)} is disputed"
    more = {
        "disputer": dispute.disputer,
        "disputed": dispute.reason or None,
        "note": dispute.note,
        "evidence": [text for one in told for text in one["evidence"]],
    }
    payload = _notice("narthex.review.disputed", row, verdict, subject, lines, now_us, more)
    await _tell(tx, server, row, (row.responsible,), payload, now_us)


def written(refused: Considered, now_us: int) -> str:
    """The notice as JSON in ASCII, as Standard Webhooks shapes it, with its words for people."""
    row, verdict = refused.row, refused.judgement.verdict
    place = plain(row.place)
    reasons = [{"id": one.id, "text": one.text, "fix": one.fix} for one in verdict.reasons]
    lines = [
        f"{plain(row.asker)} wants to share s3://{place}.",
        f"It was refused: risk {verdict.risk:g} of 100.",
        *_reasons(reasons),
        f"You answer for it, within {spoken(verdict.owner.sla)}. To look at it, and to allow it:",
        *_commands(row.id),
    ]
    subject = f"narthex: a share of {place} waits for you"
    told = {"risk": verdict.risk, "gates": list(verdict.gates), "reasons": reasons}
    return _notice("narthex.review", row, told, subject, lines, now_us)


async def _tell(
    tx: Transaction,
    server: Server,
    row: Decision,
    names: Iterable[str],
    payload: str,
    now_us: int,
) -> bool:
    """Whether there was anybody to tell."""
    told = False
    for name in dict.fromkeys((*map(target_name, names), EVERY)):
        if await targets.find(tx, row.account, name) is None:
            continue
        await deliveries.enqueue(
            tx,
            account=row.account,
            target=topic_arn(server.settings.home_region, row.account, name),
            lane=f"decision-{row.id}",
            kind=KIND,
            payload=payload,
            now_us=now_us,
            expires_us=now_us + DAY,
        )
        told = True
    return told


def _notice(
    type: str,
    row: Decision,
    verdict: Document,
    subject: str,
    lines: Sequence[str],
    now_us: int,
    more: Document | None = None,
) -> str:
    reasons = [
        {"id": one["id"], "text": one["text"], "fix": one["fix"]} for one in verdict["reasons"]
    ]
    payload: Document = {
        "type": type,
        "timestamp": iso_seconds(now_us),
        "data": {
            "decision": row.id,
            "asker": row.asker,
            "place": row.place,
            "owner": row.responsible,
            "risk": verdict["risk"],
            "gates": verdict["gates"],
            "reasons": reasons,
            **(more or {}),
        },
        "subject": subject,
        "text": "".join(f"{line}\n" for line in lines),
    }
    return json.dumps(payload)


def _reasons(reasons: Iterable[Document]) -> list[str]:
    return [f"- {plain(one['text'])}" for one in reasons]


def _commands(id: str) -> list[str]:
    return [
        f"narthex decisions show {id}",
        f"narthex review approve {id} --reason '...'",
    ]
