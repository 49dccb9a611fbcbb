"""SigV2 links: boto3 makes them by default, so they work; what they do not sign gives nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from narthex.http import Headers, Request
from narthex.pure import sigv2, uri
from narthex.s3.route import SUBRESOURCES
from tests.pure.botocore_clock import botocore_at
from tests.pure.refusing import refusal
from tests.pure.signing import (
    ACCESS_KEY,
    HOST,
    NOON,
    SECOND,
    SECRET,
    cases,
    check,
    query_text,
    read,
    with_headers,
    with_parameters,
)

LIVES = NOON // SECOND + 3600
WEEK = 7 * 24 * 3600
MINUTE = 60
NOT_SUPPORTED = (
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
)


@pytest.fixture(scope="module", autouse=True)
def noon() -> Iterator[None]:
    with botocore_at(NOON):
        yield


def link(
    method: str = "GET",
    raw_path: str = "/bucket/key",
    query: tuple[tuple[str, str], ...] = (),
    *,
    expires: str = str(LIVES),
    text: str | None = None,
) -> Request:
    """A SigV2 link of the example key. text: what is signed behind Expires; the path by default."""
    signed = f"{method}\n\n\n{expires}\n{raw_path if text is None else text}"
    digest = hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha1)
    signing = (
        ("AWSAccessKeyId", ACCESS_KEY),
        ("Signature", base64.b64encode(digest).decode()),
        ("Expires", expires),
    )
    return Request(method, raw_path, query_text((*query, *signing)), Headers([("host", HOST)]))


def of_vector(case: dict[str, Any]) -> Request:
    raw_query = f"{case['raw_query']}&{query_text([('Signature', case['signature'])])}"
    headers = [("host", case["host"]), *((name, value) for name, value in case["headers"])]
    return Request(case["method"], case["raw_path"], raw_query, Headers(headers))


@pytest.mark.parametrize("case", cases("sigv2"), ids=lambda case: case["name"])
def test_the_known_signatures_come_out_and_a_changed_byte_is_refused(case: dict[str, Any]) -> None:
    request, named = of_vector(case), {"bucket_host": case["bucket_host"]}
    at_us = int(dict(uri.decode_query(request.raw_query))["Expires"]) * SECOND - 1
    claim = check(request, at_us, **named)
    assert (claim.kind, claim.version) == ("REST-QUERY-STRING", "AWS")
    wrong = with_parameters(request, {"Signature": "A" * 27 + "="})
    found = refusal(check, wrong, at_us, **named)
    assert (found.status, found.code) == (403, "SignatureDoesNotMatch")
    assert dict(found.detail)["StringToSign"] == case["string_to_sign"].removesuffix("/") or (
        dict(found.detail)["StringToSign"] == case["string_to_sign"]
    )
    assert [name for name, _ in found.detail] == [
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
    ]
    for changed in (
        replace(request, method="DELETE"),
        replace(request, raw_path=request.raw_path + "x"),
        with_headers(request, ("x-amz-acl", "public-read-write")),
        with_headers(request, ("content-type", "text/html")),
        with_headers(request, ("content-md5", "x")),
        replace(request, raw_query=request.raw_query + "&acl"),
        replace(request, raw_query=request.raw_query + "&x-amz-meta-b=1"),
        replace(request, raw_query=request.raw_query + "&response-content-type=text%2Fhtml"),
    ):
        if changed.headers.pairs[-1] == ("content-type", "text/html") and case["headers"]:
            continue
        assert refusal(check, changed, at_us, **named).code == "SignatureDoesNotMatch"


@cache
def boto_client(style: str, token: str | None) -> Any:
    """A botocore client that makes SigV2 links."""
    session = botocore.session.Session()
    session.set_credentials(ACCESS_KEY, SECRET, token)
    return session.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://localhost:9000",
        config=Config(signature_version="s3", s3={"addressing_style": style}),
    )


def as_sent(url: str, method: str, *headers: tuple[str, str]) -> Request:
    parts = urlsplit(url)
    sent = Headers([("host", parts.netloc), *headers])
    return Request(method, parts.path, parts.query, sent)


BOTO_LINKS: list[tuple[str, str, dict[str, Any], tuple[tuple[str, str], ...]]] = [
    ("get_object", "GET", {"Key": "a b/é+&=~*().txt"}, ()),
    ("get_object", "GET", {"Key": "k", "VersionId": "v", "PartNumber": 1}, ()),
    ("get_object", "GET", {"Key": "k", "ResponseContentDisposition": 'a; filename="x y"'}, ()),
    ("head_object", "HEAD", {"Key": "a//b/../c"}, ()),
    ("put_object", "PUT", {"Key": "k"}, ()),
    ("put_object", "PUT", {"Key": "k", "ContentType": "text/plain", "Metadata": {"a": "b"}}, ()),
    ("put_object", "PUT", {"Key": "k", "ContentType": "a/b"}, (("content-type", "a/b"),)),
    ("put_object", "PUT", {"Key": "k", "ACL": "private"}, (("x-amz-acl", "private"),)),
    ("upload_part", "PUT", {"Key": "k", "UploadId": "u", "PartNumber": 3}, ()),
    ("delete_object", "DELETE", {"Key": "k"}, ()),
    ("list_objects_v2", "GET", {"Prefix": "p/", "Delimiter": "/"}, ()),
    ("list_parts", "GET", {"Key": "k", "UploadId": "u"}, ()),
    ("list_multipart_uploads", "GET", {}, ()),
    ("get_object_tagging", "GET", {"Key": "k"}, ()),
    ("get_bucket_location", "GET", {}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "method", "parameters", "headers"), BOTO_LINKS)
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("token", [None, "tok/+="])
def test_a_link_of_botocore_verifies(
    operation: str,
    method: str,
    parameters: dict[str, Any],
    headers: tuple[tuple[str, str], ...],
    style: str,
    token: str | None,
) -> None:
    client = boto_client(style, token)
    url = client.generate_presigned_url(operation, Params={"Bucket": "bucket", **parameters})
    bucket_host = "bucket" if url.startswith("http://bucket.") else ""
    request = as_sent(url, method, *headers)
    assert check(request, bucket_host=bucket_host).token == token
    for changed in (
        replace(request, method="PUT" if method != "PUT" else "GET"),
        replace(request, raw_path=request.raw_path + "/x"),
        replace(request, raw_query=request.raw_query.replace("Signature=", "Signature=A")),
        with_parameters(request, {"Expires": str(LIVES + 1)}),
    ):
        refused = refusal(check, changed, bucket_host=bucket_host)
        assert refused.code == "SignatureDoesNotMatch"
    if bucket_host:
        refused = refusal(check, request, bucket_host="bucketx")
        assert refused.code == "SignatureDoesNotMatch"


keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(keys, st.sampled_from([None, "tok/+="]))
def test_any_key_that_botocore_signs_verifies(key: str, token: str | None) -> None:
    path = uri.encode_path(key)
    theirs = AWSRequest("GET", f"http://localhost:9000/bucket/{path}")
    HmacV1QueryAuth(BotoCredentials(ACCESS_KEY, SECRET, token)).add_auth(theirs)
    check(as_sent(theirs.url, "GET"))


@pytest.mark.parametrize("name", ["Signature", "Expires", "AWSAccessKeyId"])
def test_a_link_without_one_of_its_parameters_is_refused_and_never_nobodys(name: str) -> None:
    found = refusal(read, with_parameters(link(), {name: None}))
    assert (found.status, found.code, found.message) == (
        403,
        "AccessDenied",
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    )
    alone = Request("GET", "/bucket/key", f"{name}=x", Headers([("host", HOST)]))
    assert refusal(read, alone).message == found.message


@pytest.mark.parametrize("name", ["Signature", "Expires", "AWSAccessKeyId"])
def test_a_signing_parameter_given_twice_is_refused(name: str) -> None:
    request = link()
    again = replace(request, raw_query=f"{request.raw_query}&{name}=1")
    assert refusal(read, again).code == "AccessDenied"


def test_a_link_ends_at_its_second_and_says_so_without_a_lifetime() -> None:
    check(link(), LIVES * SECOND - 1)
    found = refusal(read, link(), LIVES * SECOND)
    assert (found.status, found.code, found.message) == (403, "AccessDenied", "Request has expired")
    assert found.detail == (
        ("Expires", "2026-11-24T13:00:00Z"),
        ("ServerTime", "2026-11-24T13:00:00Z"),
    )


def test_a_link_forged_and_expired_says_expired() -> None:
    forged = with_parameters(link(), {"Signature": "x", "AWSAccessKeyId": "nobody"})
    assert refusal(read, forged, LIVES * SECOND).message == "Request has expired"


def test_a_link_for_more_than_a_week_is_refused() -> None:
    longest = NOON // SECOND + WEEK + 15 * MINUTE  # the signer's clock may be 15 minutes ahead
    check(link(expires=str(longest)))
    found = refusal(read, link(expires=str(longest + 1)))
    assert (found.status, found.code) == (403, "AccessDenied")
    assert "week" in found.message
    assert refusal(read, link(expires="9" * 12)).message == found.message


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "+1795525200", " 1795525200", "1795525200 ", "1_795_525_200", "1.7e9",
             "1795525200.0", "0x1", "１７９５５２５２００", "9" * 13, "2026-11-24T13:00:00Z"]
)  # fmt: skip
def test_an_odd_end_is_refused(text: str) -> None:
    found = refusal(read, link(expires=text))
    assert (found.status, found.code, found.message) == (
        403,
        "AccessDenied",
        f"Invalid date (should be seconds since epoch): {text}",
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_link_is_for_the_methods_that_links_have(method: str) -> None:
    check(link(method))


@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS", "get"])
def test_and_for_no_others(method: str) -> None:
    found = refusal(read, link(method))
    assert (found.status, found.code, found.message) == (400, "InvalidRequest", NOT_SUPPORTED)


def test_a_setting_switches_sigv2_off_and_says_what_to_do() -> None:
    found = refusal(read, link(), sigv2=False)
    assert (found.status, found.code, found.message) == (400, "InvalidRequest", NOT_SUPPORTED)
    assert found.detail == (("Hint", "set signature_version = s3v4"),)
    partly = with_parameters(link(), {"Signature": None})
    assert refusal(read, partly, sigv2=False).code == "InvalidRequest"


def test_every_parameter_that_chooses_an_operation_is_signed() -> None:
    assert SUBRESOURCES <= sigv2.SIGNED_PARAMETERS


@pytest.mark.parametrize("spell", ["&{0}", "&{0}=", "&{0}=1", "&%{1:02x}{2}"])
def test_the_holder_of_a_link_cannot_add_one(spell: str) -> None:
    request = link()
    for name in sorted(SUBRESOURCES | {"partNumber", "response-expires"}):
        added = spell.format(name, ord(name[0]), name[1:])
        changed = replace(request, raw_query=request.raw_query + added)
        assert refusal(check, changed).code == "SignatureDoesNotMatch", added


@pytest.mark.parametrize("query", [(("prefix", "p"),), (("x-id", "GetObject"),), (("foo", ""),)])
def test_parameters_that_choose_nothing_are_not_signed(query: Any) -> None:
    check(link(query=query))


def test_a_parameter_without_a_value_is_signed_with_or_without_its_sign() -> None:
    for text in ("/bucket/key?acl", "/bucket/key?acl="):
        check(link(query=(("acl", ""),), text=text))
    refused = refusal(check, link(query=(("acl", ""),), text="/bucket/key"))
    assert refused.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("text", ["/bucket", "/bucket/"])
def test_a_bucket_is_signed_with_or_without_a_slash(text: str) -> None:
    check(link(raw_path="/bucket", text=text))


def test_a_bucket_with_a_slash_is_not_the_bucket_of_a_key() -> None:
    refused = refusal(check, link(raw_path="/bucket/key", text="/bucket/key/"))
    assert refused.code == "SignatureDoesNotMatch"


def test_a_key_verifies_however_it_was_escaped_on_the_way() -> None:
    check(link(raw_path="/b/a%3Db"))
    check(link(raw_path="/b/a=b"))
    check(link(raw_path="/b/a=b", text="/b/a%3Db"))


def test_a_content_hash_and_a_token_are_what_was_signed() -> None:
    lines = "x-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-security-token:t\n"
    query = (("x-amz-security-token", "t"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))
    claim = check(link(query=query, text=f"{lines}/bucket/key"))
    assert (claim.token, claim.payload) == ("t", "UNSIGNED-PAYLOAD")
    wrong = link(query=(("x-amz-content-sha256", "x"),))
    assert refusal(read, wrong).code == "InvalidArgument"


def test_a_claim_says_what_sigv2_tells_and_no_more() -> None:
    claim = read(link())
    assert (claim.region, claim.signed_at_us, claim.expires_in) == ("", None, None)
    assert claim.expires_at_us == LIVES * SECOND
    assert claim.signature not in repr(claim)


@pytest.mark.parametrize("signature", ["", "é" * 28, "A" * 28, "\U0001f525"])
def test_any_text_for_a_signature_is_a_mismatch_and_no_crash(signature: str) -> None:
    request = with_parameters(link(), {"Signature": signature})
    assert refusal(check, request).code == "SignatureDoesNotMatch"


def test_an_id_no_key_can_have_is_refused() -> None:
    request = with_parameters(link(), {"AWSAccessKeyId": "a b"})
    assert refusal(read, request).code == "InvalidAccessKeyId"
