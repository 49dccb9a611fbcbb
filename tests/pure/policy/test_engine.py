"""The engine says what the obvious evaluator says, and keeps the promises that make it safe."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from narthex.pure.policy import (
    Bundle,
    Context,
    Policies,
    Reason,
    compile_policy,
    evaluate,
    explain,
    parse,
)
from tests.pure.policy import obvious
from tests.pure.policy.cases import DEFAULTS, access_of, engine, policies_of
from tests.pure.policy.strategies import (
    ACTORS,
    HOME,
    RESOURCES,
    Choices,
    cases,
    document,
    statement,
)

EXAMPLES = int(os.environ.get("NARTHEX_EXAMPLES", "200"))
MANY = settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
SOME = settings(MANY, max_examples=EXAMPLES // 4)


@MANY
@given(cases)
def test_the_engine_agrees_with_the_obvious_evaluator(case: dict[str, Any]) -> None:
    note(json.dumps(case, indent=1))
    expected = obvious.decide(case)
    assert engine(case) == (expected.allowed, expected.reason, expected.statement)


@MANY
@given(cases)
def test_what_stands_decides_about_any_resource_as_everything_does(case: dict[str, Any]) -> None:
    note(json.dumps(case, indent=1))
    access, policies = access_of(case), policies_of(case)
    standing = policies.under(access.action, access.context)
    if standing is None:
        return
    for resource in RESOURCES:
        one = replace(access, resource=resource)
        bare = replace(one, context=Context())
        assert evaluate(bare, standing) == evaluate(one, policies)


def test_what_stands_is_known_unless_a_resource_depends_on_more() -> None:
    """The property above is not empty: these are the statements that it is not said of."""
    met = {"StringEquals": {"aws:username": "ana"}}
    for resources, is_known in (
        ({"Resource": "arn:aws:s3:::data/*"}, True),
        ({"Resource": "arn:aws:s3:::data/${aws:username}/*"}, False),
        ({"NotResource": "arn:aws:s3:::data/bo/*"}, False),
    ):
        allows = {"Effect": "Allow", "Action": "s3:GetObject", "Condition": met, **resources}
        policy = {"Version": "2012-10-17", "Statement": allows}
        bundle = Bundle([compile_policy(parse(json.dumps(policy), "identity"))])
        found = Policies(bundle).under("s3:GetObject", Context({"aws:username": "ana"}))
        assert (found is not None) is is_known
        unmet = Policies(bundle).under("s3:GetObject", Context({"aws:username": "bo"}))
        assert unmet is not None


def allowed(case: dict[str, Any]) -> bool:
    """Whether the engine allows a case."""
    return evaluate(access_of(case), policies_of(case)).allowed


@SOME
@given(cases, st.binary(min_size=20, max_size=40), st.integers(0, 3))
def test_adding_a_deny_never_allows_more(case: dict[str, Any], more: bytes, where: int) -> None:
    before = allowed(case)
    choose = Choices(more)
    is_resource = where == 0
    trust = case["needs_resource"]
    added = statement(choose, principal=is_resource, resource=not (is_resource and trust))
    added["Effect"] = "Deny"
    wrapped = {"Version": "2012-10-17", "Statement": added}
    if is_resource and case["resource_policy"] is not None:
        old = case["resource_policy"]
        case["resource_policy"] = old | {"Statement": [*obvious.as_list(old["Statement"]), added]}
    elif is_resource:
        case["resource_policy"] = wrapped
    elif where == 1 and case["boundary"] is not None:
        case["boundary"]["added"] = wrapped
    elif where == 2 and case["sessions"]:
        case["sessions"][0]["added"] = wrapped
    else:
        case["identity"]["added"] = wrapped
    note(json.dumps(case, indent=1))
    assert before or not allowed(case)


def without_allows(found: dict[str, Any]) -> dict[str, Any] | None:
    """A document without its last statement that allows; None when nothing is left."""
    left = obvious.as_list(found["Statement"])
    last = max((i for i, one in enumerate(left) if one["Effect"] == "Allow"), default=None)
    kept = [one for i, one in enumerate(left) if i != last]
    return found | {"Statement": kept} if kept else None


@SOME
@given(cases, st.integers(0, 3))
def test_removing_an_allow_never_allows_more(case: dict[str, Any], where: int) -> None:
    before = allowed(case)
    layer = [case["identity"], case["boundary"] or {}, *case["sessions"]][
        min(where, len(case["sessions"]) + 1)
    ]
    if where == 3 and case["resource_policy"] is not None:
        case["resource_policy"] = without_allows(case["resource_policy"])
    for name in list(layer):
        narrower = without_allows(layer.pop(name))
        if narrower is not None:
            layer[name] = narrower
    note(json.dumps(case, indent=1))
    assert before or not allowed(case)


@SOME
@given(cases, st.binary(min_size=60, max_size=90))
def test_narrowing_a_session_never_allows_more(case: dict[str, Any], more: bytes) -> None:
    before = allowed(case)
    case["sessions"] = [*case["sessions"], {"narrower": document(Choices(more))}]
    note(json.dumps(case, indent=1))
    assert before or not allowed(case)


@SOME
@given(cases, st.binary(min_size=60, max_size=90))
def test_a_share_never_may_what_its_owner_may_not(case: dict[str, Any], given_to: bytes) -> None:
    owner = ACTORS[2]
    share = {
        **owner,
        "kind": "federated",
        "arn": f"arn:aws:sts::{HOME}:federated-user/share",
        "unique_id": f"{HOME}:share",
        "owner_arn": owner["arn"],
        "owner_unique_id": owner["unique_id"],
        "confined": True,
    }
    as_share = case | {
        "actor": share,
        "sessions": [*case["sessions"], {"share": document(Choices(given_to))}],
    }
    note(json.dumps(as_share, indent=1))
    if allowed(as_share):
        assert allowed(case | {"actor": owner})
        alone = {"share": as_share["sessions"][-1]["share"]}
        assert allowed(as_share | {"sessions": [alone]}), "its own policy allows it"


@SOME
@given(cases)
def test_what_an_explanation_says_is_what_was_decided(case: dict[str, Any]) -> None:
    access, policies = access_of(case), policies_of(case)
    told = explain(access, policies)
    assert told.decision == evaluate(access, policies)
    if told.decision.statement is not None and told.decision.reason is not Reason.PUBLIC_ACCESS:
        assert told.decision.statement in [one.ref for one in told.matched]
    counted = [one for layer in (case["identity"], *case["sessions"]) for one in layer.values()]
    statements = sum(len(obvious.as_list(one["Statement"])) for one in counted)
    layers = ("identity", "session")
    assert sum(one.layer in layers for one in told.traces) == statements


@SOME
@given(cases)
def test_a_decision_depends_on_nothing_that_was_decided_before(case: dict[str, Any]) -> None:
    policies = policies_of(case)
    other = access_of(case | {"action": "s3:DeleteObject"})
    first = evaluate(access_of(case), policies)
    evaluate(other, policies)
    access = access_of(case)
    assert [evaluate(access, policies) for _ in range(2)] == [first, first]


def test_statements_that_share_a_condition_are_each_decided_by_it() -> None:
    """It is read once for all that allow and once for all that deny: an unknown value differs."""
    unknown = {"StringNotEquals": {"s3:prefix": "${aws:username}"}}
    statements = [
        {"Effect": effect, "Action": f"s3:{action}", "Resource": "*", "Condition": unknown}
        for effect in ("Allow", "Deny")
        for action in ("Get*", "*Object")
    ]
    case = DEFAULTS | {
        "actor": ACTORS[2],
        "context": {"s3:prefix": "bo"},
        "identity": {"p": {"Version": "2012-10-17", "Statement": statements}},
    }
    known = case | {"context": {"aws:username": "ana", "s3:prefix": "bo"}}
    equal = case | {"context": {"aws:username": "ana", "s3:prefix": "ana"}}
    assert engine(case) == (False, "EXPLICIT_DENY", "p/2")
    assert engine(known) == (False, "EXPLICIT_DENY", "p/2")
    assert engine(equal) == (False, "NO_IDENTITY_POLICY", None)
    statements[2:] = []
    assert engine(known) == (True, "IDENTITY_POLICY", "p/0")
    assert engine(case) == (False, "NO_IDENTITY_POLICY", None)
