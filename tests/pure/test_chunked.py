"""Aws-chunked bodies: every byte handed out was verified, and every other ending is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.http import Headers, Request
from narthex.pure import chunked
from narthex.pure.chunked import MAX_CHUNK, MAX_LINE, MAX_TAIL, MIN_CHUNK, Chain, Decoder
from tests.pure.chunking import (
    SIGNED,
    SIGNED_TRAILER,
    claim_of,
    cut,
    in_bytes,
    signed_body,
    unsigned_body,
)
from tests.pure.refusing import refusal
from tests.pure.signing import ACCESS_KEY, SECRET, read, vectors
from tests.pure.signing import cases as vector_cases

CRC = "x-amz-checksum-crc32c"
TRAILERS = ((CRC, "sOO8/Q=="),)
FULL = b"a" * MIN_CHUNK


def decode(decoder: Decoder, pieces: list[bytes]) -> bytes:
    """All of the content of a body that comes in these pieces."""
    content = b"".join([part for piece in pieces for part in decoder.feed(piece)])
    decoder.finish()
    return content


def signed(length: int, *, trailing: bool = False) -> Decoder:
    """A decoder of a signed body."""
    kind, trailer = (SIGNED_TRAILER, CRC) if trailing else (SIGNED, None)
    chain = Chain(claim_of(kind, length, trailer), SECRET)
    declared = (CRC,) if trailing else ()
    return Decoder(length, chain=chain, trailing=trailing, declared=declared)


def signed_wire(*chunks: bytes, trailing: bool = False, secret: str = SECRET) -> bytes:
    """The body that `signed` of the same length takes."""
    length = sum(map(len, chunks))
    claim = claim_of(*((SIGNED_TRAILER, length, CRC) if trailing else (SIGNED, length)))
    return signed_body(chunks, claim, TRAILERS if trailing else None, secret)


def unsigned(length: int, *declared: str) -> Decoder:
    """A decoder of an unsigned body."""
    return Decoder(length, chain=None, trailing=True, declared=declared)


def of_vector(case: dict[str, Any]) -> tuple[Decoder, bytes]:
    """The decoder and the body of a published example."""
    example = vectors("chunked")
    size = example["content"]["size"]
    sent = [(name, value) for name, value in case["headers"]]
    sent.append(
        (
            "authorization",
            f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20130524/us-east-1/s3/aws4_request, "
            f"SignedHeaders={case['signed']}, Signature={case['signature']}",
        )
    )
    request = Request(case["method"], case["raw_path"], case["raw_query"], Headers(sent))
    claim = read(request, 1369353600_000_000)
    names = tuple(name for name, _ in case["trailers"])
    decoder = Decoder(size, chain=Chain(claim, SECRET), trailing=bool(names), declared=names)
    wire = b""
    for length, signature in zip([*example["chunks"], 0], case["chunk_signatures"], strict=True):
        data = example["content"]["byte"].encode() * length
        wire += b"%x;chunk-signature=%b\r\n" % (length, signature.encode())
        wire += data + b"\r\n" if data else b""
    for name, value in case["trailers"]:
        wire += (
            f"{name}:{value}\r\nx-amz-trailer-signature:{case['trailer_signature']}\r\n".encode()
        )
    return decoder, wire + b"\r\n"


@pytest.mark.parametrize("case", vector_cases("chunked"), ids=lambda case: case["name"])
@pytest.mark.parametrize("split", [lambda wire: [wire], in_bytes], ids=["whole", "bytes"])
def test_a_published_body_decodes_whole_and_byte_by_byte(case: Any, split: Any) -> None:
    decoder, wire = of_vector(case)
    assert decode(decoder, split(wire)) == b"a" * 66560
    assert decoder.trailers == tuple((name, value) for name, value in case["trailers"])


@pytest.mark.parametrize("case", vector_cases("chunked"), ids=lambda case: case["name"])
def test_every_hex_digit_of_every_signature_counts(case: Any) -> None:
    _, wire = of_vector(case)
    places = [m.start(1) for m in re.finditer(rb"signature[=:]([0-9a-f]{64})", wire)]
    assert len(places) == 3 + bool(case["trailers"])
    for place in places:
        for digit in (0, 31, 63):
            at = place + digit
            changed = b"1" if wire[at : at + 1] == b"0" else b"0"
            decoder, _ = of_vector(case)
            found = refusal(decode, decoder, [wire[:at] + changed + wire[at + 1 :]])
            assert (found.status, found.code) == (403, "SignatureDoesNotMatch")


def test_a_wrong_signature_is_told_what_was_signed() -> None:
    wire = signed_wire(FULL, secret="another")
    found = refusal(decode, signed(len(FULL)), [wire])
    detail = dict(found.detail)
    assert detail["AWSAccessKeyId"] == ACCESS_KEY
    assert detail["StringToSign"].startswith("AWS4-HMAC-SHA256-PAYLOAD\n20261124T120000Z\n")
    assert "CanonicalRequest" not in detail


def test_nothing_is_handed_out_before_it_is_verified() -> None:
    wire = signed_wire(FULL, b"b" * 9000)
    decoder = signed(len(FULL) + 9000)
    first = wire.index(b"\r\n") + 2 + len(FULL)
    assert decoder.feed(wire[: first - 1]) == []
    assert decoder.feed(wire[first - 1 : first]) == [FULL]
    second = wire.index(b"b" * 9000) + 9000
    assert decoder.feed(wire[first : second - 1]) == []
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        decoder.feed(b"x")


def test_a_bad_chunk_hands_out_nothing_of_itself_nor_of_what_comes_with_it() -> None:
    wire = signed_wire(FULL, b"b" * 9000, b"c")
    changed = wire.replace(b"bb", b"bx", 1)
    assert refusal(signed(len(FULL) + 9001).feed, changed).code == "SignatureDoesNotMatch"


def test_chunks_in_another_order_are_refused() -> None:
    wire = signed_wire(b"a" * 8192, b"b" * 8192)
    one, two = (wire.index(letter * 8192) for letter in (b"a", b"b"))
    assert one < two
    changed = wire.replace(b"a" * 8192, b"?").replace(b"b" * 8192, b"a" * 8192)
    changed = changed.replace(b"?", b"b" * 8192)
    assert refusal(decode, signed(16384), [changed]).code == "SignatureDoesNotMatch"


def test_a_body_signed_for_another_request_is_refused() -> None:
    wire = signed_body([FULL], claim_of(SIGNED, len(FULL) + 1))
    assert refusal(decode, signed(len(FULL)), [wire]).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("trailing", [False, True])
def test_every_beginning_of_a_signed_body_is_refused(trailing: bool) -> None:
    wire = signed_wire(FULL, b"xyz", trailing=trailing)
    assert decode(signed(len(FULL) + 3, trailing=trailing), [wire]) == FULL + b"xyz"
    head = wire.index(b"\r\n") + 2
    for end in [*range(head + 3), *range(head + len(FULL) - 2, len(wire))]:
        found = refusal(decode, signed(len(FULL) + 3, trailing=trailing), [wire[:end]])
        assert found.code in ("IncompleteBody", "MalformedTrailerError"), end
        assert found.status == 400


def test_every_beginning_of_an_unsigned_body_is_refused() -> None:
    wire = unsigned_body([b"abc", b"defg"], TRAILERS)
    assert decode(unsigned(7, CRC), [wire]) == b"abcdefg"
    for end in range(len(wire)):
        found = refusal(decode, unsigned(7, CRC), [wire[:end]])
        assert found.code in ("IncompleteBody", "MalformedTrailerError"), end


@pytest.mark.parametrize("more", [b"x", b"\r\n", b"\n", b"0\r\n\r\n", b"\0"])
def test_anything_behind_the_end_is_refused(more: bytes) -> None:
    for decoder, wire in (
        (signed(3), signed_wire(b"abc")),
        (signed(3, trailing=True), signed_wire(b"abc", trailing=True)),
        (unsigned(3), unsigned_body([b"abc"])),
        (unsigned(3, CRC), unsigned_body([b"abc"], TRAILERS)),
    ):
        found = refusal(decode, decoder, [wire + more])
        assert found.code in ("IncompleteBody", "MalformedTrailerError")


@pytest.mark.parametrize("lie", [-1, 1, 8192, -8192, 10**15])
def test_a_length_that_lies_is_refused(lie: int) -> None:
    size = 2 * len(FULL) + 5
    wire = unsigned_body([FULL, FULL, b"12345"])
    assert decode(unsigned(size), [wire]) == FULL + FULL + b"12345"
    assert refusal(decode, unsigned(size + lie), [wire]).code == "IncompleteBody"
    chain = Chain(claim_of(SIGNED, size), SECRET)
    body = signed_body([FULL, FULL, b"12345"], claim_of(SIGNED, size))
    assert refusal(decode, Decoder(size + lie, chain=chain), [body]).code == "IncompleteBody"


def test_a_chunk_beyond_the_length_is_refused_at_its_first_line() -> None:
    assert refusal(unsigned(10).feed, b"b\r\n").code == "IncompleteBody"
    assert (
        refusal(signed(10).feed, b"b;chunk-signature=%b\r\n" % (b"0" * 64)).code == "IncompleteBody"
    )


@pytest.mark.parametrize(
    "line",
    [
        b"\r\n", b"3\n", b"3 \r\n", b" 3\r\n", b"+3\r\n", b"-3\r\n", b"0x3\r\n", b"3_0\r\n",
        b"g\r\n", b"3;\r\n", b"3;a=b\r\n", b"3\r\r\n", b"3\0\r\n", b"\xb3\r\n", b"3,\r\n",
        b"00000000000000003\r\n", b"3;chunk-signature=" + b"0" * 64 + b"\r\n",
    ],
)  # fmt: skip
def test_an_odd_line_of_an_unsigned_chunk_is_refused(line: bytes) -> None:
    for pieces in ([line + b"abc\r\n0\r\n\r\n"], in_bytes(line + b"abc\r\n0\r\n\r\n")):
        assert refusal(decode, unsigned(3), pieces).code == "IncompleteBody"


@pytest.mark.parametrize(
    "line",
    [
        b"3\r\n", b"3;chunk-signature=\r\n", b"3;chunk-signature=" + b"0" * 63 + b"\r\n",
        b"3;chunk-signature=" + b"0" * 65 + b"\r\n", b"3;chunk-signature=" + b"G" * 64 + b"\r\n",
        b"3;chunk-signature=" + b"A" * 64 + b"\r\n", b"3; chunk-signature=" + b"0" * 64 + b"\r\n",
        b"3;Chunk-Signature=" + b"0" * 64 + b"\r\n", b"3;chunk-signature=" + b"0" * 64 + b"\n",
    ],
)  # fmt: skip
def test_an_odd_line_of_a_signed_chunk_is_refused(line: bytes) -> None:
    for pieces in ([line + b"abc\r\n"], in_bytes(line + b"abc\r\n")):
        assert refusal(decode, signed(3), pieces).code == "IncompleteBody"


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\rx", b"x\r\n", b"\n\r", b"0\r\n"])
def test_a_chunk_ends_with_its_line(end: bytes) -> None:
    wire = b"3\r\nabc" + end + b"0\r\n\r\n"
    for pieces in ([wire], in_bytes(wire)):
        assert refusal(decode, unsigned(3), pieces).code == "IncompleteBody"


def test_a_size_may_have_either_case_and_zeros_in_front() -> None:
    assert decode(unsigned(10), [b"000A\r\n0123456789\r\n000\r\n\r\n"]) == b"0123456789"
    assert decode(unsigned(10), [b"a\r\n0123456789\r\n0\r\n\r\n"]) == b"0123456789"


def test_nothing_at_all_is_a_body_too() -> None:
    assert decode(unsigned(0), [unsigned_body([])]) == b""
    assert decode(signed(0), [signed_wire()]) == b""
    assert decode(signed(0, trailing=True), [signed_wire(trailing=True)]) == b""
    assert refusal(decode, unsigned(0), []).code == "IncompleteBody"


def test_a_line_without_end_is_refused_before_it_grows() -> None:
    for pieces in ([b"0" * 10**6], in_bytes(b"0" * (MAX_LINE + 1))):
        decoder = unsigned(3)
        assert refusal(decode, decoder, pieces).code == "IncompleteBody"
        assert len(decoder._line) <= MAX_LINE


def test_a_tail_without_end_is_refused_before_it_grows() -> None:
    for decoder, wire in ((unsigned(0, CRC), b"0\r\n"), (signed(0), signed_wire()[:-2])):
        decoder.feed(wire)
        assert refusal(decoder.feed, b"a" * 10**6).status == 400
        assert len(decoder._tail) <= MAX_TAIL + 1


def test_only_the_last_signed_chunk_may_be_small() -> None:
    small = b"a" * (MIN_CHUNK - 1)
    assert decode(signed(2 * MIN_CHUNK - 1), [signed_wire(FULL, small)]) == FULL + small
    found = refusal(decode, signed(2 * MIN_CHUNK - 1), [signed_wire(small, FULL)])
    assert (found.status, found.code) == (400, "InvalidChunkSizeError")
    assert found.message == "Only the last chunk is allowed to have a size less than 8192 bytes"
    assert found.detail == (("Chunk", "1"), ("BadChunkSize", "8191"))


def test_a_signed_chunk_has_a_ceiling_since_it_is_kept_until_it_is_verified() -> None:
    line = b"%x;chunk-signature=%b\r\n"
    signed(MAX_CHUNK).feed(line % (MAX_CHUNK, b"0" * 64))
    found = refusal(signed(MAX_CHUNK + 1).feed, line % (MAX_CHUNK + 1, b"0" * 64))
    assert (found.status, found.code) == (400, "InvalidChunkSizeError")
    assert found.detail == (("Chunk", "1"), ("BadChunkSize", str(MAX_CHUNK + 1)))


def test_an_unsigned_chunk_has_none_since_it_is_handed_on() -> None:
    decoder = unsigned(10**12)
    assert decoder.feed(b"%x\r\nabc" % 10**12) == [b"abc"]
    assert decoder.feed(b"defg") == [b"defg"]


def test_small_unsigned_chunks_are_taken_but_not_a_million_of_one_byte() -> None:
    pieces = [b"%x\r\n%b\r\n" % (600, b"x" * 600)] * (chunked.SMALL_CHUNKS + 100)
    decoder = unsigned(600 * len(pieces))
    assert sum(len(part) for piece in pieces for part in decoder.feed(piece)) == 600 * len(pieces)
    decoder = unsigned(10**6)
    found = refusal(decoder.feed, b"1\r\nx\r\n" * 10**6)
    assert (found.status, found.code) == (400, "InvalidChunkSizeError")
    assert found.detail[0] == ("Chunk", str(chunked.SMALL_CHUNKS + 1))


@pytest.mark.parametrize(
    "tail",
    [
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
        b"X-Amz-Checksum-CRC32C:sOO8/Q==\r\n\r\n",
        b"x-amz-checksum-crc32c: sOO8/Q== \r\n\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\n\r\n\r\n",  # as AWS's example and minio-go write it
        b"x-amz-checksum-crc32c:sOO8/Q==\n\r\n",
    ],
)
def test_a_trailer_is_taken_as_clients_write_it(tail: bytes) -> None:
    for pieces in ([b"0\r\n" + tail], in_bytes(b"0\r\n" + tail)):
        decoder = unsigned(0, CRC)
        assert decode(decoder, pieces) == b""
        assert decoder.trailers == TRAILERS


def test_a_signed_trailer_is_taken_as_clients_write_it() -> None:
    wire = signed_wire(b"abc", trailing=True)
    for old, new in (
        (b"==\r\nx-amz-trailer", b"==\n\r\nx-amz-trailer"),
        (b"x-amz-checksum-crc32c:", b"X-Amz-Checksum-Crc32c: "),
        (b"x-amz-trailer-signature", b"X-Amz-Trailer-Signature"),
    ):
        decoder = signed(3, trailing=True)
        assert old in wire
        assert decode(decoder, [wire.replace(old, new)]) == b"abc"
        assert decoder.trailers == TRAILERS


@pytest.mark.parametrize(
    "tail",
    [
        b"\r\n",
        b"x-amz-checksum-crc32:sOO8/Q==\r\n\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
        b"x-amz-checksum-crc32c\r\n\r\n",
        b":sOO8/Q==\r\n\r\n",
        b"x-amz-checksum-crc32c :sOO8/Q==\r\n\r\n",
        b" x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n folded\r\n\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\0\r\n\r\n",
        b"x-amz-checksum-crc32c:\xff\r\n\r\n",
        b"x-amz-meta-a:b\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n",
        b"\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n",
    ],
)
def test_a_trailer_that_was_not_announced_or_is_none_is_refused(tail: bytes) -> None:
    for pieces in ([b"0\r\n" + tail], in_bytes(b"0\r\n" + tail)):
        found = refusal(decode, unsigned(0, CRC), pieces)
        assert (found.status, found.code) == (400, "MalformedTrailerError")
        assert found.message == (
            "The request contained trailing data that was not well-formed or did not conform to "
            "our published schema."
        )


def test_a_trailer_where_none_was_announced_is_refused() -> None:
    wire = unsigned_body([b"abc"], TRAILERS)
    assert refusal(decode, unsigned(3), [wire]).code == "MalformedTrailerError"
    wire = signed_wire(b"abc")[:-2] + b"x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n"
    assert refusal(decode, signed(3), [wire]).code == "IncompleteBody"


def test_a_signed_trailer_needs_its_signature_once_and_last() -> None:
    wire = signed_wire(b"abc", trailing=True)
    place = wire.index(b"x-amz-trailer-signature")
    signature = wire[place:-2]
    trailer = b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    start = wire[: place - len(trailer)]
    for tail in (
        trailer,
        signature + trailer,
        trailer + signature + signature,
        signature,
        trailer + signature + trailer,
    ):
        found = refusal(decode, signed(3, trailing=True), [start + tail + b"\r\n"])
        assert found.code == "MalformedTrailerError"


@pytest.mark.parametrize(("old", "new"), [(b"sOO8", b"sOO9"), (b"sOO8", b"sOo8")])
def test_a_signed_trailer_with_another_value_is_refused(old: bytes, new: bytes) -> None:
    wire = signed_wire(b"abc", trailing=True).replace(old, new)
    found = refusal(decode, signed(3, trailing=True), [wire])
    assert found.code == "SignatureDoesNotMatch"
    assert dict(found.detail)["StringToSign"].startswith("AWS4-HMAC-SHA256-TRAILER\n")


places = st.lists(st.integers(0, 60000), max_size=12)
contents = st.lists(st.binary(min_size=1, max_size=600), max_size=8)


@given(contents, places)
def test_an_unsigned_body_decodes_however_it_is_cut(chunks: list[bytes], ends: list[int]) -> None:
    content = b"".join(chunks)
    decoder = unsigned(len(content), CRC)
    assert decode(decoder, cut(unsigned_body(chunks, TRAILERS), ends)) == content
    assert decoder.trailers == TRAILERS


@given(st.lists(st.integers(MIN_CHUNK, 12000), max_size=3), st.binary(max_size=100), places)
def test_a_signed_body_decodes_however_it_is_cut(
    sizes: list[int], last: bytes, ends: list[int]
) -> None:
    chunks = [bytes([number % 251]) * number for number in sizes] + ([last] if last else [])
    content = b"".join(chunks)
    decoder = signed(len(content), trailing=True)
    wire = signed_wire(*chunks, trailing=True)
    assert decode(decoder, cut(wire, ends)) == content


@given(st.binary(max_size=60), st.data())
def test_a_changed_byte_never_decodes_to_other_content(content: bytes, data: st.DataObject) -> None:
    wire = bytearray(signed_wire(content) if content else signed_wire())
    place = data.draw(st.integers(0, len(wire) - 1))
    wire[place] ^= data.draw(st.integers(1, 255))
    found: bytes | int
    try:
        found = decode(signed(len(content)), [bytes(wire)])
    except S3Error as error:
        found = error.status
    assert found in (content, 400, 403)  # "A" for "a" in a size changes nothing
