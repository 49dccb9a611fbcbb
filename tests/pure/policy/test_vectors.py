"""Every case of tests/vectors/policy: both evaluators decide as it expects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pure.policy import obvious
from tests.pure.policy.cases import FOLDER, engine, load

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(FOLDER.glob("*.json"))
    for case in load(file)
]


@pytest.mark.parametrize("case", CASES)
def test_both_evaluators_decide_as_the_case_expects(case: dict[str, Any]) -> None:
    wanted = case["expect"]
    expected = wanted["allowed"], wanted["reason"], wanted["statement"]
    assert engine(case) == expected
    verdict = obvious.decide(case)
    assert (verdict.allowed, verdict.reason, verdict.statement) == expected


def test_there_are_several_hundred_cases_and_each_says_where_it_is_from() -> None:
    assert len(CASES) >= 400
    for file in FOLDER.glob("*.json"):
        content = json.loads(file.read_text("utf-8"))
        assert content["source"]
        names = [case["name"] for case in content["cases"]]
        assert len(names) == len(set(names)), f"{file.name} names two cases alike"
