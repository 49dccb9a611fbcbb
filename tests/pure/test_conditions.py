"""Conditions: RFC 9110's order where S3 keeps it, and refusals of all that S3 does not know."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.pure import conditions, times
from tests.pure.refusing import refusal

ETAG = "d41d8cd98f00b204e9800998ecf8427e"
OTHER = "0cc175b9c0f1b6a831c399e269772661"
SECOND = times.SECOND_US
MODIFIED = 1_369_353_600 * SECOND + 500_000  # half a second past, so that rounding is seen
NOW = MODIFIED + 3600 * SECOND
KEPT = (("etag", f'"{ETAG}"'),)
SAME, BEFORE, AFTER, FUTURE = (
    times.http(us) for us in (MODIFIED, MODIFIED - SECOND, MODIFIED + SECOND, NOW + SECOND)
)


def read(**sent: str) -> str:
    """How a read with these conditions ends: "200", "304" or "412 <condition>"."""
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    try:
        conditions.check_read(headers.get, ETAG, MODIFIED, now_us=NOW, kept=KEPT)
    except S3Error as error:
        told = dict(error.detail).get("Condition", "")
        return f"{error.status} {told}".strip()
    return "200"


def copy(**sent: str) -> str:
    """How a copy whose source has these conditions ends."""
    headers = {"x-amz-copy-source-" + name.replace("_", "-"): text for name, text in sent.items()}
    try:
        conditions.check_copy_source(headers.get, ETAG, MODIFIED, now_us=NOW)
    except S3Error as error:
        return f"{error.status} {dict(error.detail)['Condition']}"
    return "200"


@pytest.mark.parametrize(
    ("sent", "ends"),
    [
        ({}, "200"),
        ({"if_match": f'"{ETAG}"'}, "200"),
        ({"if_match": ETAG}, "200"),
        ({"if_match": f' "{ETAG}" '}, "200"),
        ({"if_match": "*"}, "200"),
        ({"if_match": f'"{OTHER}", "{ETAG}"'}, "200"),
        ({"if_match": f'"{OTHER}"'}, "412 If-Match"),
        ({"if_match": f'W/"{ETAG}"'}, "412 If-Match"),
        ({"if_match": f'"{ETAG}'}, "412 If-Match"),
        ({"if_match": '"*"'}, "412 If-Match"),
        ({"if_match": ""}, "412 If-Match"),
        ({"if_unmodified_since": SAME}, "200"),
        ({"if_unmodified_since": AFTER}, "200"),
        ({"if_unmodified_since": BEFORE}, "412 If-Unmodified-Since"),
        ({"if_unmodified_since": "yesterday"}, "200"),
        ({"if_match": ETAG, "if_unmodified_since": BEFORE}, "200"),
        ({"if_match": OTHER, "if_unmodified_since": AFTER}, "412 If-Match"),
        ({"if_none_match": f'"{OTHER}"'}, "200"),
        ({"if_none_match": f'"{ETAG}"'}, "304"),
        ({"if_none_match": ETAG}, "304"),
        ({"if_none_match": "*"}, "304"),
        ({"if_none_match": f'"{OTHER}","{ETAG}"'}, "304"),
        ({"if_none_match": f'W/"{ETAG}"'}, "200"),
        ({"if_modified_since": BEFORE}, "200"),
        ({"if_modified_since": SAME}, "304"),
        ({"if_modified_since": AFTER}, "304"),
        ({"if_modified_since": FUTURE}, "200"),
        ({"if_modified_since": "tomorrow"}, "200"),
        ({"if_none_match": ETAG, "if_modified_since": BEFORE}, "304"),
        ({"if_none_match": OTHER, "if_modified_since": SAME}, "200"),
        ({"if_match": OTHER, "if_none_match": ETAG}, "412 If-Match"),
        ({"if_match": ETAG, "if_none_match": ETAG}, "304"),
        ({"if_unmodified_since": BEFORE, "if_none_match": ETAG}, "412 If-Unmodified-Since"),
        ({"if_unmodified_since": SAME, "if_modified_since": SAME}, "304"),
    ],
)
def test_a_read_ends_as_on_s3(sent: dict[str, str], ends: str) -> None:
    assert read(**sent) == ends


@pytest.mark.parametrize(
    ("sent", "ends"),
    [
        ({}, "200"),
        ({"if_match": ETAG}, "200"),
        ({"if_match": OTHER}, "412 x-amz-copy-source-If-Match"),
        ({"if_none_match": OTHER}, "200"),
        ({"if_none_match": ETAG}, "412 x-amz-copy-source-If-None-Match"),
        ({"if_unmodified_since": BEFORE}, "412 x-amz-copy-source-If-Unmodified-Since"),
        ({"if_unmodified_since": SAME}, "200"),
        ({"if_modified_since": SAME}, "412 x-amz-copy-source-If-Modified-Since"),
        ({"if_modified_since": BEFORE}, "200"),
        ({"if_modified_since": FUTURE}, "200"),
        ({"if_match": ETAG, "if_unmodified_since": BEFORE}, "200"),
        (
            {"if_none_match": ETAG, "if_modified_since": BEFORE},
            "412 x-amz-copy-source-If-None-Match",
        ),
    ],
)
def test_a_copy_ends_as_on_s3_and_never_with_304(sent: dict[str, str], ends: str) -> None:
    assert copy(**sent) == ends


def test_a_copy_does_not_look_at_the_conditions_of_its_target() -> None:
    conditions.check_copy_source({"if-match": OTHER}.get, ETAG, MODIFIED, now_us=NOW)


def test_not_modified_keeps_the_headers_that_name_the_object() -> None:
    error = refusal(
        conditions.check_read,
        {"if-none-match": ETAG}.get,
        ETAG,
        MODIFIED,
        now_us=NOW,
        kept=KEPT,
    )
    assert (error.code, error.status, error.headers) == ("NotModified", 304, KEPT)


def test_a_failed_read_says_so_in_awss_words() -> None:
    error = refusal(
        conditions.check_read, {"if-match": OTHER}.get, ETAG, MODIFIED, now_us=NOW, kept=KEPT
    )
    assert error.message == "At least one of the pre-conditions you specified did not hold"
    assert error.headers == ()


@dataclass(frozen=True)
class Model:
    """RFC 9110, section 13.2.2, written out for one object."""

    if_match: bool | None
    unmodified_since: int | None
    if_none_match: bool | None
    modified_since: int | None

    def ends(self) -> str:
        """if_* say whether the header names the ETag; *_since are seconds from Last-Modified."""
        if self.if_match is False:
            return "412 If-Match"
        if (
            self.if_match is None
            and self.unmodified_since is not None
            and self.unmodified_since < 0
        ):
            return "412 If-Unmodified-Since"
        if self.if_none_match is not None:
            return "304" if self.if_none_match else "200"
        if self.modified_since is not None and 0 <= self.modified_since <= 3600:
            return "304"
        return "200"


@given(
    st.builds(
        Model,
        st.none() | st.booleans(),
        st.none() | st.integers(-2, 2),
        st.none() | st.booleans(),
        st.none() | st.integers(-2, 2) | st.integers(3598, 3602),
    )
)
def test_every_combination_ends_as_the_rfc_says(model: Model) -> None:
    sent: dict[str, str] = {}
    if model.if_match is not None:
        sent["if_match"] = ETAG if model.if_match else OTHER
    if model.if_none_match is not None:
        sent["if_none_match"] = ETAG if model.if_none_match else OTHER
    if model.unmodified_since is not None:
        sent["if_unmodified_since"] = times.http(MODIFIED + model.unmodified_since * SECOND)
    if model.modified_since is not None:
        sent["if_modified_since"] = times.http(MODIFIED + model.modified_since * SECOND)
    assert read(**sent) == model.ends()


@pytest.mark.parametrize(
    ("if_match", "if_none_match"), [(None, None), (None, "*"), (ETAG, None), (f'"{ETAG}"', None)]
)
def test_writes_may_create_or_replace(if_match: str | None, if_none_match: str | None) -> None:
    conditions.check_write_shape(if_match, if_none_match)


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "header", "why"),
    [
        (
            None,
            f'"{ETAG}"',
            "If-None-Match",
            "We don't accept the provided value of If-None-Match header for this API",
        ),
        (
            None,
            "",
            "If-None-Match",
            "We don't accept the provided value of If-None-Match header for this API",
        ),
        (
            "*",
            None,
            "If-Match",
            "We don't accept the provided value of If-Match header for this API",
        ),
        (
            "",
            None,
            "If-Match",
            "We don't accept the provided value of If-Match header for this API",
        ),
        (
            ETAG,
            "*",
            "If-Match,If-None-Match",
            "Multiple conditional request headers present in the request",
        ),
    ],
)
def test_other_conditions_on_writes_are_not_implemented(
    if_match: str | None, if_none_match: str | None, header: str, why: str
) -> None:
    error = refusal(conditions.check_write_shape, if_match, if_none_match)
    assert (error.code, error.status) == ("NotImplemented", 501)
    assert error.message == "A header you provided implies functionality that is not implemented"
    assert error.detail == (("Header", header), ("additionalMessage", why))


def test_a_create_is_refused_when_the_key_is_taken() -> None:
    conditions.check_write(None, "*", None, "key")
    error = refusal(conditions.check_write, None, "*", ETAG, "key")
    assert (error.code, error.detail) == ("PreconditionFailed", (("Condition", "If-None-Match"),))


def test_a_replace_is_refused_when_the_object_changed_or_went() -> None:
    conditions.check_write(f'"{ETAG}"', None, ETAG, "key")
    changed = refusal(conditions.check_write, f'"{ETAG}"', None, OTHER, "key")
    assert (changed.code, changed.detail) == ("PreconditionFailed", (("Condition", "If-Match"),))
    gone = refusal(conditions.check_write, f'"{ETAG}"', None, None, "key")
    assert (gone.code, gone.status, gone.detail) == ("NoSuchKey", 404, (("Key", "key"),))


def test_a_write_without_conditions_is_never_refused() -> None:
    conditions.check_write(None, None, ETAG, "key")
    conditions.check_write(None, None, None, "key")


def test_a_delete_is_refused_when_the_object_is_another() -> None:
    conditions.check_delete(f'"{ETAG}"', ETAG, "key")
    conditions.check_delete("*", ETAG, "key")
    changed = refusal(conditions.check_delete, ETAG, OTHER, "key")
    assert (changed.code, changed.detail) == ("PreconditionFailed", (("Condition", "If-Match"),))
    for condition in (ETAG, "*"):
        assert refusal(conditions.check_delete, condition, None, "key").code == "NoSuchKey"


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (f'"{ETAG}"', True),
        (ETAG, True),
        (f'"{OTHER}"', False),
        (f'W/"{ETAG}"', False),
        ("*", False),
        ("", False),
        (SAME, True),
        (BEFORE, False),
        (AFTER, False),
        ("Fri, 24 May 2013", False),
    ],
)
def test_a_range_applies_only_to_the_same_state_of_the_object(value: str, holds: bool) -> None:
    assert conditions.if_range(value, ETAG, MODIFIED) is holds
