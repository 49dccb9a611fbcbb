"""Authorization headers: every way to spell them wrong, and the 15 minutes they are good for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex.http import Headers, Request
from narthex.pure import sigv4
from tests.pure.refusing import refusal
from tests.pure.signing import (
    ACCESS_KEY,
    EMPTY,
    HOST,
    NOON,
    SECOND,
    SECRET,
    STAMP,
    check,
    read,
    signed,
)

CODE = "AuthorizationHeaderMalformed"
LEAD = "The authorization header is malformed; "
SCOPE = f"{ACCESS_KEY}/20261124/us-east-1/s3/aws4_request"
NAMES = "host;x-amz-content-sha256;x-amz-date"
MINUTE = 60 * SECOND


def saying(components: str, **changed: str) -> Request:
    """A request with these components in its Authorization header."""
    sent = {"host": HOST, "x-amz-date": STAMP, "x-amz-content-sha256": EMPTY, **changed}
    headers = [*sent.items(), ("authorization", f"AWS4-HMAC-SHA256 {components}")]
    return Request("GET", "/bucket/key", "", Headers(headers))


def claiming(credential: str = SCOPE, names: str = NAMES, signature: str = "0" * 64) -> str:
    """Well-formed components."""
    return f"Credential={credential}, SignedHeaders={names}, Signature={signature}"


def without(request: Request, name: str) -> Request:
    """The request without a header."""
    return replace(request, headers=Headers([p for p in request.headers if p[0] != name]))


@pytest.mark.parametrize(
    ("components", "message"),
    [
        (
            "Credential=a,SignedHeaders=host",
            "the authorization header requires three components: Credential, SignedHeaders, and "
            "Signature.",
        ),
        (
            "x",
            "the authorization header requires three components: Credential, SignedHeaders, and "
            "Signature.",
        ),
        ("a,b,c", 'the authorization component "a" is malformed.'),
        (
            "Credential=a, SignedHeaders=host, Sig",
            'the authorization component "Sig" is malformed.',
        ),
        ("Credential=a, =b, Signature=c", 'the authorization component "=b" is malformed.'),
        (
            "Credential=a, Credential=b, SignedHeaders=host, Signature=c",
            'the authorization component "Credential=b" is malformed.',
        ),
        ("credential=a, SignedHeaders=host, Signature=c", "missing Credential."),
        ("Credential=a, signedheaders=host, Signature=c", "missing SignedHeaders."),
        ("Credential=a, SignedHeaders=host, x=c", "missing Signature."),
    ],
)
def test_components_that_do_not_make_a_header_are_refused(components: str, message: str) -> None:
    found = refusal(read, saying(components))
    assert (found.status, found.code, found.message) == (400, CODE, LEAD + message)


@pytest.mark.parametrize("separator", [",", ", ", " , ", ",  "])
def test_spaces_around_commas_do_not_matter(separator: str) -> None:
    request = signed()
    value = request.headers.get("authorization") or ""
    changed = [p for p in request.headers if p[0] != "authorization"]
    changed.append(("authorization", value.replace(", ", separator)))
    check(replace(request, headers=Headers(changed)))


@pytest.mark.parametrize(
    ("credential", "message"),
    [
        (
            ACCESS_KEY,
            "the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
        ),
        (
            f"{ACCESS_KEY}/20261124/us-east-1/sns/aws4_request",
            'incorrect service "sns". This endpoint belongs to "s3".',
        ),
        (
            f"{ACCESS_KEY}/20261124/us-east-1/s3/x",
            'incorrect terminal "x". This endpoint uses "aws4_request".',
        ),
        (
            f"{ACCESS_KEY}/x/us-east-1/s3/aws4_request",
            'incorrect date format "x". This date in the credential must be in the format '
            '"yyyyMMdd".',
        ),
        (
            f"{ACCESS_KEY}/20261123/us-east-1/s3/aws4_request",
            'Invalid credential date "20261123". This date is not the same as X-Amz-Date: '
            '"20261124".',
        ),
        (
            f"{ACCESS_KEY}/20261124/eu-west-1/s3/aws4_request",
            "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        ),
    ],
)
def test_a_credential_that_is_not_ours_says_what_is_wrong_with_it(
    credential: str, message: str
) -> None:
    found = refusal(read, saying(claiming(credential)))
    assert (found.status, found.code, found.message) == (400, CODE, LEAD + message)
    assert found.detail == ((("Region", "us-east-1"),) if "region '" in message else ())


@pytest.mark.parametrize("names", ["", ";host", "x-amz-date", "Host", "host;host"])
def test_a_list_of_signed_headers_that_cannot_be_meant_is_refused(names: str) -> None:
    found = refusal(read, saying(claiming(names=names)))
    assert (found.status, found.code) == (400, CODE)


@pytest.mark.parametrize("date", [None, "", "yesterday", "20261124", "20261324T000000Z"])
def test_a_request_without_a_date_is_refused(date: str | None) -> None:
    request = without(saying(claiming()), "x-amz-date")
    if date is not None:
        for name in ("date", "x-amz-date"):
            changed = replace(request, headers=Headers([*request.headers, (name, date)]))
            assert refusal(read, changed).code == "AccessDenied"
    found = refusal(read, request)
    assert (found.status, found.code, found.message) == (
        403,
        "AccessDenied",
        "AWS authentication requires a valid Date or x-amz-date header",
    )


def test_a_bad_x_amz_date_is_not_saved_by_a_good_date() -> None:
    request = saying(claiming(), **{"x-amz-date": "x", "date": STAMP})
    assert refusal(read, request).code == "AccessDenied"


@pytest.mark.parametrize("date", ["Tue, 24 Nov 2026 12:00:00 GMT", STAMP])
def test_a_date_header_is_signed_as_the_instant_it_names(date: str) -> None:
    headers = (("date", date), ("host", HOST), ("x-amz-content-sha256", EMPTY))
    names = ";".join(name for name, _ in headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers)
    text = sigv4.canonical_request("GET", "/bucket/key", "", lines, names, EMPTY)
    scope = sigv4.scope("20261124", "us-east-1", "s3")
    key = sigv4.signing_key(SECRET, "20261124", "us-east-1", "s3")
    signature = key.sign(sigv4.string_to_sign(STAMP, scope, text.encode()).encode())
    sent = ("authorization", f"AWS4-HMAC-SHA256 {claiming(names=names, signature=signature)}")
    request = Request("GET", "/bucket/key", "", Headers([*headers, sent]))
    assert check(request).timestamp == STAMP
    later = date.replace("12:00:00", "12:00:01").replace("120000", "120001")
    changed = [(n, later if n == "date" else v) for n, v in request.headers]
    refused = refusal(check, replace(request, headers=Headers(changed)))
    assert refused.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("skew_us", [-15 * MINUTE, 0, 15 * MINUTE])
def test_a_clock_may_be_15_minutes_wrong(skew_us: int) -> None:
    check(signed(), NOON + skew_us)


@pytest.mark.parametrize("skew_us", [-15 * MINUTE - 1, 15 * MINUTE + 1, 16 * MINUTE])
def test_a_replay_after_15_minutes_is_refused(skew_us: int) -> None:
    found = refusal(read, signed(), NOON + skew_us)
    assert (found.status, found.code) == (403, "RequestTimeTooSkewed")
    assert found.message == (
        "The difference between the request time and the current time is too large."
    )
    assert [name for name, _ in found.detail] == [
        "RequestTime",
        "ServerTime",
        "MaxAllowedSkewMilliseconds",
    ]
    assert found.detail[0] == ("RequestTime", STAMP)
    assert found.detail[2] == ("MaxAllowedSkewMilliseconds", "900000")
    assert len(found.detail[1][1]) == len("2025-09-01T17:21:48Z")


def test_s3_wants_to_know_the_bodys_hash() -> None:
    found = refusal(read, without(signed(), "x-amz-content-sha256"))
    assert (found.status, found.code, found.message) == (
        400,
        "InvalidRequest",
        "Missing required header for this request: x-amz-content-sha256",
    )


@pytest.mark.parametrize(
    "value",
    [
        "UNSIGNED-PAYLOAD",
        EMPTY,
        EMPTY.upper(),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    ],
)
def test_a_word_for_the_body_is_signed_as_it_stands(value: str) -> None:
    request = signed("PUT", payload=value)
    assert check(request).payload == value
    other = "UNSIGNED-PAYLOAD" if value != "UNSIGNED-PAYLOAD" else EMPTY
    changed = [(n, other if n == "x-amz-content-sha256" else v) for n, v in request.headers]
    refused = refusal(check, replace(request, headers=Headers(changed)))
    assert refused.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "value", ["", "x", "unsigned-payload", "STREAMING-PAYLOAD", "0" * 63, "0" * 65, "g" * 64]
)
def test_an_unknown_word_for_the_body_is_refused(value: str) -> None:
    found = refusal(read, signed("PUT", payload=value))
    assert (found.status, found.code) == (400, "InvalidArgument")
    assert found.message == (
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
    )
    assert found.detail == (
        ("ArgumentName", "x-amz-content-sha256"),
        ("ArgumentValue", value),
    )


@pytest.mark.parametrize("end", ["", "-TRAILER"])
def test_asymmetric_chunks_are_known_and_not_there(end: str) -> None:
    found = refusal(read, signed("PUT", payload=f"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD{end}"))
    assert (found.status, found.code) == (501, "NotImplemented")


def test_a_content_hash_must_be_signed_in_a_header() -> None:
    names = "host;x-amz-date"
    lines = f"host:{HOST}\nx-amz-date:{STAMP}\n"
    text = sigv4.canonical_request("GET", "/bucket/key", "", lines, names, EMPTY)
    scope = sigv4.scope("20261124", "us-east-1", "s3")
    key = sigv4.signing_key(SECRET, "20261124", "us-east-1", "s3")
    signature = key.sign(sigv4.string_to_sign(STAMP, scope, text.encode()).encode())
    found = refusal(check, saying(claiming(names=names, signature=signature)))
    assert found.detail == (("HeadersNotSigned", "x-amz-content-sha256"),)


def test_header_values_are_bytes_and_their_spaces_are_collapsed() -> None:
    sent = (("host", HOST), ("x-amz-meta-a", "à   la  carte"), ("x-amz-meta-b", "b"))
    request = signed("PUT", headers=sent)
    on_the_wire = [(n, v.encode().decode("latin-1")) for n, v in request.headers]
    check(replace(request, headers=Headers(on_the_wire)))
    changed = [(n, v.replace("\xa0", "\xa9")) for n, v in on_the_wire]
    refused = refusal(check, replace(request, headers=Headers(changed)))
    assert refused.code == "SignatureDoesNotMatch"


def test_a_header_sent_twice_is_signed_as_one_list() -> None:
    sent = (("host", HOST), ("x-amz-meta-a", "1"), ("x-amz-meta-a", "2"))
    request = signed("PUT", headers=sent)
    check(request)
    other = Headers([(n, {"1": "2", "2": "1"}.get(v, v)) for n, v in request.headers])
    assert refusal(check, replace(request, headers=other)).code == "SignatureDoesNotMatch"
