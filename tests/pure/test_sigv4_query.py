"""Pre-signed URLs: every way to spell them wrong, and the seconds at which they begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure import claim
from narthex.pure.claim import parse_timestamp
from tests.pure.refusing import refusal
from tests.pure.signing import (
    ACCESS_KEY,
    HOST,
    NOON,
    SECOND,
    STAMP,
    Link,
    check,
    read,
    with_headers,
    with_parameters,
)

CODE = "AuthorizationQueryParametersError"
LEAD = "Error parsing the X-Amz-Credential parameter; "
MALFORMED = (
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)
MINUTE = 60 * SECOND
A_WEEK_AT_MOST = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
    "less than 604800 seconds"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("604801", A_WEEK_AT_MOST),
        ("999999", A_WEEK_AT_MOST),
        ("1000000", A_WEEK_AT_MOST),
        ("0000060", A_WEEK_AT_MOST),  # seven digits
        ("9" * 5000, A_WEEK_AT_MOST),
        ("-1", "X-Amz-Expires must be non-negative"),
        ("-604801", "X-Amz-Expires must be non-negative"),
        ("", "X-Amz-Expires should be a number"),
        ("+60", "X-Amz-Expires should be a number"),
        (" 60", "X-Amz-Expires should be a number"),
        ("60 ", "X-Amz-Expires should be a number"),
        ("60\n", "X-Amz-Expires should be a number"),
        ("6_0", "X-Amz-Expires should be a number"),
        ("60s", "X-Amz-Expires should be a number"),
        ("1m30", "X-Amz-Expires should be a number"),
        ("1.5", "X-Amz-Expires should be a number"),
        ("1e3", "X-Amz-Expires should be a number"),
        ("0x10", "X-Amz-Expires should be a number"),
        ("٦٠", "X-Amz-Expires should be a number"),  # Arabic digits, which int() takes
        ("６０", "X-Amz-Expires should be a number"),
        ("--1", "X-Amz-Expires should be a number"),
        ("NaN", "X-Amz-Expires should be a number"),
    ],
)
def test_an_odd_lifetime_is_refused(text: str, message: str) -> None:
    found = refusal(read, Link(expires=text).request())
    assert (found.status, found.code, found.message) == (400, CODE, message)


@pytest.mark.parametrize("seconds", [1, 60, 3600, 604799, 604800])
def test_a_lifetime_up_to_a_week_is_taken(seconds: int) -> None:
    assert check(Link(expires=str(seconds)).request()).expires_in == seconds


def test_a_link_ends_at_its_second_and_not_before() -> None:
    request = Link(expires="3600").request()
    end = NOON + 3600 * SECOND
    check(request, end - 1)
    found = refusal(read, request, end)
    assert (found.status, found.code, found.message) == (403, "AccessDenied", "Request has expired")
    assert found.detail == (
        ("X-Amz-Expires", "3600"),
        ("Expires", "2026-11-24T13:00:00Z"),
        ("ServerTime", "2026-11-24T13:00:00Z"),
    )


def test_a_clock_that_was_set_back_makes_a_link_live_again_and_no_longer() -> None:
    request = Link(expires="10").request()
    refusal(read, request, NOON + 11 * SECOND)
    check(request, NOON + 9 * SECOND)


def test_a_link_of_no_seconds_is_well_formed_and_over() -> None:
    found = refusal(read, Link(expires="0").request())
    assert found.message == "Request has expired"


def test_a_link_from_the_past_is_good_as_long_as_it_lives() -> None:
    check(Link(expires="604800").request(), NOON + 604799 * SECOND)


def test_a_link_from_the_future_is_taken_up_to_15_minutes_ahead() -> None:
    request = Link().request()
    check(request, NOON - 10 * MINUTE)
    check(request, NOON - 15 * MINUTE)
    found = refusal(read, request, NOON - 15 * MINUTE - 1)
    assert (found.status, found.code) == (403, "AccessDenied")
    assert found.message == "Request is not yet valid"
    assert found.detail == (
        ("X-Amz-Date", str(NOON // 1000)),
        ("Expires", "2026-11-24T13:00:00Z"),
        ("ServerTime", "2026-11-24T11:44:59Z"),
    )


def test_a_date_before_1970_is_long_over() -> None:
    link = Link(
        stamp="19600101T000000Z", credential=f"{ACCESS_KEY}/19600101/us-east-1/s3/aws4_request"
    )
    assert refusal(read, link.request()).message == "Request has expired"


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "20261124",
        "2026-11-24T12:00:00Z",
        "20261124T120000",
        "20261124t120000Z",
        "20261124T120000z",
        "20261124T120000+0",
        "20261124 120000Z",
        "20261324T120000Z",
        "20260230T120000Z",
        "20261124T240000Z",
        "20261124T126000Z",
        "20261124T120060Z",
        "00001124T120000Z",
        "2026112 T120000Z",
        "20261124T1200 0Z",
        "20261124T12-100Z",
        "２０261124T120000Z",
        "20261124T120000Z ",
        "Tue, 24 Nov 2026 12:00:00 GMT",
    ],
)
def test_an_odd_date_is_refused(stamp: str) -> None:
    found = refusal(read, Link(stamp=stamp).request())
    assert (found.status, found.code) == (400, CODE)
    assert found.message == (
        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    )


@given(st.integers(0, 4102444799))
def test_a_timestamp_reads_back_as_the_second_it_was(second: int) -> None:
    from narthex.pure.sigv4 import timestamp

    assert parse_timestamp(timestamp(second * SECOND)) == second * SECOND


@pytest.mark.parametrize(
    ("credential", "message"),
    [
        ("", MALFORMED),
        (ACCESS_KEY, MALFORMED),
        (f"{ACCESS_KEY}/20261124/us-east-1/s3", MALFORMED),
        (f"{ACCESS_KEY}%2F20261124%2Fus-east-1%2Fs3%2Faws4_request", MALFORMED),  # encoded twice
        ("/20261124/us-east-1/s3/aws4_request", MALFORMED),
        (f"{ACCESS_KEY}//us-east-1/s3/aws4_request", MALFORMED),
        (f"{ACCESS_KEY}/20261124//s3/aws4_request", MALFORMED),
        (f"{ACCESS_KEY}/20261124/us-east-1//aws4_request", MALFORMED),
        (f"{ACCESS_KEY}/20261124/us-east-1/s3/", MALFORMED),
        (
            f"{ACCESS_KEY}/20261124/us-east-1/sns/aws4_request",
            'incorrect service "sns". This endpoint belongs to "s3".',
        ),
        (
            f"{ACCESS_KEY}/20261124/us-east-1/S3/aws4_request",
            'incorrect service "S3". This endpoint belongs to "s3".',
        ),
        (
            f"{ACCESS_KEY}/20261124/us-east-1/s3/aws5_request",
            'incorrect terminal "aws5_request". This endpoint uses "aws4_request".',
        ),
        (
            f"{ACCESS_KEY}/2026112/us-east-1/s3/aws4_request",
            'incorrect date format "2026112". This date in the credential must be in the format '
            '"yyyyMMdd".',
        ),
        (
            f"{ACCESS_KEY}/20261301/us-east-1/s3/aws4_request",
            'incorrect date format "20261301". This date in the credential must be in the format '
            '"yyyyMMdd".',
        ),
        (
            f"{ACCESS_KEY}/２０２６1124/us-east-1/s3/aws4_request",
            'incorrect date format "２０２６1124". This date in the credential must be in the '
            'format "yyyyMMdd".',
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
    found = refusal(read, Link(credential=credential).request())
    assert (found.status, found.code, found.message) == (400, CODE, LEAD + message)
    assert found.detail == ((("Region", "us-east-1"),) if "region '" in message else ())


def test_the_first_region_is_ours_and_the_others_are_taken_too() -> None:
    regions = ("eu-central-1", "us-east-1")
    check(Link().request(), regions=regions)
    link = Link(credential=f"{ACCESS_KEY}/20261124/mars/s3/aws4_request")
    found = refusal(read, link.request(), regions=regions)
    assert found.message == LEAD + "the region 'mars' is wrong; expecting 'eu-central-1'"
    assert found.detail == (("Region", "eu-central-1"),)
    check(link.request(), regions=())  # no region configured: whatever is signed


def test_a_credential_that_was_taken_once_is_still_judged_by_service_and_region() -> None:
    link = Link(credential=f"{ACCESS_KEY}/20261124/us-east-1/iam/aws4_request")
    read(link.request(), services=frozenset(["iam"]))
    assert "incorrect service" in refusal(read, link.request()).message
    read(Link(credential=f"{ACCESS_KEY}/20261124/mars/s3/aws4_request").request(), regions=())
    mars = Link(credential=f"{ACCESS_KEY}/20261124/mars/s3/aws4_request")
    assert "is wrong" in refusal(read, mars.request()).message


def test_a_credential_of_another_day_is_refused() -> None:
    link = Link(credential=f"{ACCESS_KEY}/20261123/us-east-1/s3/aws4_request")
    found = refusal(read, link.request())
    assert (found.status, found.code, found.message) == (
        400,
        CODE,
        'Invalid credential date "20261123". This date is not the same as X-Amz-Date: "20261124".',
    )


@pytest.mark.parametrize(
    "algorithm", ["", "AWS4-HMAC-SHA1", "aws4-hmac-sha256", "HMAC-SHA256", "AWS4-HMAC-SHA256 "]
)
def test_another_algorithm_is_refused(algorithm: str) -> None:
    found = refusal(read, Link(algorithm=algorithm).request())
    assert (found.status, found.code, found.message) == (
        400,
        CODE,
        'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"',
    )


def test_the_asymmetric_algorithm_is_known_and_not_there() -> None:
    found = refusal(read, Link(algorithm="AWS4-ECDSA-P256-SHA256").request())
    assert (found.status, found.code) == (501, "NotImplemented")


@pytest.mark.parametrize(
    "names",
    ["", ";", ";host", "host;", "host;;x", "x-amz-date", "Host", "host;Range", "host;host",
     "host ;a", "host;é", "host\n", "host,range"],
)  # fmt: skip
def test_a_list_of_signed_headers_that_cannot_be_meant_is_refused(names: str) -> None:
    request = with_parameters(Link().request(), {"X-Amz-SignedHeaders": names})
    for _ in range(2):  # and the second time too, from memory
        found = refusal(read, request)
        assert (found.status, found.code) == (400, CODE)


@pytest.mark.parametrize(
    "value", ["x", "", "STREAMING", "unsigned-payload", "0" * 63, "0" * 65, "g" * 64]
)
def test_a_signed_content_hash_that_is_none_is_refused(value: str) -> None:
    link = Link(method="PUT", query=(("X-Amz-Content-Sha256", value),), payload=value)
    assert refusal(read, link.request()).code == "InvalidArgument"
    sent = (("host", HOST), ("x-amz-content-sha256", value))
    link = Link(method="PUT", headers=sent, names="host;x-amz-content-sha256", payload=value)
    assert refusal(read, link.request()).code == "InvalidArgument"


def test_a_token_is_a_parameter_or_a_signed_header_and_never_ignored() -> None:
    assert read(Link(token="t").request()).token == "t"
    assert read(Link(token="").request()).token == ""
    assert read(Link().request()).token is None
    sent = (("host", HOST), ("x-amz-security-token", "t"))
    link = Link(headers=sent, names="host;x-amz-security-token")
    assert check(link.request()).token == "t"
    unsigned = with_headers(Link().request(), ("x-amz-security-token", "t"))
    assert read(unsigned).token is None
    assert refusal(check, unsigned).detail == (("HeadersNotSigned", "x-amz-security-token"),)


ORDER: list[dict[str, str | None]] = [
    {"X-Amz-Algorithm": None},
    {"X-Amz-Algorithm": "x"},
    {"X-Amz-Credential": "x"},
    {"X-Amz-Date": "x"},
    {"X-Amz-Expires": "x"},
    {"X-Amz-SignedHeaders": "x"},
]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_what_is_wrong_first_is_said_first(first: int) -> None:
    request = Link().request()
    alone = refusal(read, with_parameters(request, ORDER[first]))
    for wrong in reversed(ORDER[first:]):
        request = with_parameters(request, wrong)
    assert refusal(read, request, NOON + 10**15).message == alone.message


def test_a_link_that_is_over_says_so_before_its_headers_are_judged() -> None:
    request = with_headers(Link().request(), ("x-amz-acl", "public-read"))
    assert refusal(check, request, NOON + 10**12).message == "Request has expired"
    assert STAMP in request.raw_query


def test_what_is_remembered_of_credentials_dates_and_lists_is_bounded() -> None:
    for number in range(claim.REMEMBERED + 1):
        credential = f"KEY{number}/20261124/us-east-1/s3/aws4_request"
        stamp = f"20261124T12{number // 60 % 60:02}{number % 60:02}Z"
        link = Link(credential=credential, stamp=stamp, names=f"host;x{number}")
        read(link.request(), NOON + 3600 * SECOND - 1)
    long = Link(credential=f"{'K' * 128}/20261124/{'r' * 200}/s3/aws4_request")
    read(long.request(), regions=())
    read(Link(names="host;" + "x" * 300).request())
    for kept in (claim._scopes, claim._instants, claim._signed_lists):
        assert len(kept) <= claim.REMEMBERED
        assert max(map(len, kept)) <= 2 * claim.MAX_KEY_ID
