"""Documents that are policies, and each way in which one is not: the message, line and reason."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from narthex.pure.policy import Malformed, named_principals, parse, size
from narthex.pure.policy.document import Kind
from tests.pure.policy.strategies import make_case

BUCKET = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::data/*",
}
IDENTITY = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}
GOOD: dict[Kind, dict[str, Any]] = {
    "bucket": BUCKET,
    "identity": IDENTITY,
    "session": IDENTITY,
    "trust": TRUST,
    "function": BUCKET,
}
VERSION = "2012-10-17"
TABLES = json.loads(
    (Path(__file__).parents[2] / "vectors" / "policy_documents.json").read_text("utf-8")
)


def document(statement: Any, **more: Any) -> str:
    """A document around one statement, one element a line."""
    return json.dumps({"Version": VERSION, **more, "Statement": statement}, indent=1)


def refused(text: str, kind: Kind) -> Malformed:
    """Why a text is no policy of the kind."""
    with pytest.raises(Malformed) as caught:
        parse(text, kind, bucket="data")
    code = "MalformedPolicy" if kind == "bucket" else "MalformedPolicyDocument"
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize("kind", GOOD)
def test_a_document_of_each_kind_is_read(kind: Kind) -> None:
    found = parse(document([GOOD[kind]], Id="one"), kind, bucket="data")
    assert (found.kind, found.version, found.id, len(found.statements)) == (kind, VERSION, "one", 1)
    assert parse(document(GOOD[kind]), kind, bucket="data").statements[0].index == 0


def test_a_document_without_version_is_of_the_older_one_without_variables() -> None:
    text = json.dumps({"Statement": IDENTITY | {"Resource": "arn:aws:s3:::data/${x"}})
    assert not parse(text, "identity").has_variables
    refused(text.replace('{"Statement"', f'{{"Version": "{VERSION}", "Statement"'), "identity")


@pytest.mark.parametrize("row", TABLES["faults in a statement"], ids=json.dumps)
def test_a_fault_in_a_statement_is_refused(row: dict[str, Any]) -> None:
    kind, change, sentence, path = row["kind"], row["change"], row["sentence"], row["path"]
    broken = {key: value for key, value in (GOOD[kind] | change).items() if value is not None}
    error = refused(document([GOOD[kind], broken]), kind)
    assert sentence in error.sentence
    assert f"Statement[1]{'.' if path else ''}" in str(error)
    assert path in error.path
    assert f"line {error.place.line}, " in str(error)


@pytest.mark.parametrize("row", TABLES["faults in a document"], ids=json.dumps)
def test_a_fault_in_the_document_is_refused(row: dict[str, Any]) -> None:
    error = refused(row["text"], row["kind"])
    assert error.sentence.startswith(row["sentence"])
    assert error.place.line == row["line"]
    assert f"(line {row['line']}" in str(error)


def test_the_message_says_line_place_and_reason() -> None:
    text = document(IDENTITY | {"Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "x"]}}})
    error = refused(text, "identity")
    assert str(error) == (
        "Syntax errors in policy. (line 11, Statement.Condition.IpAddress.aws:SourceIp[1]: `x` is "
        "not an IP address or CIDR block)"
    )


def test_bytes_are_read_as_utf8() -> None:
    text = document(BUCKET | {"Resource": "arn:aws:s3:::data/é"})
    assert parse(text.encode(), "bucket", bucket="data") == parse(text, "bucket", bucket="data")
    raw = text.replace("\\u00e9", "é")
    assert parse(raw.encode(), "bucket", bucket="data").statements[0].resources[0].endswith("é")
    with pytest.raises(Malformed, match="not UTF-8"):
        parse(raw.encode("latin-1"), "bucket", bucket="data")


def test_a_refusal_is_short_however_long_the_fault() -> None:
    for change in ({"x" * 20000: 1}, {"Action": "s3:" + "x" * 19000}, {"Resource": "$" * 19000}):
        assert len(str(refused(document(BUCKET | change), "bucket"))) < 1000
    text = document(BUCKET).replace("Effect", "x" * 9000).replace("Action", "x" * 9000)
    assert len(str(refused(text, "bucket"))) < 1000


def test_sids_are_unique_but_in_bucket_policies() -> None:
    twice = [IDENTITY | {"Sid": "A"}, IDENTITY | {"Sid": "A"}]
    assert refused(document(twice), "identity").sentence.endswith("must be unique.")
    parse(document([IDENTITY | {"Sid": "A"}, IDENTITY | {"Sid": "B"}]), "identity")
    parse(document([BUCKET | {"Sid": "A b"}, BUCKET | {"Sid": "A b"}]), "bucket", bucket="data")


def test_documents_have_a_largest_size() -> None:
    room = 20 * 1024 - len(document(BUCKET))
    parse(document(BUCKET) + " " * room, "bucket", bucket="data")
    error = refused(document(BUCKET) + " " * (room + 1), "bucket")
    assert error.sentence == "Policy exceeds the maximum allowed document size."
    refused(document(BUCKET) + "é" * (room // 2 + 1), "bucket")  # in bytes, not characters
    parse(document(IDENTITY).ljust(2048), "session")
    refused(document(IDENTITY).ljust(2049), "session")
    parse(document(IDENTITY).ljust(131072), "identity")
    refused(document(IDENTITY).ljust(131073), "identity")
    assert size('{ "a":\n\t"b c" }') == 10


@pytest.mark.parametrize("row", TABLES["accepted"], ids=json.dumps)
def test_what_aws_accepts_is_accepted(row: dict[str, Any]) -> None:
    kind: Kind = row["kind"]
    parse(document(GOOD[kind] | row["change"]), kind, bucket="data")


def test_negated_elements_are_read_as_such() -> None:
    text = document(
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "s3:*", "NotResource": "*"}
    )
    found = parse(text, "function").statements[0]
    assert found.principals is not None
    assert (found.principals.negated, found.not_actions, found.not_resources) == (True, True, True)


def test_the_users_and_roles_that_a_document_names_can_be_looked_up() -> None:
    role, user = "arn:aws:iam::111122223333:role/r", "arn:aws:iam::111122223333:user/u"
    found = parse(
        document(
            [
                BUCKET | {"Principal": {"AWS": [role, "111122223333", "*"]}},
                BUCKET | {"Principal": {"AWS": [user, "arn:aws:iam::111122223333:root"]}},
                BUCKET,
            ]
        ),
        "bucket",
        bucket="data",
    )
    assert named_principals(found) == {role, user}


def test_a_statement_knows_where_it_stands() -> None:
    text = document([IDENTITY, IDENTITY])
    second = parse(text, "identity").statements[1]
    lines = text.split("\n")
    assert lines[second.start.line - 1][second.start.column - 1] == "{"
    assert lines[second.end.line - 1][second.end.column - 2] == "}"


@pytest.mark.parametrize("seed", range(40))
def test_a_document_with_a_byte_changed_is_read_or_refused(seed: int) -> None:
    case = make_case(bytes((seed * 37 + i * 11) % 256 for i in range(200)))
    for found in case["identity"].values():
        text = json.dumps(found)
        for at in range(0, len(text), 7):
            with contextlib.suppress(Malformed):
                parse(text[:at] + chr(33 + (at + seed) % 90) + text[at + 1 :], "identity")
