"""SigV4 arithmetic: AWS's own numbers, and botocore's headers for anything else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import example, given
from hypothesis import strategies as st

from narthex.http import Headers
from narthex.pure import canonical, sigv4, uri
from tests.pure.botocore_clock import botocore_at
from tests.pure.refusing import refusal
from tests.pure.signing import ACCESS_KEY, NOON, SECRET, STAMP, cases, vectors


@pytest.fixture(scope="module", autouse=True)
def noon() -> Iterator[None]:
    with botocore_at(NOON):
        yield


def of_vector(case: dict[str, Any]) -> tuple[str, str]:
    """Canonical request and signature of a vector."""
    query = uri.decode_query(case["raw_query"])
    headers = Headers([(name, value) for name, value in case["headers"]])
    names = case.get("signed") or dict(query)["X-Amz-SignedHeaders"]
    lines, _ = canonical.header_lines(
        tuple(names.split(";")), headers, query, headers.get("host") or ""
    )
    text = sigv4.canonical_request(
        case["method"],
        canonical.canonical_path(case["raw_path"]),
        canonical.canonical_query(case["raw_query"], query),
        lines,
        names,
        headers.get("x-amz-content-sha256") or sigv4.UNSIGNED,
    )
    stamp = case["timestamp"]
    key = sigv4.signing_key(SECRET, stamp[:8], "us-east-1", "s3")
    scope = sigv4.scope(stamp[:8], "us-east-1", "s3")
    return text, key.sign(sigv4.string_to_sign(stamp, scope, text.encode()).encode())


@pytest.mark.parametrize(
    "case",
    [*cases("presigned"), *cases("header"), *cases("chunked")],
    ids=lambda case: case["name"],
)
def test_the_published_signatures_come_out(case: dict[str, Any]) -> None:
    text, signature = of_vector(case)
    assert signature == case["signature"]
    if "canonical_sha256" in case:
        assert hashlib.sha256(text.encode()).hexdigest() == case["canonical_sha256"]


def test_the_first_vector_has_this_canonical_request_byte_for_byte() -> None:
    assert of_vector(cases("presigned")[0])[0] == (
        "GET\n"
        "/test.txt\n"
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
        "X-Amz-SignedHeaders=host\n"
        "host:examplebucket.s3.amazonaws.com\n"
        "\n"
        "host\n"
        "UNSIGNED-PAYLOAD"
    )


def test_vectors_say_where_and_when_they_are_from() -> None:
    for name in ("presigned", "header", "sigv2", "chunked"):
        assert vectors(name)["source"]
        assert vectors(name)["date"].startswith("20")


def test_the_signing_key_is_the_published_one() -> None:
    case = cases("presigned")[0]
    derived = f"AWS4{SECRET}".encode()
    for part in (b"20130524", b"us-east-1", b"s3", b"aws4_request"):
        derived = hmac.digest(derived, part, "sha256")
    assert derived.hex() == case["signing_key"]
    key = sigv4.signing_key(SECRET, "20130524", "us-east-1", "s3")
    assert key.sign(b"text") == hmac.digest(derived, b"text", "sha256").hex()


@given(st.binary(max_size=200), st.binary(max_size=200))
@example(b"k" * 64, b"")
@example(b"k" * 65, b"")
@example(b"", b"")
def test_a_key_computes_hmac_sha256(key: bytes, text: bytes) -> None:
    expected = hmac.digest(key, text, "sha256")
    assert sigv4.Key(key).digest(text) == expected
    assert sigv4.Key(key).sign(text) == expected.hex()


def test_keys_that_are_remembered_are_bounded_and_told_apart() -> None:
    first = sigv4.signing_key(SECRET, "20261124", "us-east-1", "s3")
    assert sigv4.signing_key(SECRET, "20261124", "us-east-1", "s3") is first
    others = [
        sigv4.signing_key(SECRET + "x", "20261124", "us-east-1", "s3"),
        sigv4.signing_key(SECRET, "20261125", "us-east-1", "s3"),
        sigv4.signing_key(SECRET, "20261124", "us-east-2", "s3"),
        sigv4.signing_key(SECRET, "20261124", "us-east-1", "iam"),
    ]
    assert len({key.sign(b"") for key in (first, *others)}) == 5
    for number in range(sigv4.REMEMBERED_KEYS + 1):
        sigv4.signing_key(SECRET, "20261124", f"region-{number}", "s3")
    assert len(sigv4._keys) <= sigv4.REMEMBERED_KEYS


def test_no_repr_shows_a_secret() -> None:
    keys = sigv4.Credentials(ACCESS_KEY, SECRET, "a-session-token")
    assert repr(keys) == f"Credentials('{ACCESS_KEY}')"
    assert repr(sigv4.Key(SECRET.encode())) == "Key()"


def test_a_timestamp_is_the_long_form_without_fractions() -> None:
    assert sigv4.timestamp(NOON + 999_999) == STAMP


values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12)
names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8).map(lambda n: f"x-{n}")
headers = st.dictionaries(names, values, max_size=4)
queries = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    max_size=4,
)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    st.sampled_from(["GET", "PUT", "DELETE"]),
    keys,
    queries,
    headers,
    st.sampled_from([None, "tok/+="]),
    st.sampled_from(["s3", "iam", "sts", "lambda"]),
)
def test_headers_are_signed_as_botocore_signs_them(
    method: str,
    key: str,
    query: dict[str, str],
    extra: dict[str, str],
    token: str | None,
    service: str,
) -> None:
    raw_path = uri.encode_path(f"/bucket/{key.replace('/', '_')}")
    if service != "s3":  # other services normalise paths, which no path of theirs needs
        raw_path = raw_path.replace(".", "_")
    url = f"http://localhost:9000{raw_path}"
    keys = BotoCredentials(ACCESS_KEY, SECRET, token)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    theirs = AWSRequest(method, url, headers=dict(extra), params=dict(query))
    auth(keys, service, "eu-west-3").add_auth(theirs)
    ours = sigv4.sign_headers(
        method,
        raw_path,
        tuple(query.items()),
        (("host", "localhost:9000"), *extra.items()),
        sigv4.EMPTY_SHA256,
        sigv4.Credentials(ACCESS_KEY, SECRET, token),
        "eu-west-3",
        service,
        NOON,
    )
    sent = {name.lower(): value for name, value in theirs.headers.items()}
    assert dict(ours) == {name: value for name, value in sent.items() if name not in extra}


def test_a_request_without_its_host_is_not_signed() -> None:
    keys = sigv4.Credentials(ACCESS_KEY, SECRET)
    with pytest.raises(ValueError, match="host"):
        sigv4.sign_headers("GET", "/", (), (), sigv4.EMPTY_SHA256, keys, "r", "s3", NOON)


def test_a_path_that_is_badly_encoded_is_not_signed() -> None:
    keys = sigv4.Credentials(ACCESS_KEY, SECRET)
    case = ("GET", "/b/%zz", (), (("host", "h"),), sigv4.EMPTY_SHA256, keys, "r", "s3", NOON)
    assert refusal(sigv4.sign_headers, *case).code == "InvalidURI"


def test_headers_that_change_on_the_way_are_not_signed() -> None:
    keys = sigv4.Credentials(ACCESS_KEY, SECRET)
    sent = (("host", "h"), *((name, "x") for name in sorted(sigv4.NEVER_SIGNED)))
    added = sigv4.sign_headers("GET", "/", (), sent, sigv4.EMPTY_SHA256, keys, "r", "s3", NOON)
    assert "SignedHeaders=host;x-amz-content-sha256;x-amz-date," in dict(added)["authorization"]
