"""At best and at worst: between them lies every decision, whatever the unknown values are."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from narthex.pure.policy import Bundle, Policies, evaluate
from narthex.pure.policy.suppose import suppose
from tests.pure.policy.cases import access_of, policies_of
from tests.pure.policy.strategies import CONTEXT_VALUES, Choices, cases


def supposed(policies: Policies, known: frozenset[str], *, best: bool) -> Policies:
    """All layers of policies, supposed."""

    def one(bundle: Bundle) -> Bundle:
        return suppose(bundle, known.__contains__, best=best)

    return Policies(
        one(policies.identity),
        None if policies.boundary is None else one(policies.boundary),
        tuple(map(one, policies.sessions)),
        None if policies.resource is None else one(policies.resource),
        policies.needs_resource,
    )


@settings(max_examples=300, deadline=None, print_blob=True)
@given(cases, st.binary(min_size=10, max_size=20))
def test_every_decision_lies_between_the_worst_and_the_best(
    case: dict[str, Any], entropy: bytes
) -> None:
    choose = Choices(entropy)
    known = frozenset(key.lower() for key in CONTEXT_VALUES if choose.below(2))
    policies = policies_of(case)
    certain = {key: value for key, value in case["context"].items() if key.lower() in known}
    note(json.dumps([case, sorted(known)], indent=1))
    without = access_of(case | {"context": certain})
    worst = evaluate(without, supposed(policies, known, best=False)).allowed
    best = evaluate(without, supposed(policies, known, best=True)).allowed
    actual = evaluate(access_of(case), policies).allowed
    assert worst <= actual <= best


@given(cases)
def test_when_all_is_known_nothing_is_supposed(case: dict[str, Any]) -> None:
    policies = policies_of(case)
    known = frozenset(key.lower() for key in CONTEXT_VALUES)
    for best in (True, False):
        again = supposed(policies, known, best=best)
        assert evaluate(access_of(case), again) == evaluate(access_of(case), policies)
