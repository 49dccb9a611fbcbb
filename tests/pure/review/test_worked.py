"""The worked examples by the shipped model: facts, habits, risk and verdict, to one decimal."""

from __future__ import annotations

from typing import Any

import pytest

from narthex.pure.review.engine import decide
from narthex.pure.review.scoring import noisy_or
from tests.pure.review.models import ENFORCED, MODEL, known, share

WEEK = 7 * 86400
OPEN: dict[str, Any] = {"audience": "anyone", "password": False, "expires_in": WEEK}
EVERY_HABIT: dict[str, Any] = {
    **OPEN,
    "first_time": True,
    "name": "salaries.xlsx",
    "channel": "presigned",
    "prefix": True,
    "own": False,
    "hour": 3,
    "age": 60,
}


@pytest.mark.parametrize(
    ("facts", "habits", "data", "heuristics", "risk", "decision"),
    [
        pytest.param(
            {}, {"password": False, "expires_in": 7200}, 0.0, 12.6, 3.8, "proceed", id="brochure"
        ),
        pytest.param(
            {"pii_email": 12, "pii_phone": 5},
            {"audience": "domain", "expires_in": 86400},
            20.0,
            14.5,
            18.4,
            "proceed",
            id="team list",
        ),
        pytest.param({}, EVERY_HABIT, 0.0, 78.0, 23.4, "proceed", id="every rule of thumb"),
        pytest.param(
            {"pii_iban": 2, "label_classification": 1},
            {"expires_in": 86400},
            56.6,
            5.0,
            41.1,
            "confirm",
            id="contract",
        ),
        pytest.param({"pii_card": 1}, OPEN, 40.5, 52.0, 43.9, "confirm", id="one card"),
        pytest.param({"pii_card": 500}, OPEN, 80.0, 52.0, 71.6, "refuse", id="500 cards"),
        pytest.param(
            {"pii_iban": 240, "label_classification": 1},
            {**OPEN, "first_time": True},
            79.0,
            61.6,
            73.8,
            "refuse",
            id="customers",
        ),
        pytest.param({"secret_private_key": 1}, {}, 95.0, 0.0, 66.5, "refuse", id="private key"),
    ],
)
def test_a_worked_example(
    facts: dict[str, int],
    habits: dict[str, Any],
    data: float,
    heuristics: float,
    risk: float,
    decision: str,
) -> None:
    verdict = decide(MODEL, share(**habits), known(**facts))
    assert (verdict.data, verdict.heuristics, verdict.risk) == (data, heuristics, risk)
    assert (verdict.decision, verdict.coverage) == (decision, 1.0)


def test_the_five_largest_habits_combine_as_worked_out() -> None:
    assert round(noisy_or([25, 20, 20, 20, 15]), 1) == 67.4


def test_a_private_key_is_refused_by_its_gate_in_every_mode_and_told_once() -> None:
    verdict = decide(MODEL, share(), known(secret_private_key=1))
    assert (verdict.mode, verdict.enforced, verdict.gates) == (
        "warn",
        "refuse",
        ("gate.private_key",),
    )
    assert [one.id for one in verdict.reasons] == ["gate.private_key"]
    assert verdict.reasons[0].text == "a private key is in it"
    assert verdict.overridable


def test_what_the_score_refuses_is_confirmed_in_the_mode_that_warns() -> None:
    situation, found = share(**OPEN), known(pii_card=500)
    assert decide(MODEL, situation, found).enforced == "confirm"
    assert decide(ENFORCED, situation, found).enforced == "refuse"


def test_malware_lets_nobody_say_otherwise() -> None:
    verdict = decide(MODEL, share(), known(malware_result=1))
    assert (verdict.enforced, verdict.overridable) == ("refuse", False)


def test_when_little_is_known_a_link_is_confirmed_and_a_raw_url_waits_for_its_owner() -> None:
    by_link = decide(MODEL, share())
    assert (by_link.decision, by_link.door, by_link.held) == ("confirm", "two-way", False)
    raw = decide(MODEL, share(channel="presigned"))
    assert (raw.decision, raw.door, raw.held, raw.overridable) == ("refuse", "one-way", True, True)
    assert raw.reasons[0].kind == "coverage"
    assert raw.reasons[0].text == "only 0 % of what one wants to know is known"
    assert len(raw.unknown) == len(MODEL.facts)


def test_without_a_scanner_for_malware_enough_is_known() -> None:
    found = tuple(one for one in known() if one.id != "malware.result")
    verdict = decide(MODEL, share(), found)
    assert (verdict.coverage, verdict.decision) == (0.93, "proceed")
    assert verdict.unknown[0].reason == "nobody looked for it"


# Rule of thumb: what it fires for, and the same by one step, for which it does not.
HABITS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "habit.anyone": ({"audience": "anyone"}, {"audience": "domain"}),
    "habit.unprotected": ({"audience": "anyone", "password": False}, {"audience": "anyone"}),
    "habit.no_password": ({"password": False}, {"password": True}),
    "habit.domain": ({"audience": "domain"}, {"audience": "named"}),
    "habit.hours": ({"expires_in": 3601}, {"expires_in": 3600}),
    "habit.days": ({"expires_in": 86401}, {"expires_in": 86400}),
    "habit.long": ({"expires_in": 3 * 86400 + 1}, {"expires_in": 3 * 86400}),
    "habit.new_recipient": ({"first_time": True}, {"first_time": False}),
    "habit.new_domain": ({"first_domain": True}, {"first_domain": False}),
    "habit.name": ({"name": "Passport_scan.pdf"}, {"name": "passporte.pdf"}),
    "habit.presigned": ({"channel": "presigned"}, {"channel": "link"}),
    "habit.folder": ({"prefix": True}, {"prefix": False}),
    "habit.others_bucket": ({"own": False}, {"own": True}),
    "habit.hour": ({"hour": 6}, {"hour": 7, "weekday": "friday"}),
    "habit.fresh": ({"age": 599}, {"age": 600}),
}


def test_every_rule_of_thumb_of_the_shipped_model_is_tried_here() -> None:
    assert [one.id for one in MODEL.rules] == list(HABITS)


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_fires_and_not_one_step_before(habit: str) -> None:
    bad, good = HABITS[habit]
    assert habit in decide(MODEL, share(**bad), known()).rules
    assert habit not in decide(MODEL, share(**good), known()).rules


@pytest.mark.parametrize(
    ("gate", "fields", "counts"),
    [
        ("gate.malware", {}, {"malware_result": 1}),
        ("gate.private_key", {}, {"secret_private_key": 1}),
        ("gate.cloud_key", {}, {"secret_cloud_key": 1}),
        ("gate.destination", {"denied": True}, {}),
        ("gate.hold", {}, {"object_hold": 1}),
        ("gate.blocked", {}, {"object_blocked": 1}),
        ("gate.public_block", {"public_block": True, "audience": "anyone"}, {}),
    ],
)
def test_a_gate_refuses_by_itself_in_the_mode_that_warns(
    gate: str, fields: dict[str, Any], counts: dict[str, int]
) -> None:
    verdict = decide(MODEL, share(**fields), known(**counts))
    assert (verdict.gates, verdict.decision, verdict.enforced) == ((gate,), "refuse", "refuse")
    one_less = {name: value for name, value in fields.items() if name == "audience"}
    assert decide(MODEL, share(**one_less), known()).gates == ()
