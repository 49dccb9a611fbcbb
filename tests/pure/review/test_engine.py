"""What the engine does beside arithmetic: reasons, owners, modes, doors, safer forms, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex.pure.review.engine import decide
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Mode, Model, ModeName, Owner
from narthex.pure.review.model_text import read_model
from narthex.pure.review.places import longest, mode_at
from narthex.pure.review.situation import Candidate, Situation, SituationError
from narthex.pure.review.verdict import Verdict
from tests.pure.review.models import MODEL, SMALL, known, share

SMALL_MODEL = read_model(SMALL)
CLEAN = (Finding("bad"), Finding("worse"))
BAD = (Finding("bad", count=50), Finding("worse"))


def judged(*found: Finding, model: Model = SMALL_MODEL, **fields: bool) -> Verdict:
    return decide(model, Situation("thing", fields=fields), found)


def test_a_kind_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(SituationError, match="is for thing, other, not for `share`"):
        decide(SMALL_MODEL, share())


def test_there_are_three_reasons_at_most_the_biggest_first() -> None:
    found = known(pii_card=3, pii_iban=2, document_author=1)
    verdict = decide(MODEL, share(audience="anyone", expires_in=7200), found)
    assert [one.id for one in verdict.reasons] == ["pii.card", "pii.iban", "habit.anyone"]
    assert verdict.facts == ("pii.card", "pii.iban", "document.author")
    assert verdict.rules == ("habit.anyone", "habit.hours")
    assert [one.risk for one in verdict.reasons] == sorted(
        (one.risk for one in verdict.reasons), reverse=True
    )
    assert all(one.fix for one in verdict.reasons)


def test_a_reason_shows_its_count_and_its_evidence() -> None:
    found = (Finding("bad", count=2, evidence=("4111…1111 @ p.3",)), Finding("worse"))
    (reason,) = judged(*found).reasons
    assert (reason.text, reason.count) == ("2 bad things", 2)
    assert reason.evidence == ("4111…1111 @ p.3",)
    (one,) = judged(Finding("bad", count=1), Finding("worse")).reasons
    assert one.text == "a bad thing"


def test_principles_are_those_of_what_fired() -> None:
    assert judged(*BAD).principles == ("care",)
    assert judged(*CLEAN).principles == ()


def test_an_unknown_fact_says_why() -> None:
    verdict = judged(Finding("bad", known=False, reason="encrypted"), Finding("worse"))
    assert [(one.id, one.reason) for one in verdict.unknown] == [("bad", "encrypted")]


def test_one_who_does_not_know_makes_a_fact_unknown_but_takes_nothing_away() -> None:
    found = (Finding("bad", count=50), Finding("bad", known=False, reason="too big"), CLEAN[1])
    verdict = judged(*found)
    assert (verdict.data, verdict.coverage) == (80.0, 0.5)
    assert verdict.unknown[0].reason == "too big"


def test_facts_that_the_model_does_not_want_change_nothing() -> None:
    assert judged(*CLEAN, Finding("unheard.of", count=9)) == judged(*CLEAN)


@pytest.mark.parametrize(
    ("mode", "gates", "by_score", "by_gate"),
    [
        ("observe", True, "proceed", "refuse"),
        ("observe", False, "proceed", "proceed"),
        ("warn", True, "confirm", "refuse"),
        ("warn", False, "confirm", "confirm"),
        ("enforce", True, "refuse", "refuse"),
        ("enforce", False, "refuse", "refuse"),
    ],
)
def test_a_mode_says_what_a_decision_comes_to(
    mode: ModeName, gates: bool, by_score: str, by_gate: str
) -> None:
    low = replace(SMALL_MODEL, confirm=10.0, refuse=50.0, modes=(Mode("", mode, gates),))
    scored = judged(*BAD, model=low)
    assert (scored.decision, scored.enforced, scored.gates) == ("refuse", by_score, ())
    gated = judged(CLEAN[0], Finding("worse", count=1), model=low)
    assert (gated.decision, gated.enforced) == ("refuse", by_gate)
    assert scored.justification_required == (by_score == "confirm")


@pytest.mark.parametrize(
    ("change", "fires"),
    [
        ({}, True),
        ({"count": 1}, False),
        ({"confidence": 0.79}, False),
        ({"value": "rumour"}, False),
        ({"known": False}, False),
    ],
)
def test_a_gate_needs_all_that_it_names(change: dict[str, object], fires: bool) -> None:
    (gate,) = SMALL_MODEL.gates
    narrow = replace(gate, at_least=2, confidence=0.8, values=("sure",))
    found = Finding("worse", count=2, confidence=0.8, value="Sure")
    changed = replace(found, **change)  # type: ignore[arg-type]
    verdict = judged(CLEAN[0], changed, model=replace(SMALL_MODEL, gates=(narrow,)))
    assert bool(verdict.gates) == fires


@pytest.mark.parametrize(
    ("place", "owner"),
    [
        ("", "root"),
        ("finance", "ana"),
        ("finance/report.pdf", "ana"),
        ("financed/report.pdf", "root"),
        ("finance/payroll/may.csv", "ben"),
        ("finance/payroll", "ana"),
        ("hr", "root"),
    ],
)
def test_the_longest_place_has_the_owner(place: str, owner: str) -> None:
    owners = (Owner("", "root"), Owner("finance", "ana"), Owner("finance/payroll/", "ben"))
    assert longest(owners, place).name == owner
    verdict = decide(replace(SMALL_MODEL, owners=owners), Situation("thing", place))
    assert verdict.owner.name == owner


def test_a_whole_prefix_has_the_strictest_mode_below_it() -> None:
    modes = (Mode("", "observe", False), Mode("b/x/", "enforce", True))
    model = replace(SMALL_MODEL, modes=modes)
    assert mode_at(model, "b/") == Mode("b/", "observe", False)
    assert mode_at(model, "b/", whole=True) == Mode("b/", "enforce", True)
    assert mode_at(model, "b", whole=True) == Mode("b", "enforce", True)
    assert mode_at(model, "c/", whole=True) == Mode("c/", "observe", False)


def test_the_best_of_the_safer_forms_is_offered_with_its_score() -> None:
    worse = Candidate((("audience", "anyone"),), "for everyone")
    shorter = Candidate((("expires_in", 3600),), "for an hour")
    best = Candidate((("expires_in", 3600), ("password", True)), "for an hour, with a password")
    habits = {"password": False, "expires_in": 604800}
    (offer,) = decide(MODEL, share((worse, shorter, best), **habits), known()).safer
    assert offer.text == "for an hour, with a password"
    assert offer.risk == decide(MODEL, share(), known()).risk == 0.0


def test_what_is_no_better_is_not_offered() -> None:
    same = Candidate((("password", True),), "with a password")
    assert decide(MODEL, share((same,)), known()).safer == ()


def test_a_safer_form_may_be_one_by_its_door() -> None:
    link = Candidate((("channel", "link"),), "as a link")
    verdict = decide(MODEL, share((link,), channel="presigned"))
    assert verdict.decision == "refuse"
    assert [(one.decision, one.door) for one in verdict.safer] == [("confirm", "two-way")]


def test_a_label_has_the_severity_of_its_word() -> None:
    for word, points in (("public", 0), ("Confidential", 30), ("odd", 30), ("secret", 60)):
        found = Finding("label.classification", count=1, value=word)
        rest = tuple(one for one in known() if one.id != found.id)
        assert decide(MODEL, share(), (*rest, found)).data == points
