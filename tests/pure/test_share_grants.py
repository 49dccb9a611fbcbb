"""The policy of a share: exactly what was granted, whatever the letters of a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.policy import Access, Actor, Bundle, Context, Policies, compile_policy, evaluate
from narthex.pure.policy.grammar import parse
from narthex.pure.share_grants import action, arn, covers, download_grant
from narthex.pure.shares import Target

ACCOUNT = "123456789012"
ARN = "arn:aws:s3:::"
SHARE = Actor("root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, confined=True)
# Letters that mean something in a policy, and some that do not.
letters = st.text(st.sampled_from("ab*?${}:/'ü☃\n\\\"") | st.characters(codec="utf-8"), min_size=1)


def allows(target: Target, asked: str, resource: str, **keys: str) -> bool:
    """Whether the share of a root may."""
    document = parse(download_grant(target), "identity")
    session = Bundle([compile_policy(document, "share")])
    context = Context({key.replace("_", ":"): value for key, value in keys.items()})
    access = Access(SHARE, asked, resource, ACCOUNT, context)
    return evaluate(access, Policies(sessions=(session,))).allowed


def object_arn(key: str) -> str:
    return f"{ARN}b/{key}"


@given(letters, letters)
def test_an_object_is_itself_and_no_other(key: str, other: str) -> None:
    target = Target("b", "id", key)
    assert allows(target, "s3:GetObject", object_arn(key))
    assert allows(target, "s3:GetObject", object_arn(other)) is (other == key)
    assert not allows(target, "s3:GetObject", object_arn(key + "a"))
    assert not allows(target, "s3:GetObject", object_arn(key[:-1]))
    assert covers(target, other) is (other == key)


@given(letters, letters)
def test_a_prefix_is_all_that_begins_with_it(prefix: str, other: str) -> None:
    target = Target("b", "id", prefix, is_prefix=True)
    assert allows(target, "s3:GetObject", object_arn(prefix + other))
    assert allows(target, "s3:GetObject", object_arn(other)) is other.startswith(prefix)
    assert allows(target, "s3:ListBucket", f"{ARN}b", s3_prefix=prefix + other)
    listed = allows(target, "s3:ListBucket", f"{ARN}b", s3_prefix=other)
    assert listed is other.startswith(prefix)
    assert not allows(target, "s3:ListBucket", f"{ARN}b")
    assert covers(target, other) is other.startswith(prefix)


def test_the_empty_prefix_is_the_bucket() -> None:
    target = Target("b", "id", "", is_prefix=True)
    assert allows(target, "s3:GetObject", object_arn("k"))
    assert allows(target, "s3:ListBucket", f"{ARN}b", s3_prefix="")
    assert not allows(target, "s3:GetObject", f"{ARN}bb/k")
    assert not allows(target, "s3:ListBucket", f"{ARN}bb", s3_prefix="")


@given(letters)
def test_a_version_is_that_version_only(version: str) -> None:
    target = Target("b", "id", "k", version=version)
    assert action(target) == "s3:GetObjectVersion"
    assert allows(target, "s3:GetObjectVersion", object_arn("k"), s3_versionid=version)
    assert not allows(target, "s3:GetObjectVersion", object_arn("k"), s3_versionid=version + "1")
    assert not allows(target, "s3:GetObjectVersion", object_arn("k"))
    assert not allows(target, "s3:GetObject", object_arn("k"))


@pytest.mark.parametrize("is_prefix", [False, True])
@pytest.mark.parametrize(
    "other",
    ["PutObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging", "GetObjectVersion", "*"],
)
def test_it_grants_nothing_else(other: str, is_prefix: bool) -> None:
    target = Target("b", "id", "k", is_prefix)
    assert not allows(target, f"s3:{other}", object_arn("k"))
    assert not allows(target, "s3:GetObject", f"{ARN}other/k")
    assert not allows(target, "narthex:CreateShare", object_arn("k"))


def test_it_is_named_by_the_arn_of_what_it_shares() -> None:
    assert arn(Target("b", "id", "a*b")) == f"{ARN}b/a*b"
    assert action(Target("b", "id", "k")) == "s3:GetObject"
