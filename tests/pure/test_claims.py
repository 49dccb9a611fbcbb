"""The one door of authentication: every trace of a signature is verified or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.http import Headers, Request
from narthex.pure import claims, sigv4, uri
from narthex.pure.claim import HEADER, QUERY, SIGV2, SIGV4, parse_timestamp
from tests.pure.refusing import refusal
from tests.pure.signing import (
    ACCESS_KEY,
    EMPTY,
    HOST,
    NOON,
    SECOND,
    SECRET,
    STAMP,
    Link,
    cases,
    check,
    query_text,
    read,
    read_any,
    signed,
    with_headers,
    with_parameters,
)

SIGNING = Link().parameters()
ONE_ONLY = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
    "string parameter or the Authorization header should be specified"
)


def of_vector(case: dict[str, Any]) -> Request:
    """The request of a vector, with its signature."""
    headers = [(name, value) for name, value in case["headers"]]
    raw_query = case["raw_query"]
    if "X-Amz-Algorithm" in raw_query:
        raw_query += f"&X-Amz-Signature={case['signature']}"
    else:
        headers.append(
            (
                "authorization",
                f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20130524/us-east-1/s3/aws4_request,"
                f"SignedHeaders={case['signed']},Signature={case['signature']}",
            )
        )
    return Request(case["method"], case["raw_path"], raw_query, Headers(headers))


def changes(request: Request) -> Iterator[Request]:
    """The request with one thing of it changed, for everything that is signed."""
    yield replace(request, method="HEAD" if request.method != "HEAD" else "GET")
    yield replace(request, raw_path=request.raw_path + "x")
    yield replace(request, raw_path=request.raw_path.replace("/", "//", 1))
    yield replace(request, raw_query=request.raw_query + "&x=1" if request.raw_query else "x=1")
    for place, (name, value) in enumerate(request.headers.pairs):
        if name in ("authorization", "x-amz-date", "x-amz-content-sha256"):
            continue
        pairs = list(request.headers.pairs)
        pairs[place] = (name, value + "1")
        yield replace(request, headers=Headers(pairs))
    for name, value in uri.decode_query(request.raw_query):
        if not name.startswith("X-Amz-") or name == "X-Amz-Security-Token":
            yield with_parameters(request, {name: value + "1"})
            yield with_parameters(request, {name: None})
    for name in ("X-Amz-Signature", "X-Amz-Expires"):
        sent = dict(uri.decode_query(request.raw_query)).get(name)
        if sent is not None:
            yield with_parameters(request, {name: ("1" if sent[0] != "1" else "2") + sent[1:]})


@pytest.mark.parametrize(
    "case", [*cases("presigned"), *cases("header"), *cases("chunked")], ids=lambda c: c["name"]
)
def test_a_published_request_is_verified_and_refused_when_anything_changes(
    case: dict[str, Any],
) -> None:
    request = of_vector(case)
    at_us = parse_timestamp(case["timestamp"]) or 0
    assert check(request, at_us).timestamp == case["timestamp"]
    assert refusal(check, request, at_us, secret=SECRET[:-1]).code == "SignatureDoesNotMatch"
    for changed in changes(request):
        assert refusal(check, changed, at_us).code == "SignatureDoesNotMatch", changed


@pytest.mark.parametrize(
    "headers",
    [(), (("host", HOST),), (("x-amz-content-sha256", EMPTY), ("x-amz-date", STAMP))],
)
def test_a_request_with_no_trace_of_a_signature_is_nobodys(headers: Any) -> None:
    request = Request("GET", "/bucket/key", "prefix=a&x-id=GetObject", Headers(headers))
    assert read_any(request) is None


def test_a_form_upload_is_no_way_around_authentication() -> None:
    form = ("content-type", "multipart/form-data; boundary=x")
    request = Request("POST", "/bucket", "delete", Headers([("host", HOST), form]))
    assert read_any(request) is None  # nobody's, and nobody may do this
    bad = with_headers(request, ("authorization", "Bearer x"))
    assert refusal(read, bad).message == "Unsupported Authorization Type"


DETECTED = ["Algorithm", "Credential", "Signature", "SignedHeaders", "Expires"]


@pytest.mark.parametrize("name", DETECTED)
def test_a_single_parameter_of_a_link_is_never_nobodys(name: str) -> None:
    for spelled in (f"X-Amz-{name}", f"x-amz-{name.lower()}", f"X-AMZ-{name.upper()}"):
        request = Request("GET", "/bucket/key", f"{spelled}=x", Headers([("host", HOST)]))
        found = refusal(read, request)
        assert (found.status, found.code) == (400, "AuthorizationQueryParametersError")
        assert found.message.startswith("Query-string authentication version 4 requires the X-Amz")


@pytest.mark.parametrize("name", [*SIGNING, "X-Amz-Signature"])
def test_a_link_without_one_of_its_parameters_is_refused(name: str) -> None:
    request = with_parameters(Link().request(), {name: None})
    found = refusal(read, request)
    assert (found.status, found.code) == (400, "AuthorizationQueryParametersError")
    assert found.message == (
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
    )


@pytest.mark.parametrize("name", [*SIGNING, "X-Amz-Signature", "X-Amz-Security-Token"])
@pytest.mark.parametrize("spell", [str, str.lower])
def test_a_signing_parameter_given_twice_is_refused(name: str, spell: Callable[[str], str]) -> None:
    request = Link(token="t").request()
    again = replace(request, raw_query=f"{request.raw_query}&{spell(name)}=1")
    found = refusal(read, again)
    assert (found.status, found.code) == (400, "AuthorizationQueryParametersError")


@pytest.mark.parametrize(
    "raw_query",
    [
        Link().request().raw_query,
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "x-amz-algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Signature=x",
        "Signature=x",
        "AWSAccessKeyId=x",
    ],
)
def test_two_mechanisms_in_one_request_are_refused(raw_query: str) -> None:
    request = signed()
    value = request.headers.get("authorization") or ""
    found = refusal(read, replace(request, raw_query=raw_query))
    assert (found.status, found.code, found.message) == (400, "InvalidArgument", ONE_ONLY)
    assert found.detail == (("ArgumentName", "Authorization"), ("ArgumentValue", value))


def test_two_authorization_headers_are_refused() -> None:
    request = signed()
    again = with_headers(request, ("authorization", request.headers.get("authorization") or ""))
    assert refusal(read, again).message == ONE_ONLY


@pytest.mark.parametrize("extra", ["Signature=x", "AWSAccessKeyId=x"])
def test_both_kinds_of_link_in_one_are_refused(extra: str) -> None:
    request = Link().request()
    found = refusal(read, replace(request, raw_query=f"{request.raw_query}&{extra}"))
    assert (found.code, found.message) == ("InvalidArgument", ONE_ONLY)


def test_a_parameter_named_expires_alone_does_not_change_a_sigv4_link() -> None:
    check(Link(query=(("Expires", "soon"),)).request())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Bearer abc", "Unsupported Authorization Type"),
        ("Basic YTpi", "Unsupported Authorization Type"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "Unsupported Authorization Type"),
        ("aws4-hmac-sha256 Credential=a", "Unsupported Authorization Type"),
        ("", "Authorization header is invalid -- one and only one ' ' (space) required."),
        ("Bearer", "Authorization header is invalid -- one and only one ' ' (space) required."),
        (" Bearer", "Authorization header is invalid -- one and only one ' ' (space) required."),
        (
            "AWS4-HMAC-SHA256  Credential=a",
            "Authorization header is invalid -- one and only one ' ' (space) required.",
        ),
    ],
)
def test_an_unknown_scheme_is_refused_and_never_nobodys(value: str, message: str) -> None:
    request = Request("GET", "/b/k", "", Headers([("host", HOST), ("authorization", value)]))
    found = refusal(read, request)
    assert (found.status, found.code, found.message) == (400, "InvalidArgument", message)
    assert found.detail == (("ArgumentName", "Authorization"), ("ArgumentValue", value))


@pytest.mark.parametrize(
    "value", [f"AWS {ACCESS_KEY}:bWq2s1WEIj+Ydj0vQ697zp+IXMU=", "AWS x", "AWS :"]
)
def test_a_sigv2_header_is_refused_by_name(value: str) -> None:
    sent = [("host", HOST), ("date", "Tue, 27 Mar 2007 19:36:42 +0000"), ("authorization", value)]
    found = refusal(read, Request("GET", "/johnsmith/photos/puppy.jpg", "", Headers(sent)))
    assert (found.status, found.code) == (400, "InvalidRequest")
    assert found.message == (
        "The authorization mechanism you have provided is not supported. Please use "
        "AWS4-HMAC-SHA256."
    )


def test_a_claim_keeps_what_policies_ask_for() -> None:
    link = read(Link(token="tok/+=").request())
    assert (link.kind, link.version) == (QUERY, SIGV4) == ("REST-QUERY-STRING", "AWS4-HMAC-SHA256")
    assert (link.access_key_id, link.token) == (ACCESS_KEY, "tok/+=")
    assert (link.region, link.service) == ("us-east-1", "s3")
    assert (link.signed_at_us, link.expires_in) == (NOON, 3600)
    assert link.expires_at_us == NOON + 3600 * SECOND
    header = read(signed(token="t"))
    assert (header.kind, header.version) == (HEADER, SIGV4) == ("REST-HEADER", "AWS4-HMAC-SHA256")
    assert (header.signed_at_us, header.expires_in, header.expires_at_us) == (NOON, None, None)
    assert header.token == "t"
    assert SIGV2 == "AWS"


def test_a_claim_has_a_digest_that_names_one_url_and_no_repr_of_its_secrets() -> None:
    one, other = read(Link(token="secret-token").request()), read(Link(expires="3601").request())
    assert len(one.digest) == 64
    assert one.digest != other.digest
    assert one.signature not in repr(one)
    assert "secret-token" not in repr(one)
    assert one.digest not in repr(one)


@pytest.mark.parametrize("spell", [str.upper, lambda s: s + " ", lambda s: " " + s])
def test_one_url_has_one_spelling_of_its_signature(spell: Callable[[str], str]) -> None:
    request = Link().request()
    signature = read(request).signature
    changed = with_parameters(request, {"X-Amz-Signature": spell(signature)})
    assert refusal(check, changed).code == "SignatureDoesNotMatch"


def test_a_wrong_signature_is_told_what_was_signed() -> None:
    found = refusal(check, with_parameters(Link().request(), {"X-Amz-Signature": "0" * 64}))
    assert (found.status, found.code) == (403, "SignatureDoesNotMatch")
    assert found.message == (
        "The request signature we calculated does not match the signature you provided. Check "
        "your key and signing method."
    )
    assert [name for name, _ in found.detail] == [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
    ]
    detail = dict(found.detail)
    assert detail["StringToSign"].startswith(f"AWS4-HMAC-SHA256\n{STAMP}\n20261124/us-east-1/s3/")
    assert detail["StringToSignBytes"].startswith("41 57 53 34 2d")
    assert detail["CanonicalRequest"].startswith("GET\n/bucket/key\nX-Amz-Algorithm=")
    assert detail["CanonicalRequestBytes"].startswith("47 45 54 0a")
    assert detail["SignatureProvided"] == "0" * 64


@pytest.mark.parametrize(
    "signature",
    ["", "é" * 32, "\U0001f525", "0" * 63, "0" * 65, "a" * 5000, "\ud7ff"],
)
def test_any_text_for_a_signature_is_a_mismatch_and_no_crash(signature: str) -> None:
    request = with_parameters(Link().request(), {"X-Amz-Signature": signature})
    assert refusal(check, request).code == "SignatureDoesNotMatch"


def test_a_hash_of_the_string_to_sign_without_the_key_is_no_signature() -> None:
    wrong = refusal(check, with_parameters(Link().request(), {"X-Amz-Signature": "0" * 64}))
    text = dict(wrong.detail)["StringToSign"].encode()
    for forged in (sigv4.sha256_hex(text), sigv4.Key(b"").sign(text)):
        request = with_parameters(Link().request(), {"X-Amz-Signature": forged})
        assert refusal(check, request).code == "SignatureDoesNotMatch"


def test_a_url_forged_and_expired_says_expired_and_nothing_of_its_key() -> None:
    for access_key in (ACCESS_KEY, "AKIAIOSFODNN7EXAMPLF", "no such key"):
        link = Link(credential=f"{access_key}/20261124/us-east-1/s3/aws4_request")
        forged = with_parameters(link.request(), {"X-Amz-Signature": "0" * 64})
        found = refusal(read, forged, NOON + 3600 * SECOND)
        assert (found.status, found.message) == (403, "Request has expired")
        assert access_key not in repr(found.detail)


@pytest.mark.parametrize(
    "access_key", ["a b", "a\tb", "é", "x" * 129, "a\0", "*)(uid=*\n", "\U0001f525"]
)
def test_an_id_no_key_can_have_is_refused_before_anybody_looks_it_up(access_key: str) -> None:
    link = Link(credential=f"{access_key}/20261124/us-east-1/s3/aws4_request")
    found = refusal(read, link.request())
    assert (found.status, found.code) == (403, "InvalidAccessKeyId")
    assert found.detail == (("AWSAccessKeyId", access_key),)


@pytest.mark.parametrize("access_key", ["a/b", "a/b/c/d/e", "a+b=", "x" * 128, "*)(uid=*"])
def test_an_id_may_hold_slashes_and_signs(access_key: str) -> None:
    link = Link(credential=f"{access_key}/20261124/us-east-1/s3/aws4_request")
    assert check(link.request()).access_key_id == access_key


@pytest.mark.parametrize(
    "header",
    [
        ("x-amz-acl", "public-read"),
        ("x-amz-copy-source", "/other/key"),
        ("x-amz-meta-x", "1"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-expires", "604800"),
        ("x-amz-date", STAMP),
        ("x-amz-user-agent", "x"),
        ("x-amz-security-token", "t"),
        ("x-amz-decoded-content-length", "1"),
    ],
)
def test_a_header_that_acts_must_be_signed(header: tuple[str, str]) -> None:
    found = refusal(check, with_headers(Link(method="PUT").request(), header))
    assert (found.status, found.code) == (403, "AccessDenied")
    assert found.message == "There were headers present in the request which were not signed"
    assert found.detail == (("HeadersNotSigned", header[0]),)
    if header[0] != "x-amz-date":
        assert refusal(check, with_headers(signed(), header)).detail == found.detail


def test_unsigned_headers_are_all_named_once() -> None:
    sent = [("x-amz-date", "x"), ("x-amz-b", "1"), ("x-amz-date", "y")]
    found = refusal(check, with_headers(Link().request(), *sent))
    assert found.detail == (("HeadersNotSigned", "x-amz-date, x-amz-b"),)


def test_unsigned_headers_are_refused_before_the_signature_is_compared() -> None:
    forged = with_parameters(Link().request(), {"X-Amz-Signature": "0" * 64})
    assert refusal(check, with_headers(forged, ("x-amz-acl", "x"))).code == "AccessDenied"


def test_a_load_balancers_trace_is_no_header_of_s3() -> None:
    check(with_headers(Link().request(), ("x-amzn-trace-id", "Root=1"), ("range", "bytes=0-1")))


def test_a_content_hash_that_is_not_signed_into_a_link_is_ignored() -> None:
    request = with_headers(Link(method="PUT").request(), ("x-amz-content-sha256", "0" * 64))
    assert check(request).payload == "UNSIGNED-PAYLOAD"


def test_but_another_framing_of_the_body_is_not() -> None:
    streaming = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    found = refusal(read, with_headers(Link(method="PUT").request(), streaming))
    assert found.detail == (("HeadersNotSigned", "x-amz-content-sha256"),)


def test_a_content_hash_that_is_signed_counts() -> None:
    sent = (("host", HOST), ("x-amz-content-sha256", EMPTY))
    link = Link(method="PUT", headers=sent, names="host;x-amz-content-sha256", payload=EMPTY)
    assert check(link.request()).payload == EMPTY
    hoisted = Link(method="PUT", query=(("X-Amz-Content-Sha256", EMPTY),), payload=EMPTY)
    assert check(hoisted.request()).payload == EMPTY
    unsigned = Link(query=(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), ("x-id", "GetObject")))
    assert check(unsigned.request()).payload == "UNSIGNED-PAYLOAD"


def test_a_signed_header_that_was_not_sent_is_refused_even_if_signed_as_empty() -> None:
    link = Link(names="host;x-amz-meta-a")
    assert refusal(check, link.request()).code == "SignatureDoesNotMatch"
    empty = Link(names="host;x-amz-meta-a", headers=(("host", HOST), ("x-amz-meta-a", "")))
    check(empty.request())


def test_a_signed_name_that_was_sent_in_the_query_only_is_read_there() -> None:
    link = Link(method="PUT", names="host;x-amz-acl", query=(("x-amz-acl", "private"),))
    check(link.request())
    twice = replace(link, headers=(("host", HOST), ("x-amz-acl", "private")))
    check(twice.request())


@pytest.mark.parametrize("name", ["user-agent", "expect", "accept-encoding", "connection"])
def test_whatever_is_listed_as_signed_is_verified(name: str) -> None:
    link = Link(names=f"host;{name}" if name > "host" else f"{name};host")
    good = replace(link, headers=(("host", HOST), (name, "a"))).request()
    check(good)
    pairs = [(key, "b" if key == name else value) for key, value in good.headers]
    changed = replace(good, headers=Headers(pairs))
    assert refusal(check, changed).code == "SignatureDoesNotMatch"


def test_the_order_of_signed_names_does_not_matter() -> None:
    sent = (("host", HOST), ("content-type", "a"))
    check(Link(headers=sent, names="host;content-type").request())


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("narthex.test", "narthex.test:80"),
        ("narthex.test", "narthex.test:443"),
        ("narthex.test:443", "narthex.test"),
        ("narthex.test", "Narthex.Test"),
        ("narthex.test:9000", "NARTHEX.test:9000"),
        ("narthex.test:9000", "narthex.test:9000"),
    ],
)
def test_a_host_is_the_same_in_any_case_with_and_without_a_default_port(
    asked: str, sent: str
) -> None:
    request = Link(headers=(("host", asked),)).request()
    check(replace(request, headers=Headers([("host", sent)])))


@pytest.mark.parametrize("sent", ["narthex.test:9001", "narthex.tes:9000", "narthex.test", "", "x"])
def test_another_host_is_refused(sent: str) -> None:
    request = replace(Link().request(), headers=Headers([("host", sent)]))
    assert refusal(check, request).code == "SignatureDoesNotMatch"
    assert refusal(check, replace(request, headers=Headers())).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("service", ["iam", "sts", "lambda"])
def test_another_service_hashes_the_body_itself(service: str) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    digest = sigv4.sha256_hex(body)
    sent = (("host", HOST), ("content-type", "application/x-www-form-urlencoded"))
    request = signed("POST", "/", (), sent, payload=digest, service=service)
    services = frozenset(["iam", "sts", "lambda"])
    assert "x-amz-content-sha256" not in request.headers
    found = check(request, payload_hash=digest, services=services)
    assert (found.service, found.payload) == (service, "")
    for wrong in (sigv4.sha256_hex(body + b"x"), "", "UNSIGNED-PAYLOAD"):
        refused = refusal(check, request, payload_hash=wrong, services=services)
        assert refused.code == "SignatureDoesNotMatch"
    assert refusal(read, request).code == "AuthorizationHeaderMalformed"  # S3 is not asked


def test_a_link_to_another_service_signs_the_hash_of_no_body() -> None:
    link = Link(
        raw_path="/",
        credential=f"{ACCESS_KEY}/20261124/us-east-1/sts/aws4_request",
        query=(("Action", "GetCallerIdentity"),),
        payload=EMPTY,
    )
    services = frozenset(["sts"])
    check(link.request(), payload_hash=EMPTY, services=services)
    refused = refusal(check, link.request(), payload_hash="", services=services)
    assert refused.code == "SignatureDoesNotMatch"


def test_another_service_encodes_the_path_twice() -> None:
    path = "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations"
    request = signed("POST", path, service="lambda")
    check(request, payload_hash=EMPTY, services=frozenset(["lambda"]))


def test_sigv2_is_s3s_alone() -> None:
    request = Request("GET", "/", "AWSAccessKeyId=a&Signature=b&Expires=1", Headers())
    assert refusal(read, request, services=frozenset(["sts"])).code == "InvalidRequest"


signing_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(signing_text, signing_text, signing_text)
def test_any_key_and_any_parameter_that_was_signed_verifies(
    key: str, name: str, value: str
) -> None:
    name = f"n{name}".replace("X", "Y").replace("x", "y")
    link = Link(raw_path=f"/bucket/{uri.encode_path(key)}", query=((name, value),))
    check(link.request())
    sent = [(name, value + "!"), *Link().parameters().items()]
    signature = read(link.request()).signature
    raw = query_text([*sent, ("X-Amz-Signature", signature)])
    assert refusal(check, replace(link.request(), raw_query=raw)).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("sent", "other"),
    [("/b/date=2023", "/b/date%3D2023"), ("/b/a%2bb", "/b/a+b"), ("/b/~(x)", "/b/%7E%28x%29")],
)
def test_a_key_verifies_however_a_client_escaped_it(sent: str, other: str) -> None:
    request = Link(raw_path=sent).request()
    check(replace(request, raw_path=other))


@pytest.mark.parametrize(
    ("sent", "other"),
    [("/b/a%2Fb", "/b/a%252Fb"), ("/b/a+b", "/b/a%20b"), ("/b/a/../c", "/b/c"), ("/b//a", "/b/a")],
)
def test_another_key_does_not(sent: str, other: str) -> None:
    request = Link(raw_path=sent).request()
    assert refusal(check, replace(request, raw_path=other)).code == "SignatureDoesNotMatch"


def test_the_order_of_the_query_does_not_matter_but_every_repeat_does() -> None:
    request = Link(query=(("a", "2"), ("a", "1"), ("a-b", ""), ("a", ""))).request()
    check(request)
    parts = request.raw_query.split("&")
    check(replace(request, raw_query="&".join(reversed(parts))))
    fewer = "&".join([part for part in parts if part != "a=1"])
    assert refusal(check, replace(request, raw_query=fewer)).code == "SignatureDoesNotMatch"


def test_a_space_may_be_sent_as_plus_and_a_plus_may_not() -> None:
    request = Link(query=(("prefix", "a b"),)).request()
    check(replace(request, raw_query=request.raw_query.replace("a%20b", "a+b")))
    changed = replace(request, raw_query=request.raw_query.replace("a%20b", "a%2Bb"))
    assert refusal(check, changed).code == "SignatureDoesNotMatch"


def test_read_and_verify_are_the_whole_surface() -> None:
    assert set(claims.__all__) == {"Claim", "Scope", "read_claim", "verify"}
