"""Condition keys: each is filled by the one thing that owns it, by nothing else a client names."""

from __future__ import annotations

from typing import Any

import pytest

from narthex.pure.policy import Actor, Caller, Facts, Signed
from narthex.pure.policy.context import (
    HEADER_KEYS,
    KNOWN_KEYS,
    LISTING_KEYS,
    QUERY_KEYS,
    SERVER_KEYS,
    Context,
    is_known,
)

NOW_US = 1_793_534_400_123_456  # 2026-11-01T12:00:00Z
HOME = "111122223333"
ANA = Actor("user", HOME, f"arn:aws:iam::{HOME}:user/ana", "AIDAEXAMPLEEXAMPLEANA")
ROLE = f"arn:aws:iam::{HOME}:role/reader"
SESSION = Actor(
    "session", HOME, f"arn:aws:sts::{HOME}:assumed-role/reader/one", "AROAX:one", ROLE, "AROAX"
)
SHARE = Actor(
    "federated", HOME, f"arn:aws:sts::{HOME}:federated-user/s", f"{HOME}:s", ANA.arn, ANA.unique_id,
    confined=True,
)  # fmt: skip
SERVICE = Caller(Actor("service", arn="s3.amazonaws.com"))
LINK = Signed("REST-QUERY-STRING", "AWS4-HMAC-SHA256", NOW_US - 600_000_999)


def value(key: str, **facts: Any) -> Any:
    """One key of one request."""
    return Facts(**{"caller": Caller(ANA, "ana"), "now_us": NOW_US, **facts}).context()[key.lower()]


OWNED: list[tuple[str, dict[str, Any], Any]] = [
    ("aws:CurrentTime", {}, "2026-11-01T12:00:00Z"),
    ("aws:EpochTime", {}, "1793534400"),
    ("aws:SourceIp", {"client": "203.0.113.9"}, "203.0.113.9"),
    ("aws:SourceIp", {}, None),
    ("aws:SecureTransport", {"secure": True}, "true"),
    ("aws:SecureTransport", {}, "false"),
    ("aws:UserAgent", {"header": {"user-agent": "curl/8"}.get}, "curl/8"),
    ("aws:Referer", {"header": {"referer": "https://a.example/"}.get}, "https://a.example/"),
    ("aws:RequestedRegion", {"region": "us-east-1"}, "us-east-1"),
    ("aws:username", {}, "ana"),
    ("aws:username", {"caller": Caller(SESSION)}, None),
    ("aws:username", {"caller": Caller(SHARE, "ana")}, "ana"),
    ("aws:userid", {}, "AIDAEXAMPLEEXAMPLEANA"),
    ("aws:userid", {"caller": Caller(SESSION)}, "AROAX:one"),
    ("aws:userid", {"caller": Caller(SHARE, "ana")}, "AIDAEXAMPLEEXAMPLEANA"),
    ("aws:userid", {"caller": Caller()}, "anonymous"),
    ("aws:PrincipalArn", {}, ANA.arn),
    ("aws:PrincipalArn", {"caller": Caller(SESSION)}, ROLE),
    ("aws:PrincipalArn", {"caller": Caller(SHARE, "ana")}, ANA.arn),
    ("aws:PrincipalArn", {"caller": Caller()}, None),
    ("aws:PrincipalAccount", {}, HOME),
    ("aws:PrincipalAccount", {"caller": Caller()}, None),
    ("aws:PrincipalType", {}, "User"),
    ("aws:PrincipalType", {"caller": Caller(SESSION)}, "AssumedRole"),
    ("aws:PrincipalType", {"caller": Caller(SHARE, "ana")}, "User"),
    ("aws:PrincipalType", {"caller": Caller()}, "Anonymous"),
    ("aws:PrincipalType", {"caller": Caller(Actor("root", HOME))}, "Account"),
    ("aws:PrincipalTag/Team", {"caller": Caller(ANA, "ana", (("team", "blue"),))}, "blue"),
    ("aws:PrincipalTag/Team", {}, None),
    ("aws:TokenIssueTime", {"caller": Caller(SESSION, issued_us=0)}, "1970-01-01T00:00:00Z"),
    ("aws:TokenIssueTime", {}, None),
    ("aws:MultiFactorAuthPresent", {"caller": Caller(SESSION, mfa=False)}, "false"),
    ("aws:MultiFactorAuthPresent", {}, None),
    ("aws:SourceIdentity", {"caller": Caller(SESSION, source_identity="x")}, "x"),
    ("aws:ViaAWSService", {}, "false"),
    ("aws:PrincipalIsAWSService", {"caller": SERVICE}, "true"),
    ("aws:PrincipalServiceName", {"caller": SERVICE}, "s3.amazonaws.com"),
    ("aws:SourceArn", {"service_source": ("arn:aws:s3:::b", HOME)}, "arn:aws:s3:::b"),
    ("aws:SourceAccount", {"service_source": ("arn:aws:s3:::b", HOME)}, HOME),
    ("aws:ResourceAccount", {"owner": HOME}, HOME),
    ("s3:ResourceAccount", {"owner": HOME}, HOME),
    ("aws:ResourceTag/a", {"resource_tags": (("A", "1"),)}, "1"),
    ("aws:RequestTag/a", {"request_tags": (("A", "1"),)}, "1"),
    ("aws:TagKeys", {"request_tags": (("A", "1"), ("b", "2"))}, ("A", "b")),
    ("aws:TagKeys", {"request_tags": ()}, None),
    ("s3:RequestObjectTag/a", {"request_tags": (("A", "1"),)}, "1"),
    ("s3:RequestObjectTagKeys", {"request_tags": (("A", "1"),)}, ("A",)),
    ("s3:ExistingObjectTag/a", {"object_tags": (("a", "1"),)}, "1"),
    ("s3:ExistingObjectTag/a", {"object_tags": (("a", "1"), ("A", "2"))}, ("1", "2")),
    ("s3:ExistingObjectTag/a/b", {"object_tags": (("a/b", "1"),)}, "1"),
    ("s3:authType", {"signed": LINK}, "REST-QUERY-STRING"),
    ("s3:authType", {}, None),
    ("s3:signatureversion", {"signed": LINK}, "AWS4-HMAC-SHA256"),
    ("s3:signatureAge", {"signed": LINK}, "600000"),
    ("s3:signatureAge", {"signed": Signed("POST", "AWS4-HMAC-SHA256", NOW_US + 5)}, "0"),
    ("s3:signatureAge", {"signed": Signed("REST-HEADER", "AWS4-HMAC-SHA256", NOW_US)}, None),
    ("s3:signatureAge", {"signed": Signed("REST-QUERY-STRING", "AWS", 0)}, "0"),
    ("s3:signatureAge", {}, None),
    ("s3:prefix", {"listing": True, "parameter": {"prefix": "in/"}.get}, "in/"),
    ("s3:prefix", {"listing": True, "parameter": {"prefix": ""}.get}, ""),
    ("s3:prefix", {"listing": False, "parameter": {"prefix": "in/"}.get}, None),
    ("s3:max-keys", {"listing": True, "parameter": {"max-keys": "10"}.get}, "10"),
    ("s3:VersionId", {"parameter": {"versionId": "v1"}.get}, "v1"),
    ("s3:VersionId", {}, None),
    ("s3:x-amz-acl", {"field": {"x-amz-acl": "public-read"}.get}, "public-read"),
    ("s3:x-amz-copy-source", {"field": {"x-amz-copy-source": "/b/k"}.get}, "/b/k"),
    ("s3:x-amz-storage-class", {"field": {"x-amz-storage-class": "STANDARD"}.get}, "STANDARD"),
    ("s3:x-amz-content-sha256", {"field": {"x-amz-content-sha256": "e3b0"}.get}, "e3b0"),
    ("s3:object-lock-mode", {"field": {"x-amz-object-lock-mode": "GOVERNANCE"}.get}, "GOVERNANCE"),
    ("s3:object-lock-remaining-retention-days", {"retention_days": 3}, "3"),
    ("s3:LocationConstraint", {"location": "eu-west-1"}, "eu-west-1"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "facts", "expected"), OWNED)
def test_a_key_has_the_value_of_its_owner(key: str, facts: dict[str, Any], expected: Any) -> None:
    assert value(key, **facts) == expected


@pytest.mark.parametrize("key", sorted(KNOWN_KEYS))
def test_no_header_and_no_parameter_sets_a_key_that_it_does_not_own(key: str) -> None:
    asked: list[str] = []

    def client(name: str) -> str:  # a client that sends everything it is asked for
        asked.append(name)
        return "forged"

    name = f"{key}x" if key.endswith("/") else key
    with_client = value(name, header=client, field=client, parameter=client, listing=True)
    without = value(name)
    owner = HEADER_KEYS.get(key) or LISTING_KEYS.get(key) or QUERY_KEYS.get(key)
    if owner is None and key not in ("aws:useragent", "aws:referer"):
        assert (asked, with_client) == ([], without)
    else:
        assert asked == [owner or {"aws:useragent": "user-agent", "aws:referer": "referer"}[key]]


@pytest.mark.parametrize("key", ["aws:useragent", "aws:referer"])
def test_a_query_parameter_is_never_taken_for_a_header_of_the_browser(key: str) -> None:
    assert value(key, field=lambda _: "forged", parameter=lambda _: "forged") is None


@pytest.mark.parametrize(
    "key", ["aws:nothing", "s3:x-amz-meta-a", "x-amz-acl", "s3:authtype/x", ""]
)
def test_an_unknown_key_has_no_value(key: str) -> None:
    assert value(key, field=lambda _: "x", parameter=lambda _: "x", header=lambda _: "x") is None


def test_every_key_of_the_tables_is_known_in_any_case() -> None:
    for key in SERVER_KEYS:
        assert is_known(f"{key}Tag" if key.endswith("/") else key.upper())
    assert is_known("s3:X-Amz-Acl")
    for key in ("aws:PrincipalTag/", "s3:nothing", "aws:", "prefix"):
        assert not is_known(key)


def test_a_value_is_computed_once() -> None:
    asked: list[str] = []

    def source(key: str) -> str:
        asked.append(key)
        return "10"

    context = Context(source=source)
    assert [context["a:b"], context["number", "a:b"], context["a:b"]] == ["10", 10, "10"]
    assert asked == ["a:b"]


def test_given_values_come_before_the_source_and_empty_sets_are_no_value() -> None:
    context = Context({"A:B": "x", "a:c": (), "a:d": None}, source=lambda key: f"{key}!")
    assert [context[f"a:{one}"] for one in "bcd"] == ["x", "a:c!", "a:d!"]
    assert Context(source=lambda _: ())["a:b"] is None


def test_the_time_reads_as_a_date_without_its_fraction() -> None:
    context = Facts(Caller(), NOW_US).context()
    assert context["date", "aws:currenttime"] == NOW_US // 1_000_000 * 1_000_000
    assert context["date", "aws:epochtime"] == NOW_US // 1_000_000 * 1_000_000
