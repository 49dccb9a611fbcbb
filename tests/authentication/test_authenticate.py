"""The whole way in: no request gets past its signature; a refused body leaves nothing behind."""

from __future__ import annotations

import base64
import hmac
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from narthex import Presigner
from narthex.http import Headers, Request
from narthex.pure import sigv4
from narthex.s3.handle import handle
from tests.driving import HOST, NOON, ROOT, SECOND, Driver, open_driver
from tests.pure import signing
from tests.pure.chunking import (
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    Signer,
    signed_body,
    unsigned_body,
)
from tests.pure.signing import read_any

CONTENT = b"Welcome to Amazon S3."
CRC = "x-amz-checksum-crc32"
FOREIGN = "AKIAI44QH8DHBEXAMPLE"
KINDS = [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]


def presigner(narthex: Driver, access_key: str = ROOT.id, **more: Any) -> Presigner:
    """Signs links to this server with its root key."""
    now = narthex.clock
    return Presigner(
        access_key,
        ROOT.secret,
        "us-east-1",
        f"http://{HOST}",
        clock=lambda: now() / SECOND,
        **more,
    )


def crc32(content: bytes) -> str:
    """The value of a CRC32 header."""
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


def streaming(
    narthex: Driver, path: str, kind: str, content: bytes, checksum: str | None = None
) -> tuple[list[tuple[str, str]], list[bytes]]:
    """Headers and body of a streaming PUT. checksum: of the trailer, by default the right one."""
    trailers = () if kind == SIGNED else ((CRC, checksum or crc32(content)),)
    headers = [
        ("host", HOST),
        ("content-encoding", "aws-chunked,gzip"),
        ("x-amz-decoded-content-length", str(len(content))),
        *(("x-amz-trailer", name) for name, _ in trailers),
    ]
    keys = sigv4.Credentials(ROOT.id, ROOT.secret)
    headers += sigv4.sign_headers(
        "PUT", path, (), tuple(headers), kind, keys, "us-east-1", "s3", narthex.clock()
    )
    claim = read_any(Request("PUT", path, "", Headers(headers)), narthex.clock())
    assert claim is not None
    chunks = [chunk for chunk in (content[:8192], content[8192:]) if chunk]
    wire = (
        unsigned_body(chunks, trailers)
        if kind == UNSIGNED_TRAILER
        else signed_body(chunks, claim, trailers or None)
    )
    return [*headers, ("content-length", str(len(wire)))], [wire]


async def absent(narthex: Driver, path: str) -> bool:
    """Nothing is at this path, and nothing is in the folder of the blobs."""
    folder = narthex.server.settings.blobs_folder
    left = [place for place in folder.rglob("*") if place.is_file()]
    return (await narthex.send("GET", path)).status == 404 and not left


async def test_a_link_works_for_its_method_key_and_time_and_for_nothing_else(
    narthex: Driver, bucket: str
) -> None:
    await narthex.send("PUT", f"/{bucket}/a/b.txt", body=CONTENT)
    await narthex.send("PUT", f"/{bucket}/other", body=b"secret")
    url = presigner(narthex).url("GET", bucket, "a/b.txt", expires_in=60)
    answer = await narthex.url(url)
    assert (answer.status, answer.body) == (200, CONTENT)
    for changed, method in (
        (url, "HEAD"),
        (url, "DELETE"),
        (url.replace("/a/b.txt", "/other"), "GET"),
        (url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"), "GET"),
        (url + "&tagging", "GET"),
        (url + "&response-content-type=text%2Fhtml", "GET"),
    ):
        assert (await narthex.url(changed, method)).status == 403
    narthex.clock.now_us += 60 * SECOND
    late = await narthex.url(url)
    assert (late.status, late.code, late.text("Message")) == (
        403,
        "AccessDenied",
        "Request has expired",
    )
    assert (late.text("X-Amz-Expires"), late.text("Expires"), late.text("ServerTime")) == (
        "60",
        "2026-11-24T12:01:00Z",
        "2026-11-24T12:01:00Z",
    )


async def test_a_link_to_upload_takes_a_body_and_a_content_type_if_it_signs_one(
    narthex: Driver, bucket: str
) -> None:
    url = presigner(narthex).url("PUT", bucket, "k", headers=(("content-type", "text/plain"),))
    for headers in ((), (("content-type", "text/html"),)):
        refused = await narthex.url(url, "PUT", body=CONTENT, headers=headers)
        assert refused.code == "SignatureDoesNotMatch"
    assert await absent(narthex, f"/{bucket}/k")
    sent = (("content-type", "text/plain"),)
    assert (await narthex.url(url, "PUT", body=CONTENT, headers=sent)).status == 200
    got = await narthex.send("GET", f"/{bucket}/k")
    assert (got.body, got.header("content-type")) == (CONTENT, "text/plain")


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])  # fmt: skip  # noqa: E501
async def test_a_link_in_part_is_never_nobodys(narthex: Driver, bucket: str, name: str) -> None:
    url = presigner(narthex).url("GET", bucket, "k")
    head, _, query = url.partition("?")
    kept = [part for part in query.split("&") if not part.startswith(f"X-Amz-{name}=")]
    answer = await narthex.url(f"{head}?{'&'.join(kept)}")
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError")


async def test_a_key_that_is_not_there_is_named_and_a_forged_one_is_not(
    narthex: Driver, bucket: str
) -> None:
    unknown = await narthex.url(presigner(narthex, FOREIGN).url("GET", bucket, "k"))
    assert (unknown.status, unknown.code) == (403, "InvalidAccessKeyId")
    assert unknown.text("AWSAccessKeyId") == FOREIGN
    late = presigner(narthex, FOREIGN).url("GET", bucket, "k", expires_in=1)
    narthex.clock.now_us += SECOND
    answer = await narthex.url(late)
    assert answer.text("Message") == "Request has expired"
    assert FOREIGN.encode() not in answer.body


async def test_a_token_with_a_permanent_key_is_refused(narthex: Driver, bucket: str) -> None:
    answer = await narthex.url(presigner(narthex, session_token="junk").url("GET", bucket, "k"))
    assert (answer.status, answer.code) == (400, "InvalidToken")
    assert b"junk" not in answer.body


async def test_a_bad_signature_does_not_say_whether_a_bucket_exists(
    narthex: Driver, bucket: str
) -> None:
    for name in (bucket, "nosuchbucket"):
        url = presigner(narthex).url("GET", name, "k")
        forged = url[:-1] + ("0" if url[-1] != "0" else "1")
        assert (await narthex.url(forged)).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("method", "target", "query"),
    [
        ("PUT", "/k", ()),
        ("PUT", "/k", (("partNumber", "1"), ("uploadId", "u"))),
        ("PUT", "/k", (("tagging", ""),)),
        ("POST", "/k", (("uploads", ""),)),
        ("POST", "/k", (("uploadId", "u"),)),
        ("POST", "", (("delete", ""),)),
        ("DELETE", "/k", ()),
        ("PUT", "", ()),
        ("DELETE", "", ()),
    ],
)
@pytest.mark.parametrize(
    "kind",
    ["hex", "UNSIGNED-PAYLOAD", *KINDS, "link", "sigv2", "bearer", "credential only", "form"],
)
async def test_every_kind_of_bad_signature_is_refused_at_every_write(
    narthex: Driver, bucket: str, method: str, target: str, query: Any, kind: str
) -> None:
    """The body is not even asked for: it would fail the test."""
    raw_path = f"/{bucket}{target}"
    raw_query = signing.query_text(query)
    sent: list[tuple[str, str]] = [("host", HOST), ("content-length", "5000000000")]
    bad = sigv4.Credentials(ROOT.id, "not the secret")
    if kind == "link":
        extra = signing.Link().parameters() | {"X-Amz-Signature": "0" * 64}
        raw_query = signing.query_text([*query, *extra.items()])
    elif kind == "sigv2":
        extra = {"AWSAccessKeyId": ROOT.id, "Signature": "x", "Expires": str(NOON // SECOND + 60)}
        raw_query = signing.query_text([*query, *extra.items()])
    elif kind == "bearer":
        sent += [("authorization", "Bearer x"), ("x-amz-content-sha256", UNSIGNED_TRAILER)]
    elif kind == "credential only":
        raw_query = signing.query_text([*query, ("X-Amz-Credential", ROOT.id)])
        sent.append(("x-amz-content-sha256", UNSIGNED_TRAILER))
    elif kind == "form":
        sent.append(("content-type", "multipart/form-data; boundary=x"))
    else:
        payload = sigv4.EMPTY_SHA256 if kind == "hex" else kind
        sent.append(("x-amz-decoded-content-length", "5"))
        sent += sigv4.sign_headers(
            method, raw_path, tuple(query), tuple(sent), payload, bad, "us-east-1", "s3", NOON
        )
    answer = await handle(
        Request(method, raw_path, raw_query, Headers(sent), body=Unread()), narthex.server, "0" * 16
    )
    assert answer.status in (400, 403)


class Unread:
    """A body that must not be read."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise AssertionError("a body was read before its signature")


async def test_a_body_is_not_read_for_a_key_that_is_not_there(narthex: Driver, bucket: str) -> None:
    url = presigner(narthex, FOREIGN).url("PUT", bucket, "k")
    _, _, target = url.removeprefix("http://").partition("/")
    raw_path, _, raw_query = f"/{target}".partition("?")
    headers = Headers([("host", HOST), ("content-length", "5000000000")])
    request = Request("PUT", raw_path, raw_query, headers, body=Unread())
    assert (await handle(request, narthex.server, "0" * 16)).status == 403


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 21, 3000, 20000])
async def test_chunks_are_stored_as_content_and_nothing_of_their_framing(
    narthex: Driver, bucket: str, kind: str, size: int
) -> None:
    content = b"a" * size
    headers, body = streaming(narthex, f"/{bucket}/k", kind, content)
    answer = await narthex.raw("PUT", f"/{bucket}/k", "", headers, body)
    assert answer.status == 200, answer.body
    assert answer.header(CRC) == (None if kind == SIGNED else crc32(content))
    got = await narthex.send("GET", f"/{bucket}/k")
    assert (got.body, got.header("content-encoding")) == (content, "gzip")


@pytest.mark.parametrize("kind", [SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize("size", [0, 21, 20000])
async def test_a_wrong_checksum_in_the_trailer_stores_nothing(
    narthex: Driver, bucket: str, kind: str, size: int
) -> None:
    wrong = crc32(b"something else")
    headers, body = streaming(narthex, f"/{bucket}/k", kind, b"a" * size, wrong)
    answer = await narthex.raw("PUT", f"/{bucket}/k", "", headers, body)
    assert (answer.status, answer.code) == (400, "BadDigest")
    assert await absent(narthex, f"/{bucket}/k")


@pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize("chunk", [0, 1, 2])
async def test_a_bad_chunk_stores_nothing_of_the_body(
    narthex: Driver, bucket: str, kind: str, chunk: int
) -> None:
    headers, [wire] = streaming(narthex, f"/{bucket}/k", kind, b"a" * 20000)
    parts = wire.split(b"chunk-signature=")
    flipped = b"1" if parts[chunk + 1][:1] == b"0" else b"0"
    parts[chunk + 1] = flipped + parts[chunk + 1][1:]
    answer = await narthex.raw(
        "PUT", f"/{bucket}/k", "", headers, [b"chunk-signature=".join(parts)]
    )
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert await absent(narthex, f"/{bucket}/k")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_body_cut_in_the_middle_stores_nothing(
    narthex: Driver, bucket: str, kind: str
) -> None:
    headers, [wire] = streaming(narthex, f"/{bucket}/k", kind, b"a" * 20000)
    half = [wire[: len(wire) // 2]]
    answer = await narthex.raw("PUT", f"/{bucket}/k", "", headers, half, cut=True)
    assert (answer.status, answer.code) == (400, "IncompleteBody")
    assert await absent(narthex, f"/{bucket}/k")


async def test_chunks_signed_with_another_secret_than_the_request_store_nothing(
    narthex: Driver, bucket: str
) -> None:
    path = f"/{bucket}/k"
    headers, _ = streaming(narthex, path, SIGNED, CONTENT)
    claim = read_any(Request("PUT", path, "", Headers(headers)), NOON)
    assert claim is not None
    wire = signed_body([CONTENT], claim, secret="another")
    answer = await narthex.raw("PUT", path, "", headers, [wire])
    assert answer.code == "SignatureDoesNotMatch"
    assert Signer(claim).previous == claim.signature
    assert await absent(narthex, path)


@pytest.mark.parametrize(
    ("method", "target", "raw_query"),
    [
        ("PUT", "/k", "tagging"),
        ("POST", "", "delete"),
        ("POST", "/k", "uploadId=u"),
        ("PUT", "", ""),
    ],
)
async def test_chunks_are_for_objects_and_parts_only(
    narthex: Driver, bucket: str, method: str, target: str, raw_query: str
) -> None:
    path = f"/{bucket}{target}" if raw_query else "/another-bucket"
    sent = [("host", HOST), ("x-amz-decoded-content-length", "0"), ("content-length", "5")]
    query = ((raw_query.partition("=")[0], raw_query.partition("=")[2]),) if raw_query else ()
    keys = sigv4.Credentials(ROOT.id, ROOT.secret)
    sent += sigv4.sign_headers(
        method, path, query, tuple(sent), UNSIGNED_TRAILER, keys, "us-east-1", "s3", NOON
    )
    answer = await narthex.raw(method, path, raw_query, sent, [b"0\r\n\r\n"])
    assert (answer.status, answer.code) == (400, "InvalidRequest")


async def test_nobody_with_streaming_headers_is_nobody(narthex: Driver, bucket: str) -> None:
    for kind in ("", UNSIGNED_TRAILER, sigv4.EMPTY_SHA256):
        headers = [("host", HOST), ("x-amz-decoded-content-length", "0"), ("content-length", "0")]
        headers += [("x-amz-content-sha256", kind)] if kind else []
        answer = await narthex.raw("PUT", f"/{bucket}/k", "", headers)
        assert (answer.status, answer.code) == (403, "AccessDenied")


async def test_a_sigv2_link_works_until_a_setting_says_no(tmp_path: Path) -> None:
    expires = NOON // SECOND + 60
    text = f"GET\n\n\n{expires}\n/bucket/k".encode()
    signature = base64.b64encode(hmac.digest(ROOT.secret.encode(), text, "sha1")).decode()
    parameters = {"AWSAccessKeyId": ROOT.id, "Signature": signature, "Expires": str(expires)}
    url = f"http://{HOST}/bucket/k?{signing.query_text(parameters.items())}"
    async for narthex in open_driver(tmp_path / "on"):
        await narthex.send("PUT", "/bucket")
        await narthex.send("PUT", "/bucket/k", body=CONTENT)
        assert (await narthex.url(url)).body == CONTENT
        assert (await narthex.url(url, "HEAD")).status == 403
        assert (await narthex.url(url + "&attributes")).status == 403
        narthex.clock.now_us += 60 * SECOND
        late = await narthex.url(url)
        assert late.text("Message") == "Request has expired"
        assert (late.text("X-Amz-Expires"), late.text("Expires")) == (None, "2026-11-24T12:01:00Z")
    async for narthex in open_driver(tmp_path / "off", sigv2=False):
        answer = await narthex.url(url)
        assert (answer.status, answer.code) == (400, "InvalidRequest")
        assert answer.text("Hint") == "set signature_version = s3v4"


async def test_a_refusal_of_a_signature_never_holds_the_right_one(
    narthex: Driver, bucket: str
) -> None:
    url = presigner(narthex).url("GET", bucket, "k")
    right = url.rpartition("=")[2]
    answer = await narthex.url(url.replace(right, "0" * 64))
    assert answer.code == "SignatureDoesNotMatch"
    assert right.encode() not in answer.body
    assert ROOT.secret.encode() not in answer.body


async def test_what_was_signed_into_a_links_query_acts_as_a_header(
    narthex: Driver, bucket: str
) -> None:
    query = (("x-amz-meta-a", "b"), ("x-amz-tagging", "c=d"))
    url = presigner(narthex).url("PUT", bucket, "k", query=query)
    assert (await narthex.url(url, "PUT", body=CONTENT)).status == 200
    got = await narthex.send("GET", f"/{bucket}/k")
    assert (got.header("x-amz-meta-a"), got.header("x-amz-tagging-count")) == ("b", "1")
    added = await narthex.url(f"{url}&x-amz-meta-e=f", "PUT", body=CONTENT)
    assert added.code == "SignatureDoesNotMatch"
    unsigned = await narthex.url(url, "PUT", body=CONTENT, headers=(("x-amz-meta-e", "f"),))
    assert (unsigned.code, unsigned.text("HeadersNotSigned")) == ("AccessDenied", "x-amz-meta-e")


@pytest.mark.parametrize(
    ("asked", "forwarded"),
    [
        ("files.example.com", "files.example.com"),
        ("files.example.com", "files.example.com:80"),
        ("files.example.com:8443", "files.example.com:8443"),
    ],
)
async def test_a_link_for_the_proxys_name_works_behind_a_trusted_proxy_only(
    tmp_path: Path, asked: str, forwarded: str
) -> None:
    async for narthex in open_driver(tmp_path, trusted_proxies=("192.0.2.7",)):
        await narthex.send("PUT", "/bucket")
        await narthex.send("PUT", "/bucket/k", body=CONTENT)
        signer = Presigner(
            ROOT.id,
            ROOT.secret,
            "us-east-1",
            f"http://{asked}",
            clock=lambda: NOON / SECOND,
            addressing_style="path",
        )
        _, _, target = signer.url("GET", "bucket", "k").removeprefix("http://").partition("/")
        raw_path, _, raw_query = f"/{target}".partition("?")
        headers = [("host", "127.0.0.1:9000"), ("x-forwarded-host", forwarded)]
        assert (await narthex.raw("GET", raw_path, raw_query, headers)).body == CONTENT
        narthex.client = "198.51.100.1"
        refused = await narthex.raw("GET", raw_path, raw_query, headers)
        assert refused.code == "SignatureDoesNotMatch"
