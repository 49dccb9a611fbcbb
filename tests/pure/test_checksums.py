"""Checksums of a body: known digests, the header rules with AWS's words, and Content-MD5."""

from __future__ import annotations

import base64
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.model import Checksum
from narthex.pure import checksums
from tests.pure.refusing import refusal

BODY = b"123456789"  # the check string of the catalogue of CRC algorithms
KNOWN = {
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": "rosUhgp5mIg=",
    "SHA1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
    "SHA256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
}
EMPTY = {
    "CRC32": "AAAAAA==",
    "CRC32C": "AAAAAA==",
    "CRC64NVME": "AAAAAAAAAAA=",
    "SHA1": "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    "SHA256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
}
algorithms = pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)


def digest_of(algorithm: str, *pieces: bytes) -> checksums.Digest:
    digest = checksums.Digest(algorithm)
    for piece in pieces:
        digest.update(piece)
    return digest


@algorithms
def test_the_digests_are_those_of_the_catalogue(algorithm: str) -> None:
    assert digest_of(algorithm, BODY).base64() == KNOWN[algorithm]
    assert digest_of(algorithm).base64() == EMPTY[algorithm]
    assert len(digest_of(algorithm, BODY).digest()) == checksums.SIZES[algorithm]


@algorithms
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_pieces_sum_up_to_the_whole(algorithm: str, pieces: list[bytes]) -> None:
    assert digest_of(algorithm, *pieces).digest() == digest_of(algorithm, b"".join(pieces)).digest()


@given(st.binary(max_size=200))
def test_the_digests_are_those_of_other_libraries(data: bytes) -> None:
    assert digest_of("CRC32", data).digest() == zlib.crc32(data).to_bytes(4, "big")
    assert digest_of("SHA1", data).digest() == hashlib.sha1(data).digest()
    assert digest_of("SHA256", data).digest() == hashlib.sha256(data).digest()
    assert digest_of("CRC32C", data).digest() == by_bits(data, 0x82F63B78, 4)
    assert digest_of("CRC64NVME", data).digest() == by_bits(data, 0x9A6C9329AC4BC9B5, 8)


def by_bits(data: bytes, polynomial: int, size: int) -> bytes:
    """A reflected CRC, bit by bit, from its definition."""
    ones = (1 << 8 * size) - 1
    value = ones
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ polynomial if value & 1 else value >> 1
    return (value ^ ones).to_bytes(size, "big")


def test_an_unknown_algorithm_is_a_bug() -> None:
    with pytest.raises(KeyError):
        checksums.Digest("MD4")


@algorithms
def test_each_algorithm_has_a_header_and_an_element(algorithm: str) -> None:
    assert checksums.header(algorithm) == f"x-amz-checksum-{algorithm.lower()}"
    assert checksums.element(algorithm) == f"Checksum{algorithm}"
    assert checksums.HEADERS[checksums.header(algorithm)] == algorithm


def test_elements_of_a_document() -> None:
    checksum = Checksum("CRC32", "y/Q5Jg==-2", "COMPOSITE")
    assert checksums.values(checksum) == (("ChecksumCRC32", "y/Q5Jg==-2"),)
    assert checksums.elements(checksum) == (
        ("ChecksumCRC32", "y/Q5Jg==-2"),
        ("ChecksumType", "COMPOSITE"),
    )
    assert checksums.values(None) == checksums.elements(None) == ()


@algorithms
def test_an_algorithm_is_named_in_capitals(algorithm: str) -> None:
    assert checksums.algorithm_named(algorithm) == algorithm
    error = refusal(checksums.algorithm_named, algorithm.lower())
    assert (error.code, error.message) == (
        "InvalidRequest",
        "Checksum algorithm provided is unsupported. Please try again with any of the valid "
        "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    )


def test_no_algorithm_named_is_none() -> None:
    assert checksums.algorithm_named(None) == ""
    assert refusal(checksums.algorithm_named, "").code == "InvalidRequest"


@algorithms
def test_a_declared_checksum_is_read(algorithm: str) -> None:
    name = checksums.header(algorithm)
    expected = Checksum(algorithm, KNOWN[algorithm])
    assert checksums.declared({name: KNOWN[algorithm]}.get) == expected
    hinted = {name: KNOWN[algorithm], "x-amz-sdk-checksum-algorithm": algorithm}
    assert checksums.declared(hinted.get) == expected
    assert checksums.announced(hinted.get) == algorithm


def test_no_checksum_declared_is_none() -> None:
    assert checksums.declared({"content-md5": "x"}.get) is None
    assert checksums.announced(dict[str, str]().get) == ""


@algorithms
@pytest.mark.parametrize("change", ["{}=", "A{}", " {}", "{}\n", "", "^^^^^^==", "é{}"])
def test_a_malformed_value_is_refused(algorithm: str, change: str) -> None:
    name = checksums.header(algorithm)
    error = refusal(checksums.declared, {name: change.format(KNOWN[algorithm])}.get)
    assert (error.code, error.message) == (
        "InvalidRequest",
        f"Value for {name} header is invalid.",
    )


@pytest.mark.parametrize(
    "value", ["y/Q5Jh==", "short===", "shrt", "toolong=", "y^/^Q5^J^g==", "y_Q5Jg=="]
)
def test_only_one_spelling_of_a_digest_is_valid(value: str) -> None:
    error = refusal(checksums.declared, {"x-amz-checksum-crc32": value}.get)
    assert error.message == "Value for x-amz-checksum-crc32 header is invalid."


def test_a_malformed_trailer_says_that_it_is_one() -> None:
    name = "x-amz-checksum-crc32"
    assert checksums.read_value(name, "y/Q5Jg==", trailing=True) == Checksum("CRC32", "y/Q5Jg==")
    error = refusal(checksums.read_value, name, "y/Q5Jg=", trailing=True)
    assert error.message == "Value for x-amz-checksum-crc32 trailing header is invalid."


def test_two_checksums_are_refused_even_when_both_are_right() -> None:
    sent = {checksums.header(name): KNOWN[name] for name in ("CRC32", "SHA1")}
    error = refusal(checksums.declared, sent.get)
    assert (error.code, error.message) == (
        "InvalidRequest",
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    )


@pytest.mark.parametrize("name", checksums.UNSUPPORTED)
def test_a_checksum_we_cannot_take_is_refused_and_not_ignored(name: str) -> None:
    error = refusal(checksums.declared, {name: "AAAA"}.get)
    assert (error.code, error.status, error.detail) == ("NotImplemented", 501, (("Header", name),))


@pytest.mark.parametrize("hint", ["SHA1", "INVALIDALGO", ""])
def test_a_hint_that_contradicts_the_header_is_refused(hint: str) -> None:
    sent = {"x-amz-sdk-checksum-algorithm": hint, "x-amz-checksum-crc32": KNOWN["CRC32"]}
    error = refusal(checksums.declared, sent.get)
    assert (error.code, error.message) == (
        "InvalidRequest",
        "Value for x-amz-sdk-checksum-algorithm header is invalid.",
    )


def test_a_hint_without_a_checksum_is_refused() -> None:
    error = refusal(checksums.declared, {"x-amz-sdk-checksum-algorithm": "CRC32"}.get)
    assert (error.code, error.message) == (
        "InvalidRequest",
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
        "x-amz-trailer headers were found.",
    )


def test_a_hint_may_announce_a_trailer() -> None:
    sent = {
        "x-amz-sdk-checksum-algorithm": "crc32",
        "x-amz-trailer": "x-other, X-Amz-Checksum-CRC32",
    }
    assert checksums.declared(sent.get) is None
    assert checksums.announced(sent.get) == "CRC32"


@algorithms
def test_another_body_is_refused(algorithm: str) -> None:
    expected = Checksum(algorithm, KNOWN[algorithm])
    checksums.check(expected, digest_of(algorithm, BODY).digest())
    error = refusal(checksums.check, expected, digest_of(algorithm, BODY + b"0").digest())
    assert (error.code, error.message) == (
        "BadDigest",
        f"The {algorithm} you specified did not match the calculated checksum.",
    )


def test_content_md5_is_read_and_checked() -> None:
    digest = hashlib.md5(BODY).digest()
    sent = checksums.content_md5(base64.b64encode(digest).decode())
    assert sent == digest
    checksums.check_md5(sent, digest)
    assert checksums.content_md5(None) is None


@pytest.mark.parametrize(
    "value",
    ["", "!invalid!", "AAAA", "JfnnlDI7RTiF9RgfG2JNCw=", "JfnnlDI7RTiF9RgfG2JNCx==", "é" * 24],
)
def test_a_malformed_content_md5_is_refused(value: str) -> None:
    error = refusal(checksums.content_md5, value)
    assert (error.code, error.message) == (
        "InvalidDigest",
        "The Content-MD5 you specified was invalid.",
    )
    assert error.detail == (("Content-MD5", value),)


def test_another_md5_is_refused_with_both_spelled_as_aws_does() -> None:
    error = refusal(checksums.check_md5, hashlib.md5(b"a").digest(), hashlib.md5(b"").digest())
    assert (error.code, error.message) == (
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
    )
    assert error.detail == (
        ("ExpectedDigest", "0cc175b9c0f1b6a831c399e269772661"),
        ("CalculatedDigest", "1B2M2Y8AsgTpgAmY7PhCfg=="),
    )


@algorithms
@given(st.text(max_size=60))
def test_no_value_makes_the_reader_fail(algorithm: str, value: str) -> None:
    digest = checksums.decode(algorithm, value)
    assert digest is None or base64.b64encode(digest).decode() == value
