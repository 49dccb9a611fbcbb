"""Bodies prove themselves while they are read: by length, hash, chunks and trailers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest

from narthex.errors import S3Error
from narthex.http import Headers, Request
from narthex.model import Checksum
from narthex.pure.sigv4 import sha256_hex
from narthex.s3.body import CheckedBody, body_of, checked_body
from tests.pure.chunking import (
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    in_bytes,
    put,
    signed_body,
    unsigned_body,
)
from tests.pure.refusing import refusal
from tests.pure.signing import HOST, SECRET, Link, read, signed, with_headers

CONTENT = b"Welcome to Amazon S3."
LENGTH = ("content-length", str(len(CONTENT)))
CRC = "x-amz-checksum-crc32c"
TRAILERS = ((CRC, "sOO8/Q=="),)
LONG = b"a" * 8192


class Pieces:
    """A body that comes in these pieces, and counts how many were asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.asked = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.asked += 1
            yield piece


def body(request: Request, *pieces: bytes) -> CheckedBody:
    """The checked body of a signed request that is followed by these bytes."""
    return checked_body(request.with_body(Pieces(pieces)), read(request), SECRET)


def plain(payload: str, *headers: tuple[str, str]) -> Request:
    """A signed PUT of a plain body."""
    return with_headers(signed("PUT", payload=payload), *headers)


async def content(checked: CheckedBody) -> bytes:
    return b"".join([chunk async for chunk in checked])


async def refused(checked: CheckedBody) -> S3Error:
    """What reading to the end is refused with."""
    with pytest.raises(S3Error) as caught:
        await content(checked)
    return caught.value


async def test_a_body_with_the_hash_that_was_signed_is_read() -> None:
    checked = body(plain(sha256_hex(CONTENT), LENGTH), CONTENT[:5], CONTENT[5:])
    assert (checked.length, checked.streaming) == (len(CONTENT), False)
    assert (checked.trailer_algorithm, checked.trailing_checksum()) == (None, None)
    assert await content(checked) == CONTENT
    assert checked.trailing_checksum() is None


async def test_a_hash_may_be_written_in_capitals() -> None:
    assert await content(body(plain(sha256_hex(CONTENT).upper(), LENGTH), CONTENT)) == CONTENT


async def test_a_body_with_one_byte_changed_is_refused_at_its_end() -> None:
    changed = CONTENT[:-1] + b"!"
    found = await refused(body(plain(sha256_hex(CONTENT), LENGTH), changed))
    assert (found.status, found.code) == (400, "XAmzContentSHA256Mismatch")
    assert found.message == (
        "The provided 'x-amz-content-sha256' header does not match what was computed."
    )
    assert found.detail == (
        ("ClientComputedContentSHA256", sha256_hex(CONTENT)),
        ("S3ComputedContentSHA256", sha256_hex(changed)),
    )


async def test_a_link_that_signs_a_hash_takes_that_body_only() -> None:
    digest = sha256_hex(CONTENT)
    headers = (("host", HOST), ("x-amz-content-sha256", digest))
    link = Link(method="PUT", headers=headers, names="host;x-amz-content-sha256", payload=digest)
    assert await content(body(with_headers(link.request(), LENGTH), CONTENT)) == CONTENT
    found = await refused(body(with_headers(link.request(), LENGTH), CONTENT[::-1]))
    assert found.code == "XAmzContentSHA256Mismatch"


async def test_a_link_that_signs_none_takes_any() -> None:
    request = with_headers(Link(method="PUT").request(), LENGTH)
    assert await content(body(request, CONTENT[::-1])) == CONTENT[::-1]
    ignored = with_headers(request, ("x-amz-content-sha256", "0" * 64))
    assert await content(body(ignored, CONTENT)) == CONTENT


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", sha256_hex(CONTENT)])
@pytest.mark.parametrize("pieces", [(CONTENT[:-1],), (), (CONTENT, b"x"), (CONTENT + b"x",)])
async def test_a_body_of_another_length_than_was_said_is_refused(
    payload: str, pieces: tuple[bytes, ...]
) -> None:
    found = await refused(body(plain(payload, LENGTH), *pieces))
    assert (found.status, found.code) == (400, "IncompleteBody")
    assert found.message == (
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )


async def test_a_body_that_runs_on_is_refused_before_it_is_read_to_its_end() -> None:
    request = plain("UNSIGNED-PAYLOAD", LENGTH)
    source = Pieces([b"x" * 1000] * 1000)
    checked = checked_body(request.with_body(source), read(request), SECRET)
    assert (await refused(checked)).code == "IncompleteBody"
    assert source.asked == 1


async def test_nothing_is_read_until_it_is_asked_for() -> None:
    source = Pieces([CONTENT])
    request = plain("UNSIGNED-PAYLOAD", LENGTH)
    checked_body(request.with_body(source), read(request), SECRET)
    assert source.asked == 0


@pytest.mark.parametrize("value", ["", "x", "-1", "+1", "1.0", " 1", "1 ", "0x1", "²", "9" * 17])
def test_an_odd_length_is_refused(value: str) -> None:
    found = refusal(body, plain("UNSIGNED-PAYLOAD", ("content-length", value)))
    assert (found.status, found.code) == (400, "InvalidArgument")
    found = refusal(body, put(UNSIGNED_TRAILER, 0, None, ("content-length", value)))
    assert found.code == "InvalidArgument"


def test_two_lengths_are_refused_unless_they_agree() -> None:
    same = plain("UNSIGNED-PAYLOAD", LENGTH, LENGTH)
    assert body(same).length == len(CONTENT)
    assert refusal(body, with_headers(same, ("content-length", "1"))).code == "InvalidArgument"


def test_without_a_length_there_is_none() -> None:
    assert body(plain("UNSIGNED-PAYLOAD")).length is None


@pytest.mark.parametrize("split", [lambda wire: [wire], in_bytes], ids=["whole", "bytes"])
@pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
async def test_every_kind_of_chunks_is_read(kind: str, split: object) -> None:
    assert callable(split)
    data = LONG + CONTENT
    trailer = None if kind == SIGNED else CRC
    request = put(kind, len(data), trailer)
    wire = (
        unsigned_body([LONG, CONTENT], TRAILERS)
        if kind == UNSIGNED_TRAILER
        else signed_body([LONG, CONTENT], read(request), TRAILERS if trailer else None)
    )
    request = with_headers(request, ("content-length", str(len(wire))))
    checked = body(request, *split(wire))
    assert (checked.length, checked.streaming) == (len(data), True)
    assert checked.trailer_algorithm == (None if trailer is None else "CRC32C")
    assert await content(checked) == data
    expected = None if trailer is None else Checksum("CRC32C", "sOO8/Q==")
    assert checked.trailing_checksum() == expected
    for shorter in (wire[:-1], wire[: len(wire) // 2]):
        assert (await refused(body(request, shorter))).code == "IncompleteBody"


async def test_chunks_over_http_chunks_have_no_length_on_the_wire() -> None:
    wire = unsigned_body([CONTENT], TRAILERS)
    request = put(UNSIGNED_TRAILER, len(CONTENT), CRC)
    assert await content(body(request, wire[:9], wire[9:])) == CONTENT
    assert (await refused(body(request, wire[:-1]))).status == 400


async def test_a_signed_chunk_of_another_key_is_refused() -> None:
    request = put(SIGNED, len(CONTENT))
    wire = signed_body([CONTENT], read(request), secret="another")
    assert (await refused(body(request, wire))).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("lie", [-1, 1])
async def test_a_decoded_length_that_lies_is_refused(lie: int) -> None:
    wire = unsigned_body([CONTENT])
    checked = body(put(UNSIGNED_TRAILER, len(CONTENT) + lie), wire)
    assert (await refused(checked)).code == "IncompleteBody"


def test_chunks_that_cannot_hold_their_content_are_refused_unread() -> None:
    request = put(UNSIGNED_TRAILER, 100, None, ("content-length", "99"))
    assert refusal(body, request).code == "IncompleteBody"


def test_chunks_without_a_decoded_length_are_refused() -> None:
    request = signed("PUT", payload=UNSIGNED_TRAILER)
    found = refusal(body, request)
    assert (found.status, found.code) == (411, "MissingContentLength")
    assert found.message == "You must provide the Content-Length HTTP header."


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD"])
@pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_chunks_are_for_what_is_put(method: str, kind: str) -> None:
    sent = (("host", HOST), ("x-amz-decoded-content-length", "0"), ("x-amz-trailer", CRC))
    assert refusal(body, signed(method, headers=sent, payload=kind)).code == "InvalidRequest"


@pytest.mark.parametrize("name", ["", "x-amz-meta-a", "x-amz-checksum-md5", f"{CRC},{CRC}", "etag"])
def test_a_trailer_that_is_no_checksum_is_refused_unread(name: str) -> None:
    found = refusal(body, put(UNSIGNED_TRAILER, 0, name))
    assert (found.status, found.code, found.message) == (
        400,
        "InvalidRequest",
        "The value specified in the x-amz-trailer header is not supported",
    )


@pytest.mark.parametrize("name", [CRC.upper(), f" {CRC} "])
def test_a_trailer_may_be_announced_in_capitals(name: str) -> None:
    assert body(put(UNSIGNED_TRAILER, 0, name)).trailer_algorithm == "CRC32C"


def test_a_checksum_in_front_and_one_behind_are_one_too_many() -> None:
    request = put(UNSIGNED_TRAILER, 0, CRC, ("x-amz-checksum-sha256", "x"))
    assert refusal(body, request).code == "InvalidRequest"


def test_signed_trailers_must_be_announced() -> None:
    assert refusal(body, put(SIGNED_TRAILER, 0)).code == "InvalidRequest"


async def test_a_trailing_checksum_that_is_none_is_refused() -> None:
    checked = body(put(UNSIGNED_TRAILER, 0, CRC), unsigned_body([], ((CRC, "x"),)))
    assert await content(checked) == b""
    assert refusal(checked.trailing_checksum).code == "InvalidRequest"


async def test_nobodys_body_is_checked_too() -> None:
    def nobodys(*headers: tuple[str, str], pieces: tuple[bytes, ...] = (CONTENT,)) -> CheckedBody:
        request = Request("PUT", "/b/k", "", Headers([("host", HOST), *headers]))
        return checked_body(request.with_body(Pieces(pieces)), None, "")

    assert await content(nobodys(LENGTH)) == CONTENT
    digest = ("x-amz-content-sha256", sha256_hex(CONTENT))
    assert await content(nobodys(LENGTH, digest)) == CONTENT
    changed = nobodys(LENGTH, digest, pieces=(CONTENT[::-1],))
    assert (await refused(changed)).code == "XAmzContentSHA256Mismatch"
    length = ("x-amz-decoded-content-length", str(len(CONTENT)))
    unsigned = ("x-amz-content-sha256", UNSIGNED_TRAILER)
    assert await content(nobodys(unsigned, length, pieces=(unsigned_body([CONTENT]),))) == CONTENT
    for kind in (SIGNED, SIGNED_TRAILER):
        refused_kind = refusal(nobodys, ("x-amz-content-sha256", kind), length)
        assert refused_kind.code == "InvalidRequest"
    assert refusal(nobodys, ("x-amz-content-sha256", "x")).code == "InvalidArgument"


def test_a_sigv2_link_has_no_key_for_chunks() -> None:
    request = put(SIGNED, 0)
    claim = replace(read(request), version="AWS")
    assert refusal(checked_body, request, claim, SECRET).code == "InvalidRequest"


def test_a_body_that_nobody_checked_is_a_bug() -> None:
    with pytest.raises(TypeError, match="never checked"):
        body_of(Request("PUT", "/b/k", "", Headers()))
    request = plain("UNSIGNED-PAYLOAD")
    assert body_of(request.with_body(body(request))).length is None
