"""The engine says what the obvious evaluator says, and keeps the promises that make it safe."""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from narthex.pure.policy import Bundle, Policies, compile_policy, evaluate, parse
from tests.pure.policy import obvious
from tests.pure.policy.cases import access_of, bundle, engine, policies_of
from tests.pure.policy.strategies import Choices, cases, statement

EXAMPLES = int(os.environ.get("NARTHEX_EXAMPLES", "300"))
MANY = settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
SOME = settings(MANY, max_examples=EXAMPLES // 3)


@MANY
@given(cases)
def test_the_engine_agrees_with_the_obvious_evaluator(case: dict[str, Any]) -> None:
    note(json.dumps(case, indent=1))
    expected = obvious.decide(case)
    assert engine(case) == (expected.allowed, expected.reason, expected.statement)
