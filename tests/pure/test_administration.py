"""What is an act, and how it is told in one bounded line."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.administration import LONGEST, digest, is_administrative, told


@pytest.mark.parametrize(
    ("action", "is_act"),
    [
        ("iam:PutUserPolicy", True),
        ("iam:GetUserPolicy", False),
        ("iam:ListUsers", False),
        ("iam:SimulatePrincipalPolicy", False),
        ("iam:PassRole", True),
        ("sts:AssumeRole", True),
        ("sts:GetSessionToken", True),
        ("sts:GetFederationToken", True),
        ("sts:GetCallerIdentity", False),
        ("s3:PutBucketPolicy", True),
        ("s3:GetBucketPolicy", False),
        ("s3:HeadBucket", False),
        ("s3:PutObject", False),
        ("s3:PutObjectAcl", True),
        ("s3:PutObjectVersionAcl", True),
        ("s3:DeleteObjectVersion", False),
        ("s3:PutAccountPublicAccessBlock", True),
        ("s3:SomethingThatIsNew", True),
        ("lambda:InvokeFunction", False),
        ("lambda:AddPermission", True),
        ("narthex:CreateShare", False),
        ("narthex:CreateAccount", True),
        ("narthex:Getaway", True),
    ],
)
def test_what_is_neither_reading_nor_data_is_an_act(action: str, is_act: bool) -> None:
    assert is_administrative(action) is is_act


def test_a_line_has_names_and_values_and_no_line_breaks() -> None:
    assert told([("a", "1"), ("b", ""), ("c", "x y\n\x1bz")]) == "a=1 c=x_y_z"
    assert told([]) == ""


def test_a_document_is_told_by_its_digest() -> None:
    assert digest("{}") == digest(b"{}") == f"sha256:{hashlib.sha256(b'{}').hexdigest()}"
    assert digest("{ }") != digest("{}")


@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), st.text(max_size=400)), max_size=9))
def test_a_line_is_bounded(pairs: list[tuple[str, str]]) -> None:
    line = told(pairs)
    assert len(line) < LONGEST
    assert "\n" not in line
