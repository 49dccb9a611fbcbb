"""The engine says what the obvious evaluator says, and keeps the promises that make it safe."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narthex.pure.policy import Bundle, Policies, compile_policy, evaluate, parse
from tests.pure.policy import obvious
from tests.pure.policy.cases import access_of, bundle, engine, policies_of
from tests.pure.policy.strategies import cases, documents, statements

MANY = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
SOME = settings(MANY, max_examples=150)


@MANY
@given(cases())
def test_the_engine_agrees_with_the_obvious_evaluator(case: dict[str, Any]) -> None:
    expected = obvious.decide(case)
    assert engine(case) == (expected.allowed, expected.reason, expected.statement)
