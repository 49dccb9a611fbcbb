"""Checksums of one body: the algorithms, the headers that declare them, Content-MD5, the verdicts.

Pure. This file never reads a body: it is given the bytes. What is done with the checksums of parts
is in part_checksums.py. CRC32C and CRC64NVME run in hardware and without the interpreter's lock.
Source: Amazon S3 user guide, "Checking object integrity"; recorded answers of S3.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from typing import Protocol

from awscrt import checksums as crt

from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.model import Checksum

PREFIX = "x-amz-checksum-"
HINT = "x-amz-sdk-checksum-algorithm"
TRAILER = "x-amz-trailer"
# algorithm -> bytes of its digest
SIZES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
ALGORITHMS = tuple(SIZES)
HEADERS = {PREFIX + algorithm.lower(): algorithm for algorithm in ALGORITHMS}
# S3 knows these too; here they are refused, since a digest that is ignored protects nothing.
UNSUPPORTED = tuple(PREFIX + name for name in "sha512 md5 xxhash64 xxhash3 xxhash128".split())

Get = Callable[[str], str | None]
Update = Callable[[bytes, int], int]

_CRCS: dict[str, Update] = {
    "CRC32": zlib.crc32,  # measured: 1.4 times the speed of awscrt's
    "CRC32C": crt.crc32c,
    "CRC64NVME": crt.crc64nvme,
}


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc:
    """A CRC with the face of a hash."""

    __slots__ = ("_size", "_update", "_value")

    def __init__(self, update: Update, size: int) -> None:
        self._update = update
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._update(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class Digest:
    """One checksum over bytes that come in pieces, in order. Not thread-safe, as hashlib's."""

    __slots__ = ("_hash", "algorithm")

    def __init__(self, algorithm: str) -> None:
        """algorithm: one of ALGORITHMS; anything else is a bug and raises KeyError."""
        self.algorithm = algorithm
        size = SIZES[algorithm]
        self._hash: _Hash
        if algorithm in _CRCS:
            self._hash = _Crc(_CRCS[algorithm], size)
        else:
            self._hash = hashlib.new(algorithm.lower(), usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Append."""
        self._hash.update(data)

    def digest(self) -> bytes:
        """The digest so far, big-endian."""
        return self._hash.digest()

    def base64(self) -> str:
        """The digest so far, as headers and documents write it."""
        return base64.b64encode(self.digest()).decode("ascii")


def header(algorithm: str) -> str:
    """The header of an algorithm: "x-amz-checksum-crc32"."""
    return PREFIX + algorithm.lower()


def element(algorithm: str) -> str:
    """The element of an algorithm: "ChecksumCRC32"."""
    return "Checksum" + algorithm


def values(checksum: Checksum | None) -> Pairs:
    """The checksum as an element of a document, without its type; none when there is none."""
    return () if checksum is None else ((element(checksum.algorithm), checksum.value),)


def elements(checksum: Checksum | None) -> Pairs:
    """The checksum and its type as elements of a document; none when there is none."""
    return () if checksum is None else (*values(checksum), ("ChecksumType", checksum.type))


def algorithm_named(value: str | None) -> str:
    """The algorithm an `x-amz-checksum-algorithm` header names; "" when it was not sent.

    Raises InvalidRequest for one that is not known.
    """
    if value is None:
        return ""
    if value not in SIZES:
        raise S3Error(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(ALGORITHMS)}]",
        )
    return value


def declared(get: Get) -> Checksum | None:
    """The checksum that the headers of a body declare; None when they declare none.

    get: header by lower-case name. It must not look into the query: a checksum signed into a
    pre-signed URL was taken of another body (SDKs take it of none), and S3 does not enforce it.
    Raises InvalidRequest (several, malformed, a hint that lies), NotImplemented.
    """
    for name in UNSUPPORTED:
        if get(name) is not None:
            raise S3Error("NotImplemented", detail=(("Header", name),))
    sent = [(name, value) for name in HEADERS if (value := get(name)) is not None]
    if len(sent) > 1:
        raise S3Error(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    found = read_value(*sent[0]) if sent else None
    _check_hint(get(HINT), found, get(TRAILER))
    return found


def announced(get: Get) -> str:
    """The algorithm of the checksum that comes with a body, as header or as trailer; "" for none.

    Known before the body is read. Raises what `declared` raises.
    """
    found = declared(get)
    if found is not None:
        return found.algorithm
    trailers = [name.strip().lower() for name in (get(TRAILER) or "").split(",")]
    return next((HEADERS[name] for name in trailers if name in HEADERS), "")


def read_value(name: str, value: str, *, trailing: bool = False) -> Checksum:
    """The checksum of one x-amz-checksum-* header or trailer. Raises InvalidRequest."""
    algorithm = HEADERS[name]
    if decode(algorithm, value) is None:
        kind = "trailing header" if trailing else "header"
        raise S3Error("InvalidRequest", f"Value for {name} {kind} is invalid.")
    return Checksum(algorithm, value)


def decode(algorithm: str, value: str) -> bytes | None:
    """The digest in base64 `value`; None when it is not exactly one of this algorithm's size."""
    return _base64(value, SIZES[algorithm])


def check(expected: Checksum, digest: bytes) -> None:
    """Refuse bytes whose digest is another. Raises BadDigest."""
    if base64.b64encode(digest).decode("ascii") != expected.value:
        raise S3Error(
            "BadDigest",
            f"The {expected.algorithm} you specified did not match the calculated checksum.",
        )


def content_md5(value: str | None) -> bytes | None:
    """The 16 bytes of a Content-MD5 header; None when it was not sent. Raises InvalidDigest."""
    if value is None:
        return None
    digest = _base64(value.strip(), 16)
    if digest is None:
        raise S3Error("InvalidDigest", detail=(("Content-MD5", value[:128]),))
    return digest


def check_md5(expected: bytes, digest: bytes) -> None:
    """Refuse bytes whose MD5 is another. Raises BadDigest, with AWS's two spellings of the two."""
    if digest != expected:
        raise S3Error(
            "BadDigest",
            detail=(
                ("ExpectedDigest", expected.hex()),
                ("CalculatedDigest", base64.b64encode(digest).decode("ascii")),
            ),
        )


def _check_hint(hint: str | None, found: Checksum | None, trailer: str | None) -> None:
    """x-amz-sdk-checksum-algorithm tells nothing new, but must not contradict what is there."""
    if hint is None:
        return
    named = hint.upper()
    if found is None and trailer is None:
        raise S3Error(
            "InvalidRequest",
            f"{HINT} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found.",
        )
    if named not in SIZES or (found is not None and found.algorithm != named):
        raise S3Error("InvalidRequest", f"Value for {HINT} header is invalid.")


def _base64(value: str, size: int) -> bytes | None:
    try:
        data = base64.b64decode(value.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    # Encoding again refuses what other bits in the last character would say twice.
    same = len(data) == size and base64.b64encode(data).decode("ascii") == value
    return data if same else None
