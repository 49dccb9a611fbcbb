"""A form's policy: every condition holds, every field is covered, all else is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.pure import post_policy
from narthex.pure.post_policy import PostPolicy
from tests.form_bodies import encoded
from tests.pure.refusing import outcome, refusal
from tests.pure.signing import NOON, cases

SECOND = 1_000_000
EXPIRATION = "2026-11-24T13:00:00.000Z"


def document(*conditions: Any, **more: Any) -> dict[str, Any]:
    """A policy for the bucket `b`."""
    return {"expiration": EXPIRATION, "conditions": [{"bucket": "b"}, *conditions]} | more


def parsed(*conditions: Any) -> PostPolicy:
    """A policy as it is judged by."""
    return post_policy.parse(encoded(document(*conditions)))


def check(
    conditions: list[Any], fields: dict[str, str], sent: dict[str, str] | None = None
) -> None:
    """The verdict about a form for the bucket `b`. sent: as it was before variables were filled."""
    lower = {name.lower(): value for name, value in fields.items()}
    post_policy.check(parsed(*conditions), tuple((sent or fields).items()), lower, "b")


def refused(conditions: list[Any], fields: dict[str, str]) -> str:
    """The words with which a form is refused."""
    error = refusal(check, conditions, fields)
    assert (error.code, error.status) == ("AccessDenied", 403)
    return error.message.removeprefix("Invalid according to Policy: ")


@pytest.mark.parametrize(
    ("conditions", "fields"),
    [
        ([{"key": "k"}], {"key": "k"}),
        ([["eq", "$key", "k"]], {"key": "k"}),
        ([["starts-with", "$key", "up/"]], {"key": "up/k"}),
        ([["starts-with", "$key", ""]], {"key": "k"}),
        ([["starts-with", "$key", "k"]], {"key": "k"}),
        ([["starts-with", "$key", "k"], ["eq", "$key", "kk"]], {"key": "kk"}),
        ([["eq", "$x-amz-meta-a", ""]], {"x-amz-meta-a": ""}),
        ([["starts-with", "$Content-Type", "image/"]], {"content-type": "image/png"}),
        ([["starts-with", "$content-type", "image/"]], {"Content-Type": "image/png,image/gif"}),
        ([["starts-with", "$content-type", "image/"]], {"Content-Type": "image/png, image/gif"}),
        ([["eq", "$content-type", "a,b"]], {"Content-Type": "a,b"}),
        ([["starts-with", "$x-amz-meta-a", "a"]], {"x-amz-meta-a": "a,b"}),
        ([{"kEy": "k"}, ["StArTs-WiTh", "$AcL", "pri"]], {"KEY": "k", "aCl": "private"}),
        ([{"name": "anything"}], {"name": "anything"}),  # Plupload's: covered, and without effect
        ([["starts-with", "$Filename", ""]], {"Filename": "x"}),
        ([], {"bucket": "b"}),  # aws-sdk-js-v3 sends it along
        ([], {"x-ignore-me": "1", "X-Ignore-": "2"}),
        ([], {"policy": "p", "x-amz-signature": "s", "AWSAccessKeyId": "a", "signature": "s"}),
    ],
)
def test_what_every_condition_allows_is_allowed(
    conditions: list[Any], fields: dict[str, str]
) -> None:
    check(conditions, fields)


@pytest.mark.parametrize(
    ("condition", "fields", "quoted"),
    [
        ({"key": "k"}, {"key": "kk"}, '["eq", "$key", "k"]'),
        ({"Key": "k"}, {"key": "K"}, '["eq", "$Key", "k"]'),
        ({"key": "k"}, {}, '["eq", "$key", "k"]'),
        (["eq", "$key", "k"], {"key": ""}, '["eq", "$key", "k"]'),
        (["eq", "$x-amz-meta-a", ""], {"x-amz-meta-a": "x"}, '["eq", "$x-amz-meta-a", ""]'),
        (["eq", "$acl", 'a"b'], {"acl": "a"}, '["eq", "$acl", "a\\"b"]'),
        (["eq", "$key", "ü"], {"key": "u"}, '["eq", "$key", "ü"]'),
        (["Eq", "$Key", "k"], {"key": "x"}, '["Eq", "$Key", "k"]'),
        (["starts-with", "$key", "up/"], {"key": "up"}, '["starts-with", "$key", "up/"]'),
        (["starts-with", "$key", "up/"], {"key": "Up/k"}, '["starts-with", "$key", "up/"]'),
        (["starts-with", "$key", "up/"], {"key": "/up/k"}, '["starts-with", "$key", "up/"]'),
        (
            ["starts-with", "$Content-Type", "image/"],
            {"content-type": "image/png,text/plain"},
            '["starts-with", "$Content-Type", "image/"]',
        ),
        (["starts-with", "$x-amz-meta-a", ""], {}, '["starts-with", "$x-amz-meta-a", ""]'),
        (["eq", "$unknown", ""], {}, '["eq", "$unknown", ""]'),
        (["eq", "key", "k"], {"key": "k"}, '["eq", "key", "k"]'),
        (["eq", "$", "k"], {"key": "k"}, '["eq", "$", "k"]'),
        (["content-length-range", "test", "10"], {}, '["content-length-range", "test", "10"]'),
        ({"bucket": "other"}, {}, '["eq", "$bucket", "other"]'),
        (["starts-with", "$bucket", "x"], {}, '["starts-with", "$bucket", "x"]'),
    ],
)
def test_a_condition_that_does_not_hold_is_quoted(
    condition: Any, fields: dict[str, str], quoted: str
) -> None:
    """Traps: conditions not enforced; unknown names that count as satisfied."""
    assert refused([condition], fields) == f"Policy Condition failed: {quoted}"


def test_the_bucket_is_the_urls_whatever_a_field_says() -> None:
    """Trap: a form field `bucket` in place of the URL's."""
    check([], {"bucket": "b"})
    assert refused([], {"bucket": "other"}) == 'Policy Condition failed: ["eq", "$bucket", "b"]'
    policy = post_policy.parse(encoded({**document(), "conditions": [{"bucket": "other"}]}))
    with pytest.raises(S3Error, match="Policy Condition failed"):
        post_policy.check(policy, (("bucket", "other"),), {"bucket": "other"}, "b")


@pytest.mark.parametrize(
    "field",
    [
        "acl",
        "x-amz-meta-a",
        "Content-Type",
        "tagging",
        "x-amz-security-token",
        "x-amz-storage-class",
        "success_action_redirect",
        "x-amz-algorithm",
        "StorageClass",
        "submit",
        "",
        "x-ignore",
        "ignore-x-ignore-",
    ],
)
def test_a_field_without_a_condition_is_refused_by_its_name(field: str) -> None:
    assert refused([{"key": "k"}], {"key": "k", field: "v"}) == f"Extra input fields: {field}"


def test_a_policy_without_a_bucket_is_good_for_none() -> None:
    policy = post_policy.parse(encoded({"expiration": EXPIRATION, "conditions": [{"key": "k"}]}))
    with pytest.raises(S3Error, match="Extra input fields: bucket"):
        post_policy.check(policy, (("key", "k"),), {"key": "k"}, "b")


def test_a_range_covers_no_field() -> None:
    conditions = [["content-length-range", 0, 10], {"key": "k"}]
    assert refused(conditions, {"key": "k", "content-length-range": "5"}) == (
        "Extra input fields: content-length-range"
    )


@pytest.mark.parametrize(
    ("conditions", "sizes"),
    [
        ([], (0, None)),
        ([["content-length-range", 1, 10]], (1, 10)),
        ([["content-length-range", "1", "10"]], (1, 10)),
        ([["content-length-range", 0, 0]], (0, 0)),
        ([["content-length-range", 5, 3]], (5, 3)),
        ([["content-length-range", 1, 10], ["content-length-range", 5, 50]], (5, 10)),
        ([["content-length-range", 0, 10**30]], (0, 10**30)),
        ([["Content-Length-Range", 1, 10]], (1, 10)),
    ],
)
def test_sizes_are_the_narrowest_of_all_ranges(
    conditions: list[Any], sizes: tuple[int, int | None]
) -> None:
    policy = parsed(*conditions)
    assert (policy.smallest, policy.largest) == sizes


def test_the_time_of_a_policy_is_over_when_it_says() -> None:
    hour = NOON + 3600 * SECOND
    policy = parsed()
    assert policy.expires_us == hour
    post_policy.check_time(policy, hour - 1)
    error = refusal(post_policy.check_time, policy, hour)
    assert (error.code, error.status) == ("AccessDenied", 403)
    assert error.message == "Invalid according to Policy: Policy expired."


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-11-24T13:00:00Z", 0),
        ("2026-11-24T13:00:00.5Z", 500_000),
        ("2026-11-24T13:00:00.123456789Z", 123_456),
    ],
)
def test_an_expiration_may_have_a_fraction(text: str, us: int) -> None:
    policy = post_policy.parse(encoded(document(expiration=text)))
    assert policy.expires_us == NOON + 3600 * SECOND + us


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24",
        "2026-11-24T13:00:00",
        "2026-11-24 13:00:00Z",
        "2026-11-24T13:00:00+00:00",
        "2026-11-24T13:00:00.Z",
        "2026-13-24T13:00:00Z",
        "2026-11-24T25:00:00Z",
        "2026-11-24T13:00:00Z\n",
        "٢٠٢٦-11-24T13:00:00Z",
        "20261124T130000Z",
    ],
)
def test_an_expiration_of_another_form_is_refused(text: str) -> None:
    error = refusal(post_policy.parse, encoded(document(expiration=text)))
    assert error.message == f"Invalid Policy: Invalid 'expiration' value: '{text}'"


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("", "Expecting '{' but found End-of-Input"),
        ("IA==", "Expecting '{' but found End-of-Input"),
        ("%%%", "invalid Base64 encoding."),
        ("e30", "invalid Base64 encoding."),
        ("é", "invalid Base64 encoding."),
        (encoded("{"), "Invalid JSON."),
        (encoded("[]"), "Invalid JSON."),
        (encoded('"text"'), "Invalid JSON."),
        (encoded("null"), "Invalid JSON."),
        (base64.b64encode(b"\xff{}").decode(), "Invalid JSON."),
        (encoded("[" * 12_000), "Invalid JSON."),
        (encoded('{"expiration":"x","conditions":[NaN]}'), "Invalid JSON."),
        (encoded('{"expiration":"x","conditions":[],}'), "Invalid JSON."),
        (encoded(document(Version="2012-10-17")), "Unexpected: 'version'"),
        (encoded({"EXPIRATION": EXPIRATION, "conditions": []}), "Unexpected: 'expiration'"),
        (encoded({"expiration": EXPIRATION, "CONDITIONS": []}), "Unexpected: 'conditions'"),
        (encoded({"conditions": []}), "Policy missing expiration."),
        (encoded({"expiration": EXPIRATION}), "Policy missing conditions."),
        (encoded(document(expiration=5)), "Invalid JSON."),
        (encoded(document(conditions={})), "Invalid 'conditions' value: must be a List."),
        (encoded(document("eq")), "Invalid condition test: must be a List or Object."),
        (encoded(document(None)), "Invalid condition test: must be a List or Object."),
        (encoded(document([])), "Invalid Condition: missing operation identifier."),
        (encoded(document(["ends-with", "$key", "k"])),
         "Invalid Condition: unknown operation 'ends-with'."),
        (encoded(document(["", "$key", "k"])), "Invalid Condition: unknown operation ''."),
        (encoded(document([5, "$key", "k"])), "Invalid JSON."),
        (encoded(document(["eq", "$key"])), "Invalid eq: wrong number of arguments."),
        (encoded(document(["eq", "$key", "k", "x"])), "Invalid eq: wrong number of arguments."),
        (encoded(document(["starts-with"])), "Invalid starts-with: wrong number of arguments."),
        (encoded(document(["content-length-range", 0])),
         "Invalid content-length-range: wrong number of arguments."),
        (encoded(document(["content-length-range", -1, 0])),
         "Invalid content-length-range: a size is not negative."),
        (encoded(document(["content-length-range", 0, 512.0])), "Invalid JSON."),
        (encoded(document(["content-length-range", True, 5])), "Invalid JSON."),
        (encoded(document(["content-length-range", [], 5])), "Invalid JSON."),
        (encoded(document(["eq", "$key", 5])), "Invalid JSON."),
        (encoded(document(["eq", 5, "k"])), "Invalid JSON."),
        (encoded(document({})),
         "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        (encoded(document({"a": "1", "b": "2"})),
         "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        (encoded(document({"a": 1})), "Invalid Simple-Condition: value must be a string."),
        (encoded(document({"a": ["1"]})), "Invalid Simple-Condition: value must be a string."),
        (encoded(document({"a": None})), "Invalid JSON."),
    ],
)  # fmt: skip
def test_a_policy_that_is_not_understood_is_refused(policy: str, reason: str) -> None:
    error = refusal(post_policy.parse, policy)
    assert (error.code, error.status) == ("InvalidPolicyDocument", 400)
    assert error.message == f"Invalid Policy: {reason}"


@pytest.mark.parametrize(
    "text",
    [
        '{"expiration":"2026-11-24T13:00:00Z","expiration":"2099-01-01T00:00:00Z","conditions":[]}',
        '{"expiration":"2026-11-24T13:00:00Z","conditions":[],"conditions":[{"bucket":"b"}]}',
        '{"expiration":"2026-11-24T13:00:00Z","conditions":[{"key":"a","key":"b"}]}',
        '{"expiration":"2026-11-24T13:00:00Z","conditions":[["eq","$key",{"a":1,"a":2}]]}',
    ],
)
def test_a_key_that_is_there_twice_is_refused(text: str) -> None:
    """Trap: one parser takes the first, another the last."""
    assert refusal(post_policy.parse, encoded(text)).message == "Invalid Policy: Invalid JSON."


def test_the_guides_own_escapes_are_read() -> None:
    r"""`\$` and `\v` are none in JSON; an escaped backslash before a dollar is not one of them."""
    head, tail = '{"expiration":"2026-11-24T13:00:00Z","conditions":[["eq","$key","', '"]]}'
    for written, meant in (
        (r"\$foo", "$foo"),
        (r"a\vb", "a\vb"),
        (r"\\$foo", "\\$foo"),
        (r"\\v", "\\v"),
        (r"\"\n\u00e9", '"\né'),
    ):
        (condition,) = post_policy.parse(encoded(head + written + tail)).conditions
        assert condition.value == meant
    assert refusal(post_policy.parse, encoded(head + r"\q" + tail)).message.endswith("JSON.")


def test_base64_may_be_broken_into_lines() -> None:
    text = encoded(document())
    assert post_policy.parse(text[:20] + "\r\n" + text[20:] + "\n") == post_policy.parse(text)


@pytest.mark.parametrize("case", cases("post"), ids=lambda case: case["name"])
def test_policies_of_real_clients_are_read(case: dict[str, dict[str, str]]) -> None:
    policy = post_policy.parse(case["fields"]["policy"])
    assert {condition.field for condition in policy.conditions} >= {"bucket", "key", "acl"}


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["eq", "starts-with", "content-length-range", "$key", "expiration"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["key", "expiration", "conditions", "x"]), inner),
    max_leaves=8,
))  # fmt: skip
def test_any_json_is_a_policy_or_a_refusal(value: Any) -> None:
    for whole in (value, document(value), document(conditions=value)):
        found = outcome(post_policy.parse, encoded(json.dumps(whole)))
        assert isinstance(found, PostPolicy) or found.code == "InvalidPolicyDocument"


@given(
    st.dictionaries(st.sampled_from(["key", "acl", "x-amz-meta-a", "x"]), st.text(max_size=4)),
    st.lists(
        st.tuples(
            st.sampled_from(["eq", "starts-with"]),
            st.sampled_from(["$key", "$ACL", "$x-amz-meta-A", "$x", "$bucket"]),
            st.text(max_size=2),
        ).map(list),
        max_size=6,
    ),
)
def test_nothing_passes_that_a_plain_reading_of_the_rules_refuses(
    fields: dict[str, str], conditions: list[list[str]]
) -> None:
    everything = {**fields, "bucket": "b"}
    covered = {name[1:].lower() for _, name, _ in conditions} | {"bucket"}
    holds = set(fields) <= covered and all(
        name[1:].lower() in everything
        and (
            everything[name[1:].lower()] == value
            if operator == "eq"
            else everything[name[1:].lower()].startswith(value)
        )
        for operator, name, value in conditions
    )
    assert (outcome(check, list(conditions), fields) is None) is holds
