"""Random documents and requests, from few words, so that they meet often.

A case is made of one string of bytes, each choice of one byte: Hypothesis draws a string a hundred
times faster than a tree of strategies, and shrinks it as well (the first of each list is simplest).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
HOME, ABROAD = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HOME}:role/reader"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/reader/one"
ANA = f"arn:aws:iam::{HOME}:user/ana"
ZOE = f"arn:aws:iam::{ABROAD}:user/zoe"
CANONICAL = {HOME: "a" * 64, ABROAD: "b" * 64}

ACTORS: list[dict[str, Any]] = [
    {"kind": "anonymous"},
    {"kind": "root", "account": HOME, "arn": f"arn:aws:iam::{HOME}:root", "unique_id": HOME},
    {"kind": "user", "account": HOME, "arn": ANA, "unique_id": "AIDAEXAMPLEEXAMPLEANA"},
    {"kind": "user", "account": ABROAD, "arn": ZOE, "unique_id": "AIDAEXAMPLEEXAMPLEZOE"},
    {"kind": "root", "account": ABROAD, "arn": f"arn:aws:iam::{ABROAD}:root"},
    {"kind": "session", "account": HOME, "arn": SESSION, "owner_arn": ROLE},
    {
        "kind": "federated",
        "account": HOME,
        "arn": f"arn:aws:sts::{HOME}:federated-user/share",
        "owner_arn": ANA,
        "owner_unique_id": "AIDAEXAMPLEEXAMPLEANA",
        "confined": True,
    },
    {"kind": "service", "arn": "lambda.amazonaws.com"},
]
for _actor in ACTORS:
    if "account" in _actor:
        _actor["canonical_id"] = CANONICAL[_actor["account"]]

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:PutBucketPolicy", "iam:GetUser"]
ACTION_PATTERNS = [
    *ACTIONS,
    "s3:*",
    "*",
    "*",
    "s3:*",
    "*",
    "s3:Get*",
    "S3:getobject",
    "s3:?utObject",
    "iam:*",
]
RESOURCES = [
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/ana/a.txt",
    "arn:aws:s3:::data/ana*/a.txt",
    "arn:aws:s3:::data/bo/b:c",
    f"arn:aws:iam::{HOME}:user/ana",
]
RESOURCE_PATTERNS = [
    *RESOURCES[:2],
    *["*", "*", "*"],
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${aws:username, 'bo'}/*",
    "arn:aws:s3:::data/*/?.txt",
    "arn:aws:s3:::data/ana${*}/a.txt",
    "arn:aws:s3:::${s3:prefix}",
    "arn:aws:*:::data/*",
    "arn:aws:s3:::data/bo/?:*",
    "arn:aws:s3:${aws:username}:data/*",
    "arn:aws:iam::*",
    "arn:aws:iam::*:user/${aws:username}",
]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": "*"},
    {"AWS": HOME},
    {"AWS": f"arn:aws:iam::{ABROAD}:root"},
    {"AWS": [ANA, ZOE]},
    {"AWS": [ANA, HOME]},
    {"AWS": "AIDAEXAMPLEEXAMPLEANA"},
    {"AWS": ROLE},
    {"AWS": [SESSION, ROLE, HOME]},
    {"AWS": f"arn:aws:sts::{HOME}:federated-user/share"},
    {"CanonicalUser": CANONICAL[ABROAD]},
    {"Service": "lambda.amazonaws.com"},
    {"Service": "lambda.amazonaws.com", "AWS": [SESSION]},
]
TEXTS = ["ana", "bo", "Ana", "*", "an?", "a*", "", "${aws:username}", "${aws:userid, 'ana'}", "10"]
NUMBERS = ["10", "9.5", "-1", "10.0", "600000"]
DATES = ["2026-11-01T00:00:00Z", "2026-11-01", "1793491200", "2027-01-01T01:00:00+01:00"]
ARNS = [
    ANA,
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::*:*/ana",
    "arn:*:iam::111122223333:user/${aws:username}",
    "${aws:PrincipalArn}",
]
ADDRESSES = ["203.0.113.9", "198.51.100.1", "2001:db8::9", "::ffff:203.0.113.9", "none"]
BLOCKS = ["203.0.113.0/24", "198.51.100.1", "2001:db8::/32", "0.0.0.0/0", "::ffff:203.0.113.0/120"]

KEYS = {
    "String": (["aws:username", "s3:prefix", "aws:TagKeys", "aws:userid"], TEXTS),
    "Numeric": (["s3:max-keys", "s3:signatureAge", "aws:TagKeys"], NUMBERS),
    "Date": (["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"], DATES),
    "Bool": (["aws:SecureTransport", "aws:username"], ["true", "FALSE"]),
    "Binary": (["aws:binary", "aws:username"], ["YW5h", "Ym8="]),
    "IpAddress": (["aws:SourceIp", "aws:username"], BLOCKS),
    "NotIpAddress": (["aws:SourceIp", "aws:username"], BLOCKS),
    "Arn": (["aws:PrincipalArn", "aws:username"], ARNS),
}
OPERATORS = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
    "StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan",
    "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals",
    "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
    "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals",
    "ArnLike", "ArnNotEquals", "ArnNotLike",
]  # fmt: skip
CONTEXT_VALUES: dict[str, list[Any]] = {
    "aws:username": ["ana", "bo", "Ana", "*", "10", ":", "true", "203.0.113.9", ["ana"]],
    "AWS:UserId": ["ana", "bo", "AIDAEXAMPLEEXAMPLEANA"],
    "s3:prefix": ["ana", "", "data", "an*", "bo/x"],
    "aws:tagkeys": [[], ["ana"], ["ana", "bo"], ["bo", "10"], "ana"],
    "s3:max-keys": ["10", "9.50", "-1", "many", "1000"],
    "s3:signatureAge": ["0", "600000", "600001"],
    "aws:CurrentTime": ["2026-11-01T00:00:00Z", "2026-12-31T00:00:00Z", "soon"],
    "aws:EpochTime": ["1793491200", "0"],
    "aws:TokenIssueTime": ["2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"],
    "aws:SecureTransport": ["true", "false", "True"],
    "aws:binary": ["YW5h", "!"],
    "aws:SourceIp": ADDRESSES,
    "aws:PrincipalArn": [ANA, ROLE, "arn:aws:iam::1:user:x"],
}


# Conditions that stand in several statements: the engine reads what they share once.
COMMON: list[dict[str, Any]] = [
    {"StringEquals": {"aws:username": "ana"}},
    {"StringNotEquals": {"s3:prefix": "${aws:username}"}},
    {"Bool": {"aws:SecureTransport": "true"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
]


class Choices:
    """A string of bytes as a run of choices; all the first when it has run out."""

    def __init__(self, entropy: bytes) -> None:
        self._bytes = iter(entropy)

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        return next(self._bytes, 0) % limit

    def of(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def some(self, items: Sequence[T], least: int, most: int) -> list[T]:
        """Several of the items, perhaps repeated."""
        return [self.of(items) for _ in range(least + self.below(most - least + 1))]


def condition(choose: Choices) -> dict[str, Any]:
    """One operator, one key, one or more values."""
    if choose.below(10) == 9:
        key = choose.of(list(CONTEXT_VALUES))
        return {"Null": {key: choose.of(["true", "false", ["true", "false"], True])}}
    operator = choose.of(OPERATORS)
    keys, values = next(found for start, found in KEYS.items() if operator.startswith(start))
    name = choose.of(["", "", "ForAllValues:", "ForAnyValue:"]) + operator
    name += choose.of(["", "", "IfExists"])
    wanted = choose.some(values, 1, 3)
    return {name: {choose.of(keys): wanted[0] if choose.below(2) else wanted}}


def statement(choose: Choices, *, principal: bool, resource: bool = True) -> dict[str, Any]:
    """One statement."""
    made: dict[str, Any] = {"Effect": choose.of(["Allow", "Allow", "Deny"])}
    if principal:
        name = choose.of(["Principal", "Principal", "Principal", "NotPrincipal"])
        made[name] = choose.of(PRINCIPALS)
    name = choose.of(["Action", "Action", "Action", "NotAction"])
    made[name] = choose.some(ACTION_PATTERNS, 1, 3)
    if resource:
        name = choose.of(["Resource", "Resource", "Resource", "NotResource"])
        made[name] = choose.some(RESOURCE_PATTERNS, 1, 3)
    found: dict[str, Any] = {}
    for _ in range(choose.of([0, 0, 1, 1, 2])):
        found |= choose.of(COMMON) if choose.below(3) == 2 else condition(choose)
    return made | ({"Condition": found} if found else {})


def document(choose: Choices, *, principal: bool = False, resource: bool = True) -> dict[str, Any]:
    """One document of either version."""
    version = choose.of(["2012-10-17", "2012-10-17", "2008-10-17"])
    found: Any = [
        statement(choose, principal=principal, resource=resource)
        for _ in range(1 + choose.below(3))
    ]
    if version == "2008-10-17":  # without variables, a variable alone is no ARN
        found = json.loads(json.dumps(found).replace("${aws:PrincipalArn}", ANA))
    return {"Version": version, "Statement": found if choose.below(2) else found[0]}


def layer(choose: Choices, name: str) -> dict[str, Any]:
    """Documents by name."""
    return {f"{name}{index}": document(choose) for index in range(choose.below(3))}


def make_case(entropy: bytes) -> dict[str, Any]:
    """A whole case."""
    choose = Choices(entropy)
    needs_resource = choose.below(10) == 9
    return {
        "actor": choose.of(ACTORS),
        "owner": choose.of([HOME, HOME, ABROAD]),
        "action": choose.of(ACTIONS),
        "resource": choose.of(RESOURCES),
        "granted": choose.of(["NOBODY", "NOBODY", "ACCOUNT", "EVERYONE"]),
        "policy_counts": choose.below(10) != 9,
        "restricted": choose.below(4) == 3,
        "needs_resource": needs_resource,
        "context": {
            key: choose.of(values) for key, values in CONTEXT_VALUES.items() if choose.below(2)
        },
        "identity": layer(choose, "identity"),
        "boundary": choose.of([None, None, layer(choose, "boundary")]),
        "sessions": [layer(choose, "session") for _ in range(choose.below(3))],
        "resource_policy": document(choose, principal=True, resource=not needs_resource)
        if choose.below(4)
        else None,
    }


cases = st.binary(min_size=150, max_size=300).map(make_case)
