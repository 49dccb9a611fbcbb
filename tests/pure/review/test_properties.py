"""What holds of every verdict, whatever the situation: by search, not by example."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from narthex.pure.review.engine import decide
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import DECISIONS, Mode, Model, ModeName
from narthex.pure.review.situation import Situation
from narthex.pure.review.verdict import Verdict
from tests.pure.review.models import FACTS, MODEL, known

MODES: tuple[ModeName, ...] = ("observe", "warn", "enforce")
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(("link", "presigned")),
        "audience": st.sampled_from(("named", "domain", "anyone")),
        "password": st.booleans(),
        "expires_in": st.integers(1, 10**7),
        "first_time": st.booleans(),
        "fetched": st.booleans(),
        "prefix": st.booleans(),
        "own": st.booleans(),
        "denied": st.booleans(),
        "legal_hold": st.booleans(),
        "public_block": st.booleans(),
        "name": st.sampled_from(("a.pdf", "salaries.csv", ".env")),
        "hour": st.integers(0, 23),
        "age": st.integers(0, 10**6),
    },
)
SITUATIONS = st.builds(
    Situation, kind=st.sampled_from(MODEL.kinds), place=st.just("b/k"), fields=FIELDS
)
FINDINGS = st.builds(
    Finding,
    id=st.sampled_from(FACTS),
    known=st.booleans(),
    count=st.one_of(st.just(0), st.integers(0, 10**6)),
    confidence=st.floats(0, 1),
    value=st.sampled_from(("", "public", "internal", "confidential", "restricted")),
)
FOUND = st.lists(FINDINGS, max_size=30).map(tuple)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """The shipped model with other numbers, within what a model's text may have."""
    heuristics = draw(st.floats(0, 0.9))
    refuse = draw(st.floats(100 * heuristics, 100, exclude_min=True))
    confirm = draw(st.floats(0, refuse, exclude_max=True))
    facts = tuple(
        replace(
            one,
            severity=draw(st.floats(0, 95)),
            cap=draw(st.integers(1, 10**6)),
            weight=draw(st.floats(0.1, 10)),
        )
        for one in MODEL.facts
    )
    rules = tuple(replace(one, points=draw(st.floats(0, 25))) for one in MODEL.rules)
    mode = Mode("", draw(st.sampled_from(MODES)), draw(st.booleans()))
    return replace(
        MODEL,
        data_weight=1 - heuristics,
        heuristics_weight=heuristics,
        refuse=refuse,
        confirm=confirm,
        facts=facts,
        rules=rules,
        modes=(mode,),
    )


MANY = st.one_of(st.just(MODEL), models())


def severity(verdict: Verdict) -> tuple[int, int]:
    return DECISIONS.index(verdict.decision), DECISIONS.index(verdict.enforced)


def no_better(one: Verdict, other: Verdict) -> bool:
    return all(a >= b for a, b in zip(severity(one), severity(other), strict=True))


@given(MANY, SITUATIONS, FOUND)
def test_numbers_are_bounded_and_the_same_every_time(
    model: Model, situation: Situation, found: tuple[Finding, ...]
) -> None:
    verdict = decide(model, situation, found)
    assert verdict == decide(model, situation, found)
    for number in (verdict.risk, verdict.data, verdict.heuristics):
        assert 0 <= number <= 100
    assert 0 <= verdict.coverage <= 1
    assert len(verdict.reasons) <= 3


@given(MANY, SITUATIONS, FOUND, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    model: Model, situation: Situation, found: tuple[Finding, ...], chance: object
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    fields = dict(reversed(list(situation.fields.items())))
    assert decide(model, replace(situation, fields=fields), mixed) == decide(
        model, situation, found
    )


@given(MANY, SITUATIONS, FOUND, FINDINGS)
def test_one_more_bad_fact_never_lowers_the_risk(
    model: Model, situation: Situation, found: tuple[Finding, ...], more: Finding
) -> None:
    before, after = decide(model, situation, found), decide(model, situation, (*found, more))
    assert (after.risk, after.data) >= (before.risk, before.data)
    assert set(after.gates) >= set(before.gates)
    if after.coverage <= before.coverage:
        assert no_better(after, before)


@given(MANY, SITUATIONS, st.integers(0, len(FACTS) - 1), st.integers(0, 1000), st.integers(0, 1000))
def test_finding_it_more_often_never_lowers_risk_or_verdict(
    model: Model, situation: Situation, at: int, count: int, more: int
) -> None:
    def with_count(number: int) -> Verdict:
        found = list(known())
        found[at] = replace(found[at], count=number)
        return decide(model, situation, found)

    before, after = with_count(count), with_count(count + more)
    assert after.risk >= before.risk
    assert no_better(after, before)


@given(MANY, SITUATIONS, FOUND, st.sampled_from(FACTS))
def test_unknown_is_never_better_than_clean(
    model: Model, situation: Situation, found: tuple[Finding, ...], id: str
) -> None:
    rest = tuple(one for one in found if one.id != id)
    clean = decide(model, situation, (*rest, Finding(id)))
    for unknown in ((), (Finding(id, known=False),), (Finding(id, known=False, count=9),)):
        verdict = decide(model, situation, (*rest, *unknown))
        assert verdict.risk >= clean.risk
        assert verdict.coverage <= clean.coverage
        assert no_better(verdict, clean)


@given(MANY, FIELDS, st.sampled_from(MODEL.kinds), FOUND)
def test_a_gate_is_never_diluted(
    model: Model, fields: dict[str, object], kind: str, found: tuple[Finding, ...]
) -> None:
    situation = Situation(kind, fields=fields)  # type: ignore[arg-type]
    key = Finding("secret.private_key", count=1)
    verdict = decide(model, situation, (*found, key))
    assert verdict.decision == "refuse"
    assert verdict.reasons[0].kind == "gate"
    if model.modes[0].gates:
        assert verdict.enforced == "refuse"


@given(MANY, SITUATIONS)
def test_rules_of_thumb_alone_never_refuse(model: Model, situation: Situation) -> None:
    verdict = decide(replace(model, gates=()), situation, known())
    assert verdict.data == 0
    assert verdict.decision != "refuse"


@given(MANY, SITUATIONS, FOUND)
def test_with_too_little_known_nothing_proceeds_silently(
    model: Model, situation: Situation, found: tuple[Finding, ...]
) -> None:
    verdict = decide(model, situation, found)
    if verdict.coverage < model.enough_information:
        assert verdict.decision == ("refuse" if verdict.door == "one-way" else verdict.decision)
        assert verdict.decision != "proceed"
        assert any(one.kind == "coverage" for one in verdict.reasons) or len(verdict.gates) >= 3


@given(MANY, SITUATIONS, FOUND)
def test_principles_never_change_a_number(
    model: Model, situation: Situation, found: tuple[Finding, ...]
) -> None:
    none = replace(
        model,
        principles=(),
        facts=tuple(replace(one, principles=()) for one in model.facts),
        rules=tuple(replace(one, principles=()) for one in model.rules),
        gates=tuple(replace(one, principles=()) for one in model.gates),
    )
    with_them, without = decide(model, situation, found), decide(none, situation, found)
    assert replace(with_them, principles=()) == without


@settings(max_examples=50)
@given(MANY, SITUATIONS, FOUND)
def test_no_mode_makes_a_decision_stricter(
    model: Model, situation: Situation, found: tuple[Finding, ...]
) -> None:
    verdict = decide(model, situation, found)
    assert severity(verdict)[1] <= severity(verdict)[0]
