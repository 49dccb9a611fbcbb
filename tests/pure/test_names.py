"""Names: what AWS accepts as a bucket, what is a key, and the one reading of a copy source."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure import names
from narthex.pure.names import CopySource, parse_copy_source
from tests.pure.refusing import refusal

keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@pytest.mark.parametrize(
    "name",
    [
        "abc",
        "a-b",
        "a.b",
        "a--b",
        "bucketofbigsecrets",
        "my.dotted.bucket",
        "123",
        "1.2.3.a",
        "0.0.0.0a",
        "x" * 63,
        "2015-03-31",
        "s3alias",
        "xn-a",
        "my-s3alias-b",
    ],
)
def test_names_that_a_bucket_may_have(name: str) -> None:
    names.check_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "s",
        "-",
        "ab",
        "x" * 64,
        "Abc",
        "a_b",
        "a b",
        "abc\n",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a..b",
        "a.-b",
        "a-.b",
        "192.168.5.4",
        "999.999.999.999",
        "1.2",
        "xn--abc",
        "sthree-abc",
        "sthree-configurator",
        "amzn-s3-demo-bucket",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--x-s3",
        "abc--table-s3",
        "bückét",
        "a/b",
        "..",
        "a%2fb",
        "١٢٣",
    ],
)
def test_names_that_no_bucket_has(name: str) -> None:
    error = refusal(names.check_bucket_name, name)
    assert (error.code, error.status) == ("InvalidBucketName", 400)
    assert error.detail == (("BucketName", name),)


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "a//b",
        "./x",
        "../x",
        "a/../b",
        "/",
        "%2F",
        "a/",
        " ",
        "\x01\x1f\x7f",
        "\ufffe",
        "x" * 1024,
        "é" * 512,
        "\U0001f525" * 256,
    ],
)
def test_any_text_up_to_1024_bytes_is_a_key(key: str) -> None:
    names.check_key(key)


@pytest.mark.parametrize(
    ("key", "size"), [("x" * 1025, "1025"), ("é" * 512 + "x", "1025"), ("☃" * 342, "1026")]
)
def test_a_key_of_more_bytes_is_too_long(key: str, size: str) -> None:
    error = refusal(names.check_key, key)
    assert (error.code, error.message) == ("KeyTooLongError", "Your key is too long")
    assert error.detail == (("Size", size), ("MaxSizeAllowed", "1024"))


@pytest.mark.parametrize("key", ["", "\ud800", "a\udfff"])
def test_what_is_no_text_is_no_key(key: str) -> None:
    assert refusal(names.check_key, key).code == "InvalidURI"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("123456789012", True),
        ("000000000000", True),
        ("12345678901", False),
        ("1234567890123", False),
        ("12345678901a", False),
        ("123456789012\n", False),
        ("١٢٣٤٥٦٧٨٩٠١٢", False),
        ("", False),
    ],
)
def test_an_account_id_is_twelve_digits(text: str, is_one: bool) -> None:
    assert names.is_account_id(text) is is_one


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bucket/key", CopySource("bucket", "key", None)),
        ("/bucket/key", CopySource("bucket", "key", None)),
        ("bucket//key", CopySource("bucket", "/key", None)),
        ("bucket%2Fkey", CopySource("bucket", "key", None)),
        ("bucket/a/b/", CopySource("bucket", "a/b/", None)),
        ("bucket/a/../b", CopySource("bucket", "a/../b", None)),
        ("bucket/%252F", CopySource("bucket", "%2F", None)),
        ("bucket/a+b", CopySource("bucket", "a b", None)),
        ("bucket/a%2Bb", CopySource("bucket", "a+b", None)),
        ("bucket/a%20b", CopySource("bucket", "a b", None)),
        ("bucket/%C3%A9", CopySource("bucket", "é", None)),
        ("bucket/\xc3\xa9", CopySource("bucket", "é", None)),  # raw UTF-8, as Latin-1 text
        ("bucket/a?b", CopySource("bucket", "a?b", None)),
        ("bucket/key?versionId=v1", CopySource("bucket", "key", "v1")),
        ("bucket/key?versionId=null", CopySource("bucket", "key", "null")),
        ("bucket/a%3FversionId=v?versionId=v2", CopySource("bucket", "a?versionId=v", "v2")),
    ],
)
def test_a_copy_source_is_decoded_once(value: str, expected: CopySource) -> None:
    assert parse_copy_source(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "Invalid copy source object key"),
        ("bucket", "Invalid copy source object key"),
        ("/bucket/", "Invalid copy source object key"),
        ("bucket?versionId=v", "Invalid copy source object key"),
        ("//key", "Invalid copy source bucket name"),
        ("Bucket/key", "Invalid copy source bucket name"),
        ("../key", "Invalid copy source bucket name"),
        ("arn:aws:s3:::bucket/key", "Invalid copy source bucket name"),
        ("bucket/%FF", "Invalid copy source encoding"),
        ("bucket/\xe9", "Invalid copy source encoding"),
        ("bucket/☃", "Invalid copy source encoding"),
        ("bucket/key?versionId=%FF", "Invalid copy source encoding"),
    ],
)
def test_a_copy_source_that_names_no_object_is_refused(value: str, message: str) -> None:
    error = refusal(parse_copy_source, value)
    assert (error.code, error.message) == ("InvalidArgument", message)
    assert error.detail == (("ArgumentName", "x-amz-copy-source"), ("ArgumentValue", value))


def test_an_empty_version_is_refused() -> None:
    error = refusal(parse_copy_source, "bucket/key?versionId=")
    assert error.message == "Version id cannot be the empty string"


def test_a_source_key_that_is_too_long_is_refused() -> None:
    assert refusal(parse_copy_source, "bucket/" + "x" * 1025).code == "KeyTooLongError"


@given(keys)
def test_every_key_is_read_back_however_a_client_encodes_it(key: str) -> None:
    expected = CopySource("bucket", key, None)
    assert parse_copy_source("bucket/" + quote(key, safe="/~")) == expected
    assert parse_copy_source("/bucket/" + quote(key, safe="")) == expected
    assert parse_copy_source(quote_plus("bucket/" + key)) == expected


@given(keys, st.text("abcXYZ019._-", min_size=1, max_size=32))
def test_every_version_is_read_back(key: str, version: str) -> None:
    value = f"bucket/{quote(key)}?versionId={version}"
    assert parse_copy_source(value) == CopySource("bucket", key, version)
