"""Judge a situation by the model in force, and write the decision down.

Read `judge` first. It never finds facts itself and never shares anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from narthex.catalog import Transaction, approvals, decisions
from narthex.catalog.approvals import Approval
from narthex.catalog.decisions import Mark
from narthex.pure.review.engine import Known, decide, known_of
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Decision, Model, answering
from narthex.pure.review.situation import Situation, finding_document, situation_document
from narthex.pure.review.verdict import Verdict, verdict_document
from narthex.pure.shares import Owner
from narthex.review.acquaintance import with_first_domain
from narthex.review.models import models_of
from narthex.review.names import still_answers
from narthex.server import Server

SECOND = 1_000_000  # microseconds
LONGEST = 256  # characters of a piece of evidence, a value or a reason
# ASCII: no half of a surrogate and no NUL reaches the catalog.
_json = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict that was written down. id: of the decision, "" for a dry run.

    enforced: what to do now; a standing approval turns a refusal into "proceed". model: by which it
    was judged, to check justifications against.
    """

    id: str
    verdict: Verdict
    enforced: Decision
    model: Model
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """A judgement that is not written down yet, and how it will be: `write_down`."""

    judgement: Judgement
    row: decisions.Decision
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class Alike:
    """What the same findings come to, once for all of a batch that have them.

    met: domains of recipients, and whether somebody of them was shared with before.
    """

    model: Model | None = None
    met: dict[str, bool] = field(default_factory=dict)
    said: dict[tuple[str, tuple[Finding, ...]], tuple[Known, str]] = field(default_factory=dict)

    def of(self, model: Model, kind: str, findings: tuple[Finding, ...]) -> tuple[Known, str]:
        """What they say to a model, and themselves as JSON: no more of them than rows take."""
        if self.model is not model:
            self.model = model
            self.said = {}
        same = (kind, findings)
        if same not in self.said:
            clipped = [_clipped(one) for one in findings]
            text = _json([finding_document(one) for one in clipped])
            self.said[same] = known_of(model, kind, clipped), text
        return self.said[same]


async def judge(
    server: Server,
    owner: Owner,
    situation: Situation,
    findings: Sequence[Finding],
    *,
    record: bool = True,
) -> Judgement:
    """What the situation comes to. owner: who asks. record: False for a dry run.

    Raises SituationError for a kind that the model in force does not know; StoreError.
    """
    considered = await consider(server, owner, situation, findings)
    if not record:
        return replace(considered.judgement, id="")

    async def work(tx: Transaction) -> None:
        await write_down(tx, considered)

    await server.catalog.run(work)
    return considered.judgement


async def consider(
    server: Server,
    owner: Owner,
    situation: Situation,
    findings: Sequence[Finding],
    alike: Alike | None = None,
) -> Considered:
    """What the situation comes to, for whoever writes it down in a transaction of its own.

    alike: shared by those of one batch.
    """
    model = models_of(server).current().model
    batch = alike or Alike()
    situation = await with_first_domain(server, owner.account, situation, batch.met)
    known, told = batch.of(model, situation.kind, tuple(findings))
    verdict = decide(model, situation, known=known)
    now_us = server.clock()
    approval = await _standing(server, owner, situation, verdict, now_us)
    enforced: Decision = "proceed" if approval is not None else verdict.enforced
    id = decisions.decision_id(now_us, server.new_id())
    judgement = Judgement(id, verdict, enforced, model, approval)
    row = _row(id, now_us, owner, situation, told, verdict)
    return Considered(judgement, row, marks_of(verdict))


async def write_down(tx: Transaction, considered: Considered) -> None:
    """The decision is a row, beside the approval that it stands on."""
    await write_down_all(tx, [considered])


async def write_down_all(tx: Transaction, every: Sequence[Considered]) -> None:
    """The same for many."""
    await decisions.add_all(tx, [(one.row, one.marks) for one in every])
    for one in every:
        if one.judgement.approval is not None:
            await decisions.override(tx, one.row.id, one.judgement.approval.id)


def binding(owner: Owner, situation: Situation, verdict: Verdict) -> str:
    """What an approval holds for: who asks, these bytes, at this place, for whom, by which door.

    "" when the bytes are not known: nothing can be approved then.
    """
    if not situation.object:
        return ""
    recipients = sorted({one.strip().casefold() for one in situation.recipients})
    audience = situation.fields.get("audience", "")
    parts = [
        situation.kind,
        situation.place,
        situation.whole,
        situation.object,
        owner.key,
        verdict.door,
        audience,
        recipients,
    ]
    return hashlib.sha256(_json(parts).encode()).hexdigest()


async def _standing(
    server: Server, owner: Owner, situation: Situation, verdict: Verdict, now_us: int
) -> Approval | None:
    """The approval that covers this: for the same binding, for no more risk than was seen, and
    by somebody who would answer for it today.
    """
    if verdict.enforced != "refuse" or not verdict.overridable:
        return None
    bound = binding(owner, situation, verdict)
    if not bound:
        return None
    for one in await approvals.standing(server.catalog, owner.account, bound, now_us):
        seen = tenths(verdict.risk) <= one.risk and set(verdict.gates) <= set(one.gates.split())
        if seen and await still_answers(server.catalog, one.approver, verdict.owner):
            return one
    return None


def tenths(number: float) -> int:
    """A risk as rows keep it."""
    return round(number * 10)


def marks_of(verdict: Verdict) -> tuple[Mark, ...]:
    """What fired, what it touched, and who may answer."""
    return (
        *(Mark("gate", one) for one in verdict.gates),
        *(Mark("fact", one) for one in verdict.facts),
        *(Mark("rule", one) for one in verdict.rules),
        *(Mark("principle", one) for one in verdict.principles),
        *(Mark("answers", one) for one in sorted(answering(verdict.owner))),
    )


def _row(
    id: str,
    now_us: int,
    owner: Owner,
    situation: Situation,
    findings: str,
    verdict: Verdict,
) -> decisions.Decision:
    told = situation_document(situation)
    del told["facts"]
    bound = binding(owner, situation, verdict)
    waits = bool(bound) and verdict.enforced == "refuse" and verdict.overridable
    return decisions.Decision(
        id=id,
        account=owner.account,
        asker=owner.arn,
        asker_key=owner.key,
        at_us=now_us,
        kind=situation.kind,
        place=situation.place.replace("\0", "\ufffd"),
        object=situation.object,
        binding=bound,
        decision=verdict.decision,
        enforced=verdict.enforced,
        mode=verdict.mode,
        risk=tenths(verdict.risk),
        data=tenths(verdict.data),
        heuristics=tenths(verdict.heuristics),
        coverage=round(verdict.coverage * 100),
        door=verdict.door,
        responsible=verdict.owner.name,
        model=verdict.model,
        situation=_json(told),
        findings=findings,
        verdict=_json(verdict_document(verdict)),
        due_us=now_us + verdict.owner.sla * SECOND if waits else None,
    )


def _clipped(finding: Finding) -> Finding:
    """No more of it than rows and people take: a document chooses what its own label says."""
    texts = (*finding.evidence, finding.value, finding.reason)
    if all(len(text) <= LONGEST for text in texts):
        return finding
    return replace(
        finding,
        evidence=tuple(one[:LONGEST] for one in finding.evidence),
        value=finding.value[:LONGEST],
        reason=finding.reason[:LONGEST],
    )
