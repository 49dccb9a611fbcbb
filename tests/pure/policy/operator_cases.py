"""Make tests/vectors/policy/operators.json: every operator, pairwise with all that bends it.

Run `python -m tests.pure.policy.operator_cases` after a change here. The expected decisions are the
obvious evaluator's; whether each condition holds is told again by `RULES`, which knows neither
evaluator, and test_operator_cases.py compares the two.

Pairwise: every value of every dimension meets every value of every other one in some case.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from tests.pure.policy import obvious
from tests.pure.policy.cases import FOLDER, complete

FILE: Path = FOLDER / "operators.json"
HOME = "111122223333"
ACTOR = {
    "kind": "user",
    "account": HOME,
    "arn": f"arn:aws:iam::{HOME}:user/ana",
    "unique_id": "AIDAEXAMPLEEXAMPLEANA",
}

# operator -> key, two values of the policy, two of the request that one of them accepts, two that
# neither does, and one that is not of the operator's type ("" where every text is).
SAMPLES: dict[str, tuple[str, list[str], list[str], list[str], str]] = {
    "StringEquals": ("aws:username", ["ana", "b*"], ["ana", "b*"], ["Ana", "bo"], ""),
    "StringEqualsIgnoreCase": ("aws:username", ["ana", "b*"], ["ANA", "B*"], ["an", "bo"], ""),
    "StringLike": ("s3:prefix", ["in/*", "o?t"], ["in/", "out"], ["In/x", "oot!"], ""),
    "NumericEquals": ("s3:max-keys", ["10", "2.50"], ["10.0", "2.5"], ["1", "100"], "ten"),
    "NumericLessThan": ("s3:max-keys", ["10", "20"], ["9", "-1"], ["20", "1000"], "ten"),
    "NumericLessThanEquals": ("s3:max-keys", ["10", "20"], ["10", "0"], ["20.01", "99"], "ten"),
    "NumericGreaterThan": ("s3:signatureAge", ["600", "700"], ["701", "9999"], ["600", "0"], "old"),
    "NumericGreaterThanEquals": (
        "s3:signatureAge",
        ["600", "700"],
        ["700", "800"],
        ["599", "1"],
        "x",
    ),
    "DateEquals": (
        "aws:CurrentTime",
        ["2026-11-01T00:00:00Z", "1790000000"],
        ["2026-11-01T02:00:00+02:00", "1790000000"],
        ["2026-11-01T00:00:01Z", "0"],
        "today",
    ),
    "DateLessThan": (
        "aws:CurrentTime",
        ["2026-11-01T00:00:00Z", "2026-11-01"],
        ["2026-10-31T23:59:59Z", "0"],
        ["2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"],
        "today",
    ),
    "DateLessThanEquals": (
        "aws:CurrentTime",
        ["2026-11-01T00:00:00Z", "2026-11-01"],
        ["2026-11-01T00:00:00Z", "0"],
        ["2026-11-01T00:00:01Z", "2027-01-01T00:00:00Z"],
        "today",
    ),
    "DateGreaterThan": (
        "aws:TokenIssueTime",
        ["2026-11-01T00:00:00Z", "2026-11-01"],
        ["2026-11-01T00:00:01Z", "2027-01-01T00:00:00Z"],
        ["2026-11-01T00:00:00Z", "0"],
        "today",
    ),
    "DateGreaterThanEquals": (
        "aws:TokenIssueTime",
        ["2026-11-01T00:00:00Z", "2026-11-01"],
        ["2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"],
        ["2026-10-31T23:59:59Z", "0"],
        "today",
    ),
    "Bool": ("aws:SecureTransport", ["true", "TRUE"], ["true", "True"], ["false", "FALSE"], "yes"),
    "BinaryEquals": ("aws:username", ["YW5h", "Ym8="], ["YW5h", "Ym8="], ["em9l", ""], "a?b"),
    "IpAddress": (
        "aws:SourceIp",
        ["203.0.113.0/24", "2001:db8::/32"],
        ["203.0.113.255", "2001:db8::1"],
        ["203.0.112.255", "2001:db9::1"],
        "here",
    ),
    "ArnEquals": (
        "aws:PrincipalArn",
        ["arn:aws:iam::*:user/a?a", f"arn:aws:iam::{HOME}:role/*"],
        [f"arn:aws:iam::{HOME}:user/ana", f"arn:aws:iam::{HOME}:role/a:b"],
        [f"arn:aws:iam::{HOME}:user/anna", "arn:aws:iam::1:2:user/ana"],
        "",
    ),
}
SAMPLES["ArnLike"] = SAMPLES["ArnEquals"]
NEGATED = {
    f"{start}Not{rest}": f"{start}{rest}"
    for start, rest in [
        ("String", "Equals"), ("String", "EqualsIgnoreCase"), ("String", "Like"),
        ("Numeric", "Equals"), ("Date", "Equals"), ("", "IpAddress"), ("Arn", "Equals"),
        ("Arn", "Like"),
    ]
}  # fmt: skip

DIMENSIONS: dict[str, list[Any]] = {
    "operator": [*SAMPLES, *NEGATED],
    "over": ["", "ForAllValues:", "ForAnyValue:"],
    "if exists": [False, True],
    "request": ["absent", "empty", "hit", "miss", "bad", "hits", "mixed", "misses", "with bad"],
    "values": [1, 2],
    "effect": ["Allow", "Deny"],
    "version": ["2012-10-17", "2008-10-17"],
}


def pairwise() -> list[dict[str, Any]]:
    """Few combinations in which every pair of values of two dimensions occurs. Greedy, the same
    each time: each one takes the uncovered pair that comes first and as many more as it can.
    """
    names = list(DIMENSIONS)
    left = {
        (a, va, b, vb): None
        for a, b in itertools.combinations(names, 2)
        for va in DIMENSIONS[a]
        for vb in DIMENSIONS[b]
    }
    rows: list[dict[str, Any]] = []
    while left:
        first = next(iter(left))
        row = {first[0]: first[1], first[2]: first[3]}
        for name in names:
            if name not in row:
                row[name] = max(DIMENSIONS[name], key=lambda value: _new(left, row | {name: value}))
        for pair in [pair for pair in left if row[pair[0]] == pair[1] and row[pair[2]] == pair[3]]:
            del left[pair]
        rows.append(row)
    return rows


def _new(left: dict[tuple[str, Any, str, Any], None], row: dict[str, Any]) -> int:
    """How many uncovered pairs a partial row covers."""
    return sum(
        (a, row[a], b, row[b]) in left for a, b in itertools.combinations(DIMENSIONS, 2)
        if a in row and b in row
    )  # fmt: skip


def request_value(row: dict[str, Any]) -> Any:
    """What the request has for the key; None when it has nothing."""
    _, _, hits, misses, bad = SAMPLES[NEGATED.get(row["operator"], row["operator"])]
    if row["values"] == 1:
        hits = hits[:1]
    bad = bad or misses[0]
    return {
        "absent": None,
        "empty": [],
        "hit": hits[0],
        "miss": misses[0],
        "bad": bad,
        "hits": hits,
        "mixed": [hits[0], misses[0]],
        "misses": misses,
        "with bad": [hits[0], bad],
    }[row["request"]]


def rule(row: dict[str, Any]) -> bool:
    """Whether the condition holds, from its shape alone.

    Source: AWS, "Multivalued context keys" and "...IfExists condition operators".
    """
    negated, request = row["operator"] in NEGATED, row["request"]
    if request in ("absent", "empty"):
        if row["over"]:
            return bool(row["over"] == "ForAllValues:")
        return negated or bool(row["if exists"])
    accepted = {  # for each value of the request: does one of the policy's accept it?
        "hit": [True],
        "miss": [False],
        "bad": [False],
        "hits": [True],
        "mixed": [True, False],
        "misses": [False, False],
        "with bad": [True, False],
    }[request]
    passes = [one is not negated for one in accepted]
    if row["over"]:
        return all(passes) if row["over"] == "ForAllValues:" else any(passes)
    return passes[0] if request in ("hit", "miss", "bad") else False


def case_of(row: dict[str, Any]) -> dict[str, Any]:
    """One combination as a case: the condition allows, or denies what all else allows."""
    key, wanted, *_ = SAMPLES[NEGATED.get(row["operator"], row["operator"])]
    name = f"{row['over']}{row['operator']}{'IfExists' if row['if exists'] else ''}"
    statement = {
        "Effect": row["effect"],
        "Action": "*",
        "Resource": "*",
        "Condition": {name: {key: wanted[: row["values"]]}},
    }
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    body = [statement] if row["effect"] == "Allow" else [everything, statement]
    value = request_value(row)
    case: dict[str, Any] = {
        "name": f"{name} {row['effect']} {row['version'][:4]}, {row['values']} value(s), "
        f"request: {row['request']}",
        "identity": {"p": {"Version": row["version"], "Statement": body}},
        "context": {} if value is None else {key: value},
        "holds": rule(row),
    }
    verdict = obvious.decide(complete(case, {"ana": ACTOR}))
    case["expect"] = {
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "statement": verdict.statement,
    }
    return case


def text() -> str:
    """The file: one case a line."""
    cases = [case_of(row) for row in pairwise()]
    source = "made by tests/pure/policy/operator_cases.py, 2026-11; decisions: obvious evaluator"
    lines = ",\n".join(f"  {json.dumps(case)}" for case in cases)
    return (
        f'{{\n "source": {json.dumps(source)},\n'
        f' "cast": {{\n  "ana": {json.dumps(ACTOR)}\n }},\n "cases": [\n{lines}\n ]\n}}\n'
    )


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
