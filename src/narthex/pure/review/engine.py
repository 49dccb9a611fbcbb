"""The engine: a model and a situation in, a verdict out. Read `decide` first.

It knows nothing of files and never asks who may. Pure: no I/O, no clock; the same in, the same out.

INVARIANT: gates are judged before the score and no sum can undo one; rules of thumb alone never
refuse; with too few facts known nothing proceeds silently; principles are told, never counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from narthex.pure.review import scoring
from narthex.pure.review.denials import with_denials
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import DECISIONS, Decision, FactWanted, Gate, Mode, Model, Rule
from narthex.pure.review.places import mode_at, owner_at
from narthex.pure.review.scoring import Fact
from narthex.pure.review.situation import Situation, SituationError
from narthex.pure.review.verdict import MOST_REASONS, Door, Reason, Safer, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """What the findings say to a model, whatever form a situation of this kind takes."""

    by_id: dict[str, list[Finding]]
    facts: tuple[Fact, ...]
    data: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that fired, and the numbers. With one decimal: what is shown is what is compared."""

    facts: tuple[Fact, ...]
    gates: tuple[tuple[Gate, Finding | None], ...]
    rules: tuple[Rule, ...]
    data: float
    heuristics: float
    risk: float
    coverage: float
    door: Door


def decide(
    model: Model,
    situation: Situation,
    findings: Iterable[Finding] = (),
    *,
    known: Known | None = None,
) -> Verdict:
    """What the situation comes to. Raises SituationError for a kind the model does not know.

    known: what `known_of` made of the same findings, by whoever judges many that have them.
    """
    if situation.kind not in model.kinds:
        raise SituationError(
            f"the model `{model.name}` is for {', '.join(model.kinds)}, not for `{situation.kind}`"
        )
    situation = with_denials(model, situation)
    if known is None:
        known = known_of(model, situation.kind, findings)
    weighed = _weigh(model, situation, known)
    decision, held = _decision(model, weighed)
    mode = mode_at(model, situation.place, whole=situation.whole)
    gates = [gate for gate, _ in weighed.gates]
    fired = [one for one in weighed.facts if one.points > 0]
    touched = {name for one in gates for name in one.principles}
    touched |= {name for one in weighed.rules for name in one.principles}
    touched |= {name for one in fired for name in one.wanted.principles}
    return Verdict(
        kind=situation.kind,
        decision=decision,
        enforced=enforced(decision, mode, _worst(gates)),
        mode=mode.name,
        risk=weighed.risk,
        data=weighed.data,
        heuristics=weighed.heuristics,
        weights=(model.data_weight, model.heuristics_weight),
        coverage=weighed.coverage,
        enough=model.enough_information,
        door=weighed.door,
        owner=owner_at(model, situation.place),
        principles=tuple(id for id, _ in model.principles if id in touched),
        reasons=_reasons(model, weighed),
        unknown=tuple(Unknown(one.wanted.id, one.reason) for one in weighed.facts if not one.known),
        safer=_safer(model, situation, known, (_rank(decision), weighed.risk)),
        gates=tuple(gate.id for gate in gates),
        facts=tuple(one.wanted.id for one in fired),
        rules=tuple(one.id for one in weighed.rules),
        held=held,
        overridable=all(gate.overridable for gate in gates if gate.decision == "refuse"),
        model=model.digest,
        object=situation.object,
        valid=model.valid,
    )


def known_of(model: Model, kind: str, findings: Iterable[Finding]) -> Known:
    """What the findings say to this model about a situation of this kind."""
    by_id: dict[str, list[Finding]] = {}
    for one in findings:
        by_id.setdefault(one.id, []).append(one)
    facts = tuple(
        scoring.joined(one, by_id.get(one.id, ())) for one in model.facts if _is_for(one, kind)
    )
    data = scoring.noisy_or(one.points for one in facts)
    return Known(by_id, facts, data, scoring.coverage(facts))


def _weigh(model: Model, situation: Situation, known: Known) -> Weighed:
    fields, kind = situation.fields, situation.kind
    rules = tuple(one for one in model.rules if _is_for(one, kind) and one.when.holds(fields))
    heuristics = scoring.noisy_or(one.points for one in rules)
    return Weighed(
        known.facts,
        _open_gates(model, situation, known.by_id),
        rules,
        round(known.data, 1),
        round(heuristics, 1),
        round(model.data_weight * known.data + model.heuristics_weight * heuristics, 1),
        known.coverage,
        "two-way" if model.two_way.holds(fields) else "one-way",
    )


def _is_for(one: Gate | Rule | FactWanted, kind: str) -> bool:
    return not one.kinds or kind in one.kinds


def _open_gates(
    model: Model, situation: Situation, by_id: dict[str, list[Finding]]
) -> tuple[tuple[Gate, Finding | None], ...]:
    """The gates that fired, each with what it fired for."""
    fired: list[tuple[Gate, Finding | None]] = []
    for gate in model.gates:
        if not (_is_for(gate, situation.kind) and gate.when.holds(situation.fields)):
            continue
        if not gate.fact:
            fired.append((gate, None))
            continue
        decisive = [one for one in by_id.get(gate.fact, ()) if _passes(gate, one)]
        if decisive:
            most = max(decisive, key=lambda one: (one.count, one.confidence, one.evidence))
            fired.append((gate, most))
    return tuple(fired)


def _passes(gate: Gate, finding: Finding) -> bool:
    return (
        finding.known
        and finding.count >= gate.at_least
        and finding.confidence >= gate.confidence
        and (not gate.values or finding.value.casefold() in gate.values)
    )


def _worst(gates: Iterable[Gate]) -> Decision:
    return max((gate.decision for gate in gates), key=DECISIONS.index, default="proceed")


def _decision(model: Model, weighed: Weighed) -> tuple[Decision, bool]:
    """The model's decision; and whether it is held only since too little is known."""
    by_score: Decision = "proceed"
    if weighed.risk >= model.refuse:
        by_score = "refuse"
    elif weighed.risk >= model.confirm:
        by_score = "confirm"
    judged = max(_worst(gate for gate, _ in weighed.gates), by_score, key=DECISIONS.index)
    if weighed.coverage >= model.enough_information:
        return judged, False
    if weighed.door == "one-way":
        return "refuse", judged != "refuse"
    return max(judged, "confirm", key=DECISIONS.index), False


def enforced(decision: Decision, mode: Mode, by_gate: Decision) -> Decision:
    """What a decision comes to in a mode: observed, warned of, or enforced; gates as it says."""
    if mode.name == "enforce":
        return decision
    held: Decision = "proceed" if mode.name == "observe" else min(decision, "confirm", key=_rank)
    return max(held, by_gate, key=_rank) if mode.gates else held


def _rank(decision: Decision) -> int:
    return DECISIONS.index(decision)


def _reasons(model: Model, weighed: Weighed) -> tuple[Reason, ...]:
    """At most three, what decided by itself first, then the biggest."""
    found = [_gate_reason(gate, finding) for gate, finding in weighed.gates]
    if weighed.coverage < model.enough_information:
        found.append(_coverage_reason(weighed))
    weighted = [_fact_reason(one, model) for one in weighed.facts if one.points > 0]
    weighted += [
        Reason(
            one.id,
            "rule",
            one.words.of(1),
            one.words.fix,
            one.points,
            round(model.heuristics_weight * one.points, 1),
        )
        for one in weighed.rules
    ]
    decided = {gate.fact for gate, _ in weighed.gates}  # told once, by its gate
    weighted = [one for one in weighted if one.id not in decided]
    found += sorted(weighted, key=lambda one: (-one.risk, -one.points, one.id))
    return tuple(found[:MOST_REASONS])


def _gate_reason(gate: Gate, finding: Finding | None) -> Reason:
    count = finding.count if finding else 0
    text = gate.words.of(count, finding.value if finding else "")
    evidence = finding.evidence if finding else ()
    return Reason(gate.id, "gate", text, gate.words.fix, 100.0, 100.0, count, evidence)


def _coverage_reason(weighed: Weighed) -> Reason:
    missing = [one.wanted.id for one in weighed.facts if not one.known]
    told = ", ".join(missing[:5]) + (" and more" if len(missing) > 5 else "")
    text = f"only {round(weighed.coverage * 100)} % of what one wants to know is known"
    return Reason("coverage", "coverage", text, f"find out: {told}", count=len(missing))


def _fact_reason(fact: Fact, model: Model) -> Reason:
    wanted = fact.wanted
    return Reason(
        wanted.id,
        "fact",
        wanted.words.of(fact.count, fact.value),
        wanted.words.fix,
        round(fact.points, 1),
        round(model.data_weight * fact.points, 1),
        fact.count,
        fact.evidence,
    )


def _safer(
    model: Model, situation: Situation, known: Known, now: tuple[int, float]
) -> tuple[Safer, ...]:
    """The best of the candidates, if it is better than what was asked for: its rank and risk."""
    offers: list[Safer] = []
    for one in situation.candidates:
        changed = replace(situation, fields={**situation.fields, **dict(one.change)})
        then = _weigh(model, changed, known)
        decision, _ = _decision(model, then)
        offers.append(Safer(one.change, one.text, then.risk, decision, then.door))
    best = min(offers, key=_badness, default=None)
    if best is None or (_rank(best.decision), best.risk) >= now:
        return ()
    return (best,)


def _badness(offer: Safer) -> tuple[int, float, int, str, str]:
    """The mildest verdict, the lowest risk, the fewest changes."""
    named = repr(sorted(offer.change))
    return _rank(offer.decision), offer.risk, len(offer.change), offer.text, named
