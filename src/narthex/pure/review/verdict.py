"""A verdict as a value, and as the JSON object whose schema is `review/verdict.schema.json`.

This file never judges. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from narthex.pure.review.conditions import Plain
from narthex.pure.review.model import Decision, ModeName, Owner

ReasonKind = Literal["gate", "coverage", "fact", "rule"]
Door = Literal["one-way", "two-way"]
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why. points: of the fact or rule itself; risk: what it is worth in the score by itself."""

    id: str
    kind: ReasonKind
    text: str
    fix: str = ""
    points: float = 0.0
    risk: float = 0.0
    count: int = 0
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that is wanted and not known. reason: why, "" when nobody said."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Safer:
    """Another form of the same, and what it would come to."""

    change: tuple[tuple[str, Plain], ...]
    text: str
    risk: float
    decision: Decision
    door: Door


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a situation comes to.

    decision: by the model; enforced: what it comes to in the place's mode, and what callers obey.
    risk, data, heuristics: 0 to 100. held: refused only because too little is known. gates, facts,
    rules: ids of all that fired. overridable: whether the owner may say otherwise.
    """

    kind: str
    decision: Decision
    enforced: Decision
    mode: ModeName
    risk: float
    data: float
    heuristics: float
    weights: tuple[float, float]
    coverage: float
    enough: float
    door: Door
    owner: Owner
    principles: tuple[str, ...]
    reasons: tuple[Reason, ...]
    unknown: tuple[Unknown, ...]
    safer: tuple[Safer, ...]
    gates: tuple[str, ...]
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    held: bool
    overridable: bool
    model: str
    object: str
    valid: int

    @property
    def justification_required(self) -> bool:
        """Whether whoever asks has to say why, to go on."""
        return self.enforced == "confirm"


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """The JSON object of a verdict: names are never taken away, and never change their meaning."""
    return {
        "kind": verdict.kind,
        "decision": verdict.decision,
        "enforced": verdict.enforced,
        "mode": verdict.mode,
        "risk": verdict.risk,
        "data": verdict.data,
        "heuristics": verdict.heuristics,
        "weights": {"data": verdict.weights[0], "heuristics": verdict.weights[1]},
        "coverage": verdict.coverage,
        "enough_information": verdict.enough,
        "door": verdict.door,
        "owner": verdict.owner.name,
        "deputies": list(verdict.owner.deputies),
        "sla": verdict.owner.sla,
        "four_eyes": verdict.owner.four_eyes,
        "principles": list(verdict.principles),
        "reasons": [_reason(one) for one in verdict.reasons],
        "unknown": [{"id": one.id, "reason": one.reason} for one in verdict.unknown],
        "safer": [
            {
                "change": dict(one.change),
                "text": one.text,
                "risk": one.risk,
                "decision": one.decision,
                "door": one.door,
            }
            for one in verdict.safer
        ],
        "gates": list(verdict.gates),
        "facts": list(verdict.facts),
        "rules": list(verdict.rules),
        "held": verdict.held,
        "overridable": verdict.overridable,
        "justification_required": verdict.justification_required,
        "model": verdict.model,
        "object": verdict.object,
        "valid_seconds": verdict.valid,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "id": reason.id,
        "kind": reason.kind,
        "text": reason.text,
        "fix": reason.fix,
        "points": reason.points,
        "risk": reason.risk,
        "count": reason.count,
        "evidence": list(reason.evidence),
    }
