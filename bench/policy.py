"""Microseconds per decision over compiled, warm policies. Prints one line per case.

Every case has ten policies of ten statements, each with conditions, and asks for s3:GetObject. The
target is 30 microseconds.
"""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable

from narthex.pure.policy import (
    Access,
    Actor,
    Bundle,
    Caller,
    Facts,
    Policies,
    Signed,
    compile_policy,
    evaluate,
    parse,
)

NOW_US = 1_790_000_000_000_000
USER = Actor("user", "123456789012", "arn:aws:iam::123456789012:user/ana", "AIDAEXAMPLEEXAMPLE001")
CALLER = Caller(USER, "ana", (("team", "blue"),))
KEY = "arn:aws:s3:::data/team/blue/report-2026-11.pdf"
REPEATS = 20_000

CONDITIONS: list[dict[str, dict[str, object]]] = [
    {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"]}},
    {"StringEquals": {"aws:PrincipalTag/team": ["red", "green"]}},
    {"StringLike": {"aws:UserAgent": ["curl/*", "*Chrome/1?0*"]}},
    {"NumericGreaterThan": {"s3:signatureAge": 600000}},
    {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops-*"}},
    {"StringEquals": {"s3:authType": "REST-QUERY-STRING", "aws:username": "bo"}},
    {"Null": {"s3:authType": "true"}},
    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["secret"]}},
]


def statement(number: int, effect: str, resource: str, action: str) -> dict[str, object]:
    """One statement with one of the conditions, none of which holds for the request."""
    return {
        "Sid": f"S{number}",
        "Effect": effect,
        "Action": [action, "s3:PutObject"],
        "Resource": [resource, "arn:aws:s3:::other"],
        "Condition": CONDITIONS[number % len(CONDITIONS)],
    }


def policies(resource: str, action: str, last: str) -> Policies:
    """A hundred statements that allow and deny in turns; the last allows without conditions."""
    documents = []
    for policy in range(10):
        body = [
            statement(number, "Deny" if number % 2 else "Allow", resource, action)
            for number in range(10)
        ]
        if policy == 9:
            body[9] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": last}
        text = json.dumps({"Version": "2012-10-17", "Statement": body})
        documents.append(compile_policy(parse(text, "identity"), f"p{policy}"))
    return Policies(identity=Bundle(documents))


def ask(found: Policies) -> tuple[Callable[[], object], Callable[[], object]]:
    """One decision as the server makes it (facts, context, access, evaluation), and the evaluation
    alone of a request whose circumstances have been read before.
    """
    headers = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}

    def question() -> Access:
        facts = Facts(
            CALLER, NOW_US, "203.0.113.9", True, "us-east-1", "123456789012",
            Signed("REST-QUERY-STRING", "AWS4-HMAC-SHA256", NOW_US - 5_000_000), headers.get,
        )  # fmt: skip
        return Access(USER, "s3:GetObject", KEY, "123456789012", facts.context())

    if not evaluate(question(), found).allowed:
        raise SystemExit("a decision of the bench is wrong")
    same = question()
    return lambda: evaluate(question(), found), lambda: evaluate(same, found)


CASES: dict[str, tuple[str, str, str]] = {
    "every statement reaches the key, every condition is read": ("arn:aws:s3:::data/*",
        "s3:GetObject", "arn:aws:s3:::data/*"),
    "wildcards in the middle": ("arn:aws:s3:::data/*/blue/*.pdf", "s3:Get*", "arn:aws:s3:::data/*"),
    "variables in every resource": ("arn:aws:s3:::data/team/${aws:PrincipalTag/team}/*",
        "s3:GetObject", "arn:aws:s3:::data/*"),
    "other keys": ("arn:aws:s3:::data/elsewhere/*", "s3:GetObject", "arn:aws:s3:::data/*"),
    "other actions": ("arn:aws:s3:::data/*", "s3:DeleteObject", "arn:aws:s3:::data/*"),
}  # fmt: skip


def microseconds(call: Callable[[], object]) -> float:
    """The best of ten runs."""
    return min(timeit.repeat(call, number=REPEATS // 10, repeat=10)) / (REPEATS // 10) * 1e6


def main() -> None:
    """Print the table."""
    print("microseconds a decision: whole, and with the context warm")
    for name, (resource, action, last) in CASES.items():
        whole, warm = (microseconds(call) for call in ask(policies(resource, action, last)))
        print(f"{whole:8.1f} {warm:8.1f}   {name}")


if __name__ == "__main__":
    main()
