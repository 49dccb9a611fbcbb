"""What people are told about a decision: statements, reasons, missing keys, the refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.pure.policy import (
    Access,
    Actor,
    Bundle,
    Caller,
    Context,
    Decision,
    Facts,
    Naming,
    Policies,
    Reason,
    StatementRef,
    compile_policy,
    denial,
    evaluate,
    explain,
    parse,
)
from narthex.pure.policy.compiled import MEMO_LIMIT
from narthex.pure.policy.evaluate import Layer

HOME = "111122223333"
ANA = Actor("user", HOME, f"arn:aws:iam::{HOME}:user/ana", "AIDAEXAMPLEEXAMPLEANA")
KEY = "arn:aws:s3:::data/report.pdf"


def policy(name: str, *statements: dict[str, Any]) -> Any:
    """One compiled identity policy."""
    body = [{"Action": "s3:GetObject", "Resource": KEY, **one} for one in statements]
    return compile_policy(
        parse(json.dumps({"Version": "2012-10-17", "Statement": body}), "identity"), name
    )


def ask(context: dict[str, str] | None = None, actor: Actor = ANA, owner: str = HOME) -> Access:
    """A GetObject."""
    return Access(actor, "s3:GetObject", KEY, owner, Context(context))


OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def test_every_statement_is_told_with_the_first_part_that_failed() -> None:
    bundle = Bundle(
        [
            policy(
                "p",
                {"Effect": "Allow", "Action": "s3:PutObject"},
                {"Effect": "Allow", "Resource": "arn:aws:s3:::data/other"},
                {
                    "Effect": "Allow",
                    "Condition": {"Bool": {"aws:SecureTransport": "true"}, **OFFICE},
                },
                {"Effect": "Allow", "Sid": "Here"},
            )
        ]
    )
    told = explain(ask({"aws:SecureTransport": "true"}), Policies(bundle))
    assert [(one.failed, one.detail) for one in told.traces] == [
        ("Action", ""),
        ("Resource", ""),
        ("Condition", "IpAddress aws:SourceIp"),
        ("", ""),
    ]
    assert told.decision.statement == StatementRef("p", 3, "Here", "Allow")
    assert [one.ref.index for one in told.matched] == [3]
    assert told.traces[2].source.start.line == 1
    assert told.missing == ("aws:sourceip",)


def test_when_a_statement_denies_the_matched_ones_are_those_that_deny() -> None:
    bundle = Bundle(
        [policy("a", {"Effect": "Allow"}, {"Effect": "Deny"}), policy("b", {"Effect": "Deny"})]
    )
    told = explain(ask(), Policies(bundle))
    assert told.decision.reason is Reason.EXPLICIT_DENY
    assert [(one.ref.policy, one.ref.index) for one in told.matched] == [("a", 1), ("b", 0)]


def test_missing_keys_are_those_of_conditions_and_variables() -> None:
    bundle = Bundle(
        [
            policy(
                "p",
                {
                    "Effect": "Allow",
                    "Resource": "arn:aws:s3:::data/${aws:username, 'x'}*",
                    "Condition": {"StringNotEquals": {"s3:prefix": "${aws:userid}"}},
                },
                {"Effect": "Allow", "Resource": "arn:aws:s3:::data/*", "Condition": OFFICE},
                {
                    "Effect": "Allow",
                    "Action": "s3:PutObject",
                    "Condition": {"Null": {"s3:x": "true"}},
                },
            )
        ]
    )
    told = explain(ask({"aws:SourceIp": "203.0.113.9"}), Policies(bundle))
    assert told.missing == ()
    reached = explain(ask({"aws:username": "report"}), Policies(bundle))
    assert reached.missing == ("aws:sourceip", "aws:userid", "s3:prefix")


def test_what_stood_in_the_way_is_told_with_what_would_have_allowed() -> None:
    allows, other = Bundle([policy("p", {"Effect": "Allow"})]), Bundle()
    bounded = evaluate(ask(), Policies(allows, boundary=other))
    assert (bounded.reason, bounded.layer, bounded.allowed_by) == (
        Reason.BOUNDARY, "boundary", StatementRef("p", 0, "", "Allow"),
    )  # fmt: skip
    session = evaluate(ask(), Policies(allows, sessions=(allows, other)))
    assert (session.reason, session.layer) == (Reason.SESSION, "session")
    assert session.allowed_by == StatementRef("p", 0, "", "Allow")
    text = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    public = compile_policy(parse(json.dumps({"Statement": text}), "function"), "bucket policy")
    restricted = Access(Actor("anonymous"), "s3:GetObject", KEY, HOME, restricted=True)
    decision = evaluate(restricted, Policies(resource=Bundle([public])))
    assert (decision.reason, decision.allowed_by) == (
        Reason.PUBLIC_ACCESS, StatementRef("bucket policy", 0, "", "Allow"),
    )  # fmt: skip


START = (
    f"User: arn:aws:iam::{HOME}:user/ana is not authorized to perform: s3:GetObject on resource: "
    f'"{KEY}" '
)


@pytest.mark.parametrize(
    ("reason", "layer", "because"),
    [
        (Reason.NO_IDENTITY_POLICY, "identity", "because no identity-based policy allows the {}"),
        (Reason.NO_RESOURCE_POLICY, "resource", "because no resource-based policy allows the {}"),
        (Reason.BOUNDARY, "boundary", "because no permissions boundary allows the {}"),
        (Reason.SESSION, "session", "because no session policy allows the {}"),
        (Reason.EXPLICIT_DENY, "identity", "with an explicit deny in an identity-based policy"),
        (Reason.EXPLICIT_DENY, "resource", "with an explicit deny in a resource-based policy"),
        (Reason.EXPLICIT_DENY, "boundary", "with an explicit deny in a permissions boundary"),
        (Reason.EXPLICIT_DENY, "session", "with an explicit deny in a session policy"),
    ],
)  # fmt: skip
def test_callers_of_the_owners_account_are_told_why(
    reason: Reason, layer: Layer, because: str
) -> None:
    told = START + because.format("s3:GetObject action")
    assert denial(ask(), Decision(False, reason, None, layer)) == told


def test_every_refusal_has_a_message() -> None:
    for reason in list(Reason)[4:]:
        assert denial(ask(), Decision(False, reason)).startswith(START)


@pytest.mark.parametrize("actor", [Actor("anonymous"), Actor("user", "444455556666", "arn:x")])
def test_strangers_are_told_nothing(actor: Actor) -> None:
    decision = Decision(False, Reason.EXPLICIT_DENY, None, "resource")
    assert denial(ask(actor=actor), decision) == "Access Denied"
    assert denial(ask(actor=Actor("anonymous"), owner=""), decision) == "Access Denied"


def test_other_services_do_not_quote_the_resource() -> None:
    access = Access(ANA, "iam:GetUser", f"arn:aws:iam::{HOME}:user/bo", HOME)
    text = denial(access, Decision(False, Reason.NO_IDENTITY_POLICY))
    assert f"on resource: arn:aws:iam::{HOME}:user/bo because no identity-based policy" in text


def test_a_deleted_users_namesake_inherits_nothing() -> None:
    text = json.dumps(
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": ANA.arn},
                "Action": "*",
                "Resource": "*",
            }
        }
    )
    document = parse(text, "function")
    by_name = Policies(resource=Bundle([compile_policy(document)]))
    by_id = Policies(resource=Bundle([compile_policy(document, "", {ANA.arn: ANA.unique_id})]))
    namesake = Actor("user", HOME, ANA.arn, "AIDAEXAMPLEEXAMPLENEW")
    assert evaluate(ask(), by_id).allowed
    assert evaluate(ask(actor=namesake), by_name).allowed
    assert not evaluate(ask(actor=namesake), by_id).allowed


def test_asking_for_ever_new_actions_does_not_fill_the_memory() -> None:
    bundle = Bundle([policy("p", {"Effect": "Allow"})])
    for number in range(MEMO_LIMIT + 100):
        bundle.about(f"s3:Action{number}")
    assert len(bundle._memo) == MEMO_LIMIT
    assert evaluate(ask(), Policies(bundle)).allowed


def test_a_context_serves_several_resources_of_one_request() -> None:
    condition = {"StringEquals": {"aws:username": "ana"}}
    bundle = Bundle(
        [
            policy(
                "p",
                {"Effect": "Allow", "Condition": condition},
                {"Effect": "Deny", "Condition": condition, "Resource": "arn:aws:s3:::data/x"},
            )
        ]
    )  # fmt: skip
    context = Facts(Caller(ANA, "ana"), 0).context()
    found = [
        evaluate(
            Access(ANA, "s3:GetObject", f"arn:aws:s3:::data/{key}", HOME, context), Policies(bundle)
        )
        for key in ("report.pdf", "x", "report.pdf", "y")
    ]
    assert [one.allowed for one in found] == [True, False, True, False]


def test_names_order_from_far_to_close() -> None:
    assert sorted(Naming) == [
        Naming.NOBODY, Naming.ACCOUNT, Naming.OWNER, Naming.EVERYONE, Naming.CALLER,
    ]  # fmt: skip
