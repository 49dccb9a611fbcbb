"""Presigner: botocore's URLs byte for byte, nothing that no URL should hold, and no secret told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.auth
import botocore.crt.auth
import botocore.session
import pytest
from botocore.config import Config
from hypothesis import example, given, settings
from hypothesis import strategies as st

import narthex
from narthex import Presigner
from narthex.http import Headers, Request
from narthex.presigner import REMEMBERED, RESERVED
from narthex.pure.claim import parse_timestamp
from tests.pure.botocore_clock import botocore_at
from tests.pure.refusing import refusal
from tests.pure.signing import (
    ACCESS_KEY,
    EMPTY,
    NOON,
    SECOND,
    SECRET,
    STAMP,
    check,
    vectors,
)

NOON_S = NOON // SECOND
REGIONS = [
    None,
    "us-east-1",
    "us-east-2",
    "eu-central-1",
    "local-1",
    "aws-global",
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
]
ENDPOINTS = [
    None,
    "http://localhost:9000",
    "http://localhost:80",
    "https://files.example.com",
    "https://files.example.com:443/",
    "https://files.example.com:8443/s3/v1/",
    "http://Files.Example.com/base",
    "http://127.0.0.1:9000",
    "http://[::1]:9000",
]
STYLES = ["auto", "path", "virtual"]
BUCKETS = ["bucketofbigsecrets", "a.b", "my.bucket.name", "Bucket", "ab", "b_c", "a" * 63, "a" * 64]
BUCKETS += ["1.2.3.4", "a..b", "-abc", "abc-", "a.-b"]


@pytest.fixture(scope="module", autouse=True)
def noon() -> Iterator[None]:
    with botocore_at(NOON):
        yield


@cache
def session(token: str | None) -> Any:
    """A session of botocore; it keeps the models it read."""
    found = botocore.session.Session()
    found.set_credentials(ACCESS_KEY, SECRET, token)
    return found


@cache
def botocore_client(region: str | None, endpoint: str | None, style: str, token: str | None) -> Any:
    """A botocore client that makes SigV4 links."""
    config = Config(signature_version="s3v4", s3={"addressing_style": style})
    return session(token).create_client(
        "s3", region_name=region, endpoint_url=endpoint, config=config
    )


def presigner(
    region: str | None = "us-east-2",
    endpoint: str | None = None,
    style: Any = "auto",
    token: str | None = None,
    now: float = NOON_S,
) -> Presigner:
    """The same of ours."""
    return Presigner(ACCESS_KEY, SECRET, region, endpoint, token, style, clock=lambda: now)


def is_botocores_mistake(endpoint: str | None, style: str, bucket: str) -> bool:
    """A bucket with dots in front of an IP address: no such host can be reached."""
    return "." in bucket and style == "virtual" and endpoint in (ENDPOINTS[-2], ENDPOINTS[-1])


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("style", STYLES)
def test_on_aws_every_bucket_is_where_botocore_says(region: str | None, style: str) -> None:
    theirs, ours = botocore_client(region, None, style, None), presigner(region, None, style)
    for bucket in BUCKETS:
        expected = theirs.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a//b c"})
        assert ours.url("GET", bucket, "a//b c") == expected


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("region", "style"),
    [(None, "auto"), ("local-1", "path"), ("us-east-1", "virtual"), ("aws-global", "virtual")],
)
def test_elsewhere_every_bucket_is_where_botocore_says(
    region: str | None, endpoint: str | None, style: str
) -> None:
    theirs, ours = (
        botocore_client(region, endpoint, style, None),
        presigner(region, endpoint, style),
    )
    for bucket in BUCKETS:
        if is_botocores_mistake(endpoint, style, bucket):
            continue
        expected = theirs.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "/../%2F"})
        assert ours.url("GET", bucket, "/../%2F") == expected


keys = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.text("ab/.%+ ~'()*é☃\U0001f525?#&=;:@\\\0\n", min_size=1, max_size=12),
)
values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


# region, endpoint, style, token: botocore is slow to make a client, so they are few
SIGNERS: list[tuple[str | None, str | None, str, str | None]] = [
    (None, None, "auto", None),
    ("us-east-2", None, "auto", None),
    ("us-east-2", None, "virtual", "tok/+="),
    ("cn-north-1", None, "path", "FwoGZXIvYXdzE" * 40),
    ("us-east-1", "http://localhost:9000", "auto", None),
    ("local-1", "http://localhost:80", "virtual", "tok/+="),
    ("eu-central-1", "https://files.example.com:8443/s3/v1/", "auto", "tok/+="),
    ("aws-global", "http://127.0.0.1:9000", "path", None),
]


@settings(deadline=None)  # the first of each kind makes a client, which takes long
@given(
    st.sampled_from(SIGNERS),
    st.sampled_from(["bucketofbigsecrets", "a.b", "Bucket"]),
    keys,
    st.sampled_from([1, 900, 3600, 604800]),
)
@example(SIGNERS[1], "b-c", "a" * 1024, 3600)
@example(SIGNERS[1], "b-c", "//a/../b/./%2F+ é.txt", 3600)
def test_a_url_is_botocores_byte_for_byte(
    signer: tuple[str | None, str | None, str, str | None], bucket: str, key: str, expires_in: int
) -> None:
    expected = botocore_client(*signer).generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=expires_in
    )
    ours = presigner(*signer)
    assert ours.url("GET", bucket, key, expires_in=expires_in) == expected
    assert list(ours.urls("GET", bucket, [key, key], expires_in)) == [expected, expected]


def test_a_url_that_botocore_lets_awscrt_sign_has_the_same_parts_and_signature() -> None:
    """Only the order of two parameters is theirs, which no signature covers."""
    client = botocore_client("us-east-2", None, "auto", None)
    with pytest.MonkeyPatch.context() as patch:
        theirs = botocore.crt.auth.CrtS3SigV4QueryAuth
        patch.setitem(botocore.auth.AUTH_TYPE_MAPS, "s3v4-query", theirs)
        expected = client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "a b"})
    found = presigner().url("GET", "bucket", "a b")
    assert sorted(found.split("&")) == sorted(expected.split("&"))


# operation, method, botocore's parameters, what is added to the query, what is signed as headers
OPERATIONS: list[tuple[str, str, dict[str, Any], dict[str, str], dict[str, str]]] = [
    ("head_object", "HEAD", {}, {}, {}),
    ("delete_object", "DELETE", {}, {}, {}),
    ("put_object", "PUT", {}, {}, {}),
    ("get_object", "GET", {"VersionId": "v/+1"}, {"versionId": "v/+1"}, {}),
    ("get_object", "GET", {"PartNumber": 2}, {"partNumber": "2"}, {}),
    ("get_object", "GET", {"Range": "bytes=0-9"}, {}, {"range": "bytes=0-9"}),
    (
        "get_object",
        "GET",
        {"ResponseContentDisposition": 'attachment; filename="ü (1)\'*.txt"', "VersionId": "v"},
        {
            "response-content-disposition": 'attachment; filename="ü (1)\'*.txt"',
            "versionId": "v",
        },
        {},
    ),
    (
        "upload_part",
        "PUT",
        {"UploadId": "u=", "PartNumber": 7},
        {"partNumber": "7", "uploadId": "u="},
        {},
    ),
    (
        "put_object",
        "PUT",
        {
            "ContentType": "text/plain;  charset=utf-8 ",
            "ACL": "private",
            "Metadata": {"Name": "a  b"},
            "StorageClass": "STANDARD_IA",
            "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        },
        {},
        {
            "content-type": "text/plain;  charset=utf-8 ",
            "x-amz-acl": "private",
            "x-amz-meta-name": "a  b",
            "x-amz-storage-class": "STANDARD_IA",
            "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        },
    ),
]


@pytest.mark.parametrize(("operation", "method", "parameters", "query", "headers"), OPERATIONS)
@pytest.mark.parametrize("token", [None, "tok/+="])
@pytest.mark.parametrize("endpoint", [None, "http://localhost:9000"])
def test_parameters_and_headers_are_signed_as_botocore_signs_them(
    operation: str,
    method: str,
    parameters: dict[str, Any],
    query: dict[str, str],
    headers: dict[str, str],
    token: str | None,
    endpoint: str | None,
) -> None:
    theirs = botocore_client("us-east-2", endpoint, "auto", token)
    expected = theirs.generate_presigned_url(
        operation, {"Bucket": "bucket", "Key": "k", **parameters}
    )
    raw = urlsplit(expected).query.partition("X-Amz-Algorithm")[0]
    in_their_order = sorted(query, key=raw.index)  # botocore's is that of its model
    pairs = [(name, query[name]) for name in in_their_order]
    ours = presigner("us-east-2", endpoint, "auto", token)
    found = ours.url(method, "bucket", "k", query=pairs, headers=list(headers.items()))
    assert found == expected


@given(keys, st.lists(st.tuples(values, values), max_size=3), st.lists(values, max_size=2))
def test_what_is_signed_here_verifies_here(
    key: str, query: list[tuple[str, str]], metadata: list[str]
) -> None:
    query = [(f"q{name}", value) for name, value in query]
    headers = [
        (f"x-amz-meta-{number}", value)
        for number, value in enumerate(metadata)
        if value.isprintable()
    ]
    url = presigner(endpoint="http://localhost:9000").url("PUT", "bucket", key, 60, query, headers)
    parts = urlsplit(url)
    sent = [(name, value.encode().decode("latin-1")) for name, value in headers]
    request = Request("PUT", parts.path, parts.query, Headers([("host", parts.netloc), *sent]))
    assert check(request, NOON, regions=()).expires_in == 60
    assert unquote(parts.path) == f"/bucket/{key}"
    other = replace(request, raw_path=request.raw_path + "x")
    assert refusal(check, other, NOON, regions=()).code == "SignatureDoesNotMatch"


def test_the_published_urls_come_out() -> None:
    for case in vectors("presigned")["cases"]:
        at = (parse_timestamp(case["timestamp"]) or 0) // SECOND
        host = case["headers"][0][1]
        virtual = host.startswith("examplebucket.")
        endpoint = None if virtual else f"http://{host}"
        token = "tok/+=" if "V8" in case["name"] else None
        signer = Presigner(
            "ASIAIOSFODNN7EXAMPLE" if token else ACCESS_KEY,
            SECRET,
            "us-east-1",
            endpoint,
            token,
            clock=partial(float, at),
        )
        path = unquote(case["raw_path"])
        key = path[1:] if virtual else path.removeprefix("/b/")
        extra = (
            [
                ("response-content-disposition", 'attachment; filename="x y.txt"'),
                ("versionId", "v1"),
            ]
            if token
            else []
        )
        url = signer.url(
            case["method"],
            "examplebucket" if virtual else "b",
            key,
            86400 if "V1" in case["name"] else 3600,
            extra,
            [(name, value) for name, value in case["headers"] if name != "host"],
        )
        assert url.endswith(f"&X-Amz-Signature={case['signature']}"), case["name"]


def test_a_hash_of_the_body_is_signed_in_its_place() -> None:
    url = presigner(endpoint="http://h").url(
        "PUT", "bucket", "k", headers=[("x-amz-content-sha256", EMPTY)]
    )
    parts = urlsplit(url)
    headers = [("host", "h"), ("x-amz-content-sha256", EMPTY)]
    claim = check(Request("PUT", parts.path, parts.query, Headers(headers)), NOON, regions=())
    assert claim.payload == EMPTY


def test_urls_are_made_as_they_are_asked_for_and_dated_at_the_call() -> None:
    now = [NOON_S]
    signer = Presigner(ACCESS_KEY, SECRET, "us-east-2", clock=lambda: now[0])
    asked: list[str] = []

    def names() -> Iterator[str]:
        for number in range(3):
            asked.append(str(number))
            yield str(number)

    urls = signer.urls("GET", "bucket", names())
    assert asked == []
    now[0] += 5
    assert next(urls) == presigner().url("GET", "bucket", "0")
    assert asked == ["0"]
    assert STAMP in next(urls)
    assert "20261124T120005Z" in signer.url("GET", "bucket", "k")


def test_the_date_follows_the_clock_within_and_over_seconds_and_midnight() -> None:
    now = [NOON_S + 0.999]
    signer = Presigner(ACCESS_KEY, SECRET, "us-east-2", clock=lambda: now[0])
    assert "X-Amz-Date=20261124T120000Z" in signer.url("GET", "bucket", "k")
    now[0] = NOON_S + 1.0
    assert "X-Amz-Date=20261124T120001Z" in signer.url("GET", "bucket", "k")
    now[0] = NOON_S + 12 * 3600
    url = signer.url("GET", "bucket", "k")
    assert "%2F20261125%2F" in url
    assert url == presigner(now=NOON_S + 12 * 3600).url("GET", "bucket", "k")
    now[0] = NOON_S  # a clock that was set back
    assert signer.url("GET", "bucket", "k") == presigner().url("GET", "bucket", "k")


def test_without_a_clock_it_is_now() -> None:
    import time

    before = time.gmtime(int(time.time()))
    url = Presigner(ACCESS_KEY, SECRET, "us-east-2").url("GET", "bucket", "k")
    stamp = url.partition("X-Amz-Date=")[2][:16]
    after = time.gmtime(int(time.time()))
    form = "%Y%m%dT%H%M%SZ"
    assert time.strftime(form, before) <= stamp <= time.strftime(form, after)


@pytest.mark.parametrize("expires_in", [0, -1, 604801, 10**9, True, 3600.0, "3600", None])
def test_a_lifetime_no_server_takes_is_refused(expires_in: Any) -> None:
    signer = presigner()
    with pytest.raises(ValueError, match="expires_in"):
        signer.url("GET", "bucket", "k", expires_in=expires_in)
    with pytest.raises(ValueError, match="expires_in"):
        signer.urls("GET", "bucket", [], expires_in=expires_in)


@pytest.mark.parametrize("method", ["", "get", "PATCH", "GET\n", "GET /"])
def test_a_method_no_object_has_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="not `"):
        presigner().url(method, "bucket", "k")


def test_an_empty_key_is_refused_when_its_turn_comes() -> None:
    with pytest.raises(ValueError, match="key"):
        presigner().url("GET", "bucket", "")
    urls = presigner().urls("GET", "bucket", ["a", "", "b"])
    assert next(urls)
    with pytest.raises(ValueError, match="key"):
        next(urls)


def test_a_key_that_is_no_text_in_utf_8_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        presigner().url("GET", "bucket", "\udc80")


@pytest.mark.parametrize(
    "bucket",
    [
        "",
        "a/b",
        "a b",
        "a\n",
        "é",
        "a" * 256,
        "b?x",
        "b#",
        "b@h",
        "b:1",
        "arn:aws:s3:::b",
        "b--x-s3",
    ],
)
def test_a_name_no_bucket_has_is_refused(bucket: str) -> None:
    with pytest.raises(ValueError, match="bucket"):
        presigner().url("GET", bucket, "k")


@pytest.mark.parametrize(
    "headers",
    [
        [("x-amz-meta-a", "b\r\nx-evil: 1")],
        [("x-amz-meta-a", "b\n")],
        [("x-amz-meta-a", "b\0")],
        [("x-amz-meta-a", "b\x7f")],
        [("x-amz-meta-a", "b\x85")],
        [("x a", "b")],
        [("x:a", "b")],
        [("x\r\na", "b")],
        [("", "b")],
        [("é", "b")],
        [("x;y", "b")],
        [("host", "evil.example")],
        [("Host", "evil.example")],
        [("user-agent", "x")],
        [("Transfer-Encoding", "chunked")],
    ],
)
def test_a_header_that_could_not_be_sent_as_signed_is_refused(headers: Any) -> None:
    with pytest.raises(ValueError, match="header"):
        presigner().url("PUT", "bucket", "k", headers=headers)


@pytest.mark.parametrize("name", ["", *sorted(RESERVED), "X-Amz-Signature", "X-AMZ-EXPIRES"])
def test_a_parameter_that_signing_adds_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="parameter"):
        presigner().url("GET", "bucket", "k", query=[(name, "1")])


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "localhost:9000",
        "ftp://h",
        "HTTP://h",
        "http://",
        "http:///path",
        "http://h:port",
        "http://h:",
        "http://h:65536",
        "http://h:-1",
        "http://h:１",
        "http://user:secret@h",
        "http://h?x=1",
        "http://h/#f",
        "http://h/a b",
        "http://h/a%20b",
        "http://h/é",
        "http://h/a//b",
        "http://h/../b",
        "http://h\r\nx",
        "http://h h",
        "http://-h",
        "http://h..x",
        "http://[::1",
        "http://[::1]x",
        "http://[1]",
        "http://[::g]",
        "http://é",
    ],
)
def test_an_endpoint_that_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="Invalid endpoint"):
        presigner(endpoint=endpoint)


@pytest.mark.parametrize("region", ["", "EU West", "a/b", "a\n", "é", "-a", "a-", "a" * 64, "a.b"])
def test_a_region_that_is_no_name_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="region"):
        presigner(region=region)


@pytest.mark.parametrize("style", ["", "Path", "host", None])
def test_another_addressing_style_is_refused(style: Any) -> None:
    with pytest.raises(ValueError, match="addressing_style"):
        presigner(style=style)


@pytest.mark.parametrize(("access_key", "secret"), [("", SECRET), (ACCESS_KEY, "")])
def test_a_key_without_id_or_secret_is_refused(access_key: str, secret: str) -> None:
    with pytest.raises(ValueError, match="a key has"):
        Presigner(access_key, secret)


def test_its_repr_and_its_refusals_show_no_secret() -> None:
    signer = presigner(token="a-session-token")
    assert repr(signer) == f"Presigner('{ACCESS_KEY}')"
    with pytest.raises(ValueError, match="expires_in") as caught:
        signer.url("GET", "bucket", "k", expires_in=0)
    assert SECRET not in str(caught.value)


def test_lists_and_tuples_and_pairs_of_any_kind_are_taken() -> None:
    one = presigner().url("GET", "bucket", "k", query=[["versionId", "v"]])  # type: ignore[list-item]
    assert one == presigner().url("GET", "bucket", "k", query=(("versionId", "v"),))


def test_what_is_remembered_is_bounded() -> None:
    signer = presigner()
    for number in range(2 * REMEMBERED + 1):
        signer.url("GET", f"bucket-{number}", "k")
    assert len(signer._ways) <= REMEMBERED


def test_importing_narthex_imports_nothing_and_the_signer_little() -> None:
    heavy = {"dataclasses", "typing", "inspect", "re", "urllib", "datetime", "email", "json"}
    code = (
        "import sys, narthex; assert 'narthex.presigner' not in sys.modules; "
        "narthex.Presigner; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy.isdisjoint(done.stdout.split())


def test_the_package_has_what_it_says_and_nothing_else() -> None:
    for name in narthex.__all__:
        assert getattr(narthex, name)
    with pytest.raises(AttributeError, match="no attribute 'Presign'"):
        narthex.Presign  # noqa: B018
