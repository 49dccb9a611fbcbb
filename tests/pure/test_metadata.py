"""Metadata: what is stored, how it travels, and that no header can be forged through it."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.pure import metadata
from tests.pure.refusing import outcome, refusal

NOT_LATIN1 = "Header value cannot be represented using ISO-8859-1."
DEFAULT = ("content-type", "binary/octet-stream")
texts = st.text(st.characters(codec="utf-8"), max_size=40)


def stored(*fields: tuple[str, str]) -> dict[str, str]:
    return dict(metadata.stored_headers(fields))


def test_an_object_without_headers_has_a_type() -> None:
    assert metadata.stored_headers(()) == (DEFAULT,)
    assert stored(("content-type", ""))["content-type"] == "binary/octet-stream"


def test_the_stored_headers_come_in_one_order_whatever_order_they_were_sent_in() -> None:
    fields = (
        ("x-amz-meta-b", "2"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("content-language", "de"),
        ("x-amz-meta-a", "1"),
        ("content-encoding", "gzip"),
        ("content-disposition", 'attachment; filename="x y.txt"'),
        ("cache-control", "no-store"),
        ("x-amz-website-redirect-location", "/elsewhere"),
        ("content-type", "text/plain"),
    )
    assert metadata.stored_headers(fields) == (
        ("content-type", "text/plain"),
        ("cache-control", "no-store"),
        ("content-disposition", 'attachment; filename="x y.txt"'),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("x-amz-website-redirect-location", "/elsewhere"),
        ("x-amz-meta-b", "2"),
        ("x-amz-meta-a", "1"),
    )


@pytest.mark.parametrize(
    "name",
    [
        "host",
        "content-length",
        "content-md5",
        "authorization",
        "x-amz-date",
        "x-amz-acl",
        "x-amz-storage-class",
        "x-amz-tagging",
        "x-amz-metadata-directive",
        "x-amz-signature",
        "etag",
        "last-modified",
        "set-cookie",
        "location",
    ],
)
def test_no_other_header_is_stored(name: str) -> None:
    assert metadata.stored_headers(((name, "x"),)) == (DEFAULT,)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("aws-chunked", None),
        ("AWS-Chunked", None),
        ("aws-chunked,gzip", "gzip"),
        ("gzip, aws-chunked", "gzip"),
        ("aws-chunked, gzip, br", "gzip,br"),
        ("gzip, br", "gzip, br"),
        ("", None),
    ],
)
def test_aws_chunked_is_how_a_body_came_and_is_not_stored(sent: str, kept: str | None) -> None:
    assert stored(("content-encoding", sent)).get("content-encoding") == kept


def test_repeated_lists_are_joined_and_of_others_the_first_counts() -> None:
    assert stored(
        ("cache-control", "no-store"),
        ("cache-control", "private"),
        ("x-amz-meta-a", "1"),
        ("x-amz-meta-a", "2"),
        ("content-type", "text/plain"),
        ("content-type", "text/html"),
    ) == {"content-type": "text/plain", "cache-control": "no-store,private", "x-amz-meta-a": "1,2"}


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    assert stored(("x-amz-meta-a", " \tb c\t "))["x-amz-meta-a"] == "b c"


@pytest.mark.parametrize("control", ["\r", "\n", "\r\nset-cookie: a=b", "\0", "\x1f", "\x7f"])
@pytest.mark.parametrize("name", ["content-type", "content-disposition", "x-amz-meta-a"])
def test_a_control_character_is_refused_wherever_it_came_from(name: str, control: str) -> None:
    error = refusal(metadata.stored_headers, ((name, f"a{control}b"),))
    assert (error.code, error.message) == ("InvalidArgument", NOT_LATIN1)
    detail = dict(error.detail)
    assert detail["ArgumentName"] == name
    assert "\n" not in detail["ArgumentValue"]
    assert "\r" not in detail["ArgumentValue"]


@pytest.mark.parametrize(
    "name",
    ["x-amz-meta-", "x-amz-meta-a b", "x-amz-meta-a\r\nx", "x-amz-meta-é", "x-amz-meta-a:b"],
)
def test_a_name_that_is_no_header_name_is_refused(name: str) -> None:
    assert refusal(metadata.stored_headers, ((name, "v"),)).code == "InvalidArgument"


def test_system_headers_hold_latin1_only() -> None:
    assert stored(("content-disposition", "é"))["content-disposition"] == "é"
    error = refusal(metadata.stored_headers, (("content-disposition", "☃"),))
    assert (error.message, dict(error.detail)["ArgumentValue"]) == (NOT_LATIN1, "☃")


@pytest.mark.parametrize("location", ["/a", "http://example.com/", "https://example.com/"])
def test_a_redirect_location_is_kept(location: str) -> None:
    found = stored(("x-amz-website-redirect-location", location))
    assert found["x-amz-website-redirect-location"] == location


@pytest.mark.parametrize("location", ["", "a", "javascript:alert(1)", "ftp://x"])
def test_a_redirect_location_elsewhere_is_refused(location: str) -> None:
    fields = (("x-amz-website-redirect-location", location),)
    assert refusal(metadata.stored_headers, fields).code == "InvalidRequest"


@pytest.mark.parametrize(
    "fields",
    [
        (("x-amz-meta-a", "v" * 2047),),
        (("x-amz-meta-a", "é" * 1023 + "v"),),
        (("x-amz-meta-" + "a" * 1000, "v" * 1000), ("x-amz-meta-b", "v" * 47)),
    ],
)
def test_metadata_of_2048_bytes_is_kept_and_one_more_is_refused(fields: Pairs) -> None:
    assert len(metadata.stored_headers(fields)) == len(fields) + 1
    name, value = fields[0]
    error = refusal(metadata.stored_headers, ((name, value + "v"), *fields[1:]))
    assert (error.code, error.detail) == (
        "MetadataTooLarge",
        (("Size", "2049"), ("MaxSizeAllowed", "2048")),
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("=?UTF-8?Q?=C3=A9?=", "é"),
        ("=?utf-8?q?a_b=5F?=", "a b_"),
        ("=?UTF-8?B?w6k=?=", "é"),
        ("=?ISO-8859-1?Q?=E9?=", "é"),
        ("x =?UTF-8?Q?=C3=A9?= y", "x é y"),
        ("=?UTF-8?Q?=C3=A9?= =?UTF-8?Q?=C3=A9?=", "éé"),
        ("=?UTF-8?B?w6k?=", "=?UTF-8?B?w6k?="),
        ("=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="),
        ("=?UTF-8?X?a?=", "=?UTF-8?X?a?="),
        ("=?punycode?Q?a?=", "=?punycode?Q?a?="),
        ("=?", "=?"),
        ("a=b", "a=b"),
    ],
)
def test_rfc_2047_words_are_decoded_on_the_way_in(sent: str, kept: str) -> None:
    assert stored(("x-amz-meta-a", sent))["x-amz-meta-a"] == kept


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("plain ASCII: a_b=c; d?", "plain ASCII: a_b=c; d?"),
        ("XrY7u+Ae7tCTyyK7j1rNww==", "XrY7u+Ae7tCTyyK7j1rNww=="),
        ("é", "=?UTF-8?Q?=C3=A9?="),
        ("a b_é?=", "=?UTF-8?Q?a_b=5F=C3=A9=3F=3D?="),
        ("日本", "=?UTF-8?Q?=E6=97=A5=E6=9C=AC?="),
        ("a\nb", "=?UTF-8?B?YQpi?="),
        ("", ""),
    ],
)
def test_values_beyond_ascii_go_out_as_rfc_2047_words(value: str, sent: str) -> None:
    assert metadata.on_the_wire((("x-amz-meta-a", value),)) == (("x-amz-meta-a", sent),)


def test_the_example_of_the_s3_user_guide() -> None:
    """Its bytes are read as Latin-1, so that what comes back says each of them in UTF-8."""
    sent = "ÄMÄZÕÑ S3".encode().decode("latin-1")
    kept = metadata.stored_headers((("x-amz-meta-nonascii", sent),))
    assert metadata.on_the_wire(kept)[1] == (
        "x-amz-meta-nonascii",
        "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=",
    )


def test_other_headers_go_out_as_they_are() -> None:
    pairs = (("content-disposition", "é"), ("content-type", "text/plain"))
    assert metadata.on_the_wire(pairs) == pairs


@given(texts)
def test_what_goes_out_is_printable_and_says_what_was_stored(value: str) -> None:
    ((_, sent),) = metadata.on_the_wire((("x-amz-meta-a", value),))
    assert sent.isascii()
    assert sent.replace("\t", " ").isprintable()
    assert sent == value or sent.startswith("=?UTF-8?")


@given(texts.filter(lambda value: not value.isascii()))
def test_the_standard_library_reads_the_words(value: str) -> None:
    ((_, sent),) = metadata.on_the_wire((("x-amz-meta-a", value),))
    assert str(make_header(decode_header(sent))) == value
    assert stored(("x-amz-meta-a", sent))["x-amz-meta-a"] == value


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*metadata.STORED, "x-amz-meta-a"])
            | texts.map(lambda t: "x-amz-meta-" + t),
            st.text(max_size=30),
        ),
        max_size=4,
    )
)
def test_nothing_stored_can_break_a_response(fields: list[tuple[str, str]]) -> None:
    kept = outcome(metadata.stored_headers, tuple(fields))
    if isinstance(kept, S3Error):
        assert kept.status == 400
        return
    for name, value in metadata.on_the_wire(kept):
        assert name.isascii()
        assert not set(name) & set(" :\r\n\0")
        assert not set(value) & set("\r\n\0")
        value.encode("latin-1")


@pytest.mark.parametrize(
    "name",
    [
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "GLACIER_IR",
        "DEEP_ARCHIVE",
    ],
)
def test_storage_classes_of_general_purpose_buckets(name: str) -> None:
    assert metadata.storage_class(name) == name


@pytest.mark.parametrize("name", ["", "standard", "STANDARD ", "EXPRESS_ONEZONE", "OUTPOSTS", "x"])
def test_other_storage_classes_are_refused(name: str) -> None:
    error = refusal(metadata.storage_class, name)
    assert (error.code, error.message) == (
        "InvalidStorageClass",
        "The storage class you specified is not valid",
    )
    assert error.detail == (("StorageClassRequested", name),)


def test_the_storage_class_is_standard_unless_asked_for() -> None:
    assert metadata.storage_class(None) == "STANDARD"


def overrides(*query: tuple[str, str], anonymous: bool = False) -> Pairs:
    return metadata.response_overrides(query, anonymous=anonymous)


def test_all_six_headers_can_be_overridden() -> None:
    query = tuple((name, "x") for name in metadata.OVERRIDES)
    assert overrides(*query) == tuple((name, "x") for name in metadata.OVERRIDES.values())
    assert set(metadata.OVERRIDES.values()) < set(metadata.STORED)


def test_other_parameters_override_nothing() -> None:
    assert overrides(("response-location", "x"), ("content-type", "x"), ("versionId", "x")) == ()
    assert overrides(("Response-Content-Type", "x"), ("response-content-type", "")) == ()


def test_of_an_override_said_twice_the_first_counts() -> None:
    assert overrides(("response-expires", "a"), ("response-expires", "b")) == (("expires", "a"),)


@pytest.mark.parametrize("name", list(metadata.OVERRIDES))
def test_anonymous_callers_override_nothing(name: str) -> None:
    error = refusal(overrides, (name, "x"), anonymous=True)
    assert (error.code, error.message) == (
        "InvalidRequest",
        "Request specific response headers cannot be used for anonymous GET requests.",
    )
    assert overrides(("prefix", "x"), anonymous=True) == ()


@pytest.mark.parametrize("value", ["a\r\nset-cookie: a=b", "a\nb", "\0", "☃", "\x7f"])
def test_an_override_no_header_can_hold_is_refused(value: str) -> None:
    error = refusal(overrides, ("response-cache-control", value))
    assert (error.code, error.message) == ("InvalidArgument", NOT_LATIN1)
    assert dict(error.detail)["ArgumentName"] == "response-cache-control"


def test_an_override_in_latin1_is_served() -> None:
    assert overrides(("response-content-disposition", "é")) == (("content-disposition", "é"),)
