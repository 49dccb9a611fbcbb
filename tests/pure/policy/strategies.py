"""Random documents and requests, from few words, so that they meet often."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

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
ACTION_PATTERNS = [*ACTIONS, "s3:*", "*", "s3:Get*", "S3:getobject", "s3:?utObject", "iam:*"]
RESOURCES = [
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/ana/a.txt",
    "arn:aws:s3:::data/ana*/a.txt",
    "arn:aws:s3:::data/bo/b:c",
    f"arn:aws:iam::{HOME}:user/ana",
]
RESOURCE_PATTERNS = [
    *RESOURCES[:2],
    "*",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${aws:username, 'bo'}/*",
    "arn:aws:s3:::data/*/?.txt",
    "arn:aws:s3:::data/ana${*}/a.txt",
    "arn:aws:s3:::${s3:prefix}",
    "arn:aws:*:::data/*",
    "arn:aws:s3:::data/bo/?:*",
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
    "aws:username": ["ana", "bo", "Ana", "*", "10", "true", "203.0.113.9", ["ana"]],
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


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """One operator, one key, one or more values."""
    if draw(st.integers(0, 9)) == 0:
        key = draw(st.sampled_from(list(CONTEXT_VALUES)))
        return {"Null": {key: draw(st.sampled_from(["true", "false", ["true", "false"], True]))}}
    operator = draw(st.sampled_from(OPERATORS))
    keys, values = next(found for start, found in KEYS.items() if operator.startswith(start))
    name = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"])) + operator
    name += draw(st.sampled_from(["", "", "IfExists"]))
    one = st.sampled_from(values)
    wanted = draw(st.one_of(one, st.lists(one, min_size=1, max_size=3)))
    return {name: {draw(st.sampled_from(keys)): wanted}}


@st.composite
def statements(draw: st.DrawFn, principal: bool, resource: bool) -> dict[str, Any]:
    """One statement."""
    made: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    if principal:
        name = draw(st.sampled_from(["Principal", "Principal", "Principal", "NotPrincipal"]))
        made[name] = draw(st.sampled_from(PRINCIPALS))
    name = draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))
    made[name] = draw(st.lists(st.sampled_from(ACTION_PATTERNS), min_size=1, max_size=3))
    if resource:
        name = draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))
        made[name] = draw(st.lists(st.sampled_from(RESOURCE_PATTERNS), min_size=1, max_size=3))
    condition: dict[str, Any] = {}
    for one in draw(st.lists(conditions(), max_size=2)):
        condition |= one
    if condition:
        made["Condition"] = condition
    return made


@st.composite
def documents(draw: st.DrawFn, principal: bool = False, resource: bool = True) -> dict[str, Any]:
    """One document of either version."""
    found = draw(st.lists(statements(principal, resource), min_size=1, max_size=3))
    version = draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]))
    if version == "2008-10-17":  # without variables, a variable alone is no ARN
        found = json.loads(json.dumps(found).replace("${aws:PrincipalArn}", ANA))
    return {"Version": version, "Statement": found if draw(st.booleans()) else found[0]}


def layers(names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Documents by name."""
    return st.lists(documents(), max_size=2).map(
        lambda found: {f"{names}{index}": one for index, one in enumerate(found)}
    )


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A whole case."""
    keys = draw(st.lists(st.sampled_from(list(CONTEXT_VALUES)), unique=True, max_size=8))
    context = {key: draw(st.sampled_from(CONTEXT_VALUES[key])) for key in keys}
    needs_resource = draw(st.integers(0, 9)) == 0
    return {
        "actor": draw(st.sampled_from(ACTORS)),
        "owner": draw(st.sampled_from([HOME, HOME, ABROAD])),
        "action": draw(st.sampled_from(ACTIONS)),
        "resource": draw(st.sampled_from(RESOURCES)),
        "context": context,
        "granted": draw(st.sampled_from(["NOBODY", "NOBODY", "ACCOUNT", "EVERYONE"])),
        "policy_counts": draw(st.integers(0, 9)) != 0,
        "restricted": draw(st.integers(0, 3)) == 0,
        "identity": draw(layers("identity")),
        "boundary": draw(st.one_of(st.none(), st.none(), layers("boundary"))),
        "sessions": draw(st.lists(layers("session"), max_size=2)),
        "resource_policy": draw(
            st.one_of(st.none(), documents(principal=True, resource=not needs_resource))
        ),
        "needs_resource": needs_resource,
    }
