"""Aws-chunked bodies for tests: framed and signed as clients do it, or as none should."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from narthex.http import Request
from narthex.pure import sigv4
from narthex.pure.claim import Claim
from tests.pure.signing import ACCESS_KEY, HOST, NOON, REGION, SECRET, read, signed

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
Pairs = tuple[tuple[str, str], ...]


def put(kind: str, length: int, trailer: str | None = None, *more: tuple[str, str]) -> Request:
    """The signed head of a streaming PUT; `length` bytes of content will follow."""
    headers = [
        ("host", HOST),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", str(length)),
        *more,
    ]
    if trailer is not None:
        headers.append(("x-amz-trailer", trailer))
    return signed("PUT", headers=tuple(headers), payload=kind)


def claim_of(kind: str, length: int, trailer: str | None = None) -> Claim:
    """The claim of such a PUT."""
    return read(put(kind, length, trailer))


class Signer:
    """Signs the chunks of one body, each over the one before it."""

    def __init__(self, claim: Claim, secret: str = SECRET) -> None:
        self.key = sigv4.signing_key(secret, claim.scope.date, claim.region, claim.service)
        self.place = f"{claim.timestamp}\n{claim.scope.text}"
        self.previous = claim.signature

    def _sign(self, kind: str, hashes: str) -> str:
        text = f"AWS4-HMAC-SHA256-{kind}\n{self.place}\n{self.previous}\n{hashes}"
        self.previous = self.key.sign(text.encode())
        return self.previous

    def chunk(self, data: bytes) -> str:
        return self._sign("PAYLOAD", f"{sigv4.EMPTY_SHA256}\n{sigv4.sha256_hex(data)}")

    def trailers(self, trailers: Pairs) -> str:
        text = "".join(f"{name.lower()}:{value}\n" for name, value in trailers)
        return self._sign("TRAILER", sigv4.sha256_hex(text.encode()))


def signed_body(
    chunks: Sequence[bytes], claim: Claim, trailers: Pairs | None = None, secret: str = SECRET
) -> bytes:
    """The chunks, a last empty one, and the trailers, all signed."""
    signer = Signer(claim, secret)
    parts = []
    for data in (*chunks, b""):
        parts.append(b"%x;chunk-signature=%b\r\n" % (len(data), signer.chunk(data).encode()))
        parts.append(data + b"\r\n" if data else b"")
    if trailers is not None:
        lines = [f"{name}:{value}\r\n" for name, value in trailers]
        lines.append(f"x-amz-trailer-signature:{signer.trailers(trailers)}\r\n")
        parts += [line.encode() for line in lines]
    return b"".join([*parts, b"\r\n"])


def unsigned_body(chunks: Sequence[bytes], trailers: Pairs = ()) -> bytes:
    """The chunks, a last empty one, and the trailers, without signatures."""
    parts = [b"%x\r\n%b\r\n" % (len(data), data) for data in chunks]
    lines = [f"{name}:{value}\r\n".encode() for name, value in trailers]
    return b"".join([*parts, b"0\r\n", *lines, b"\r\n"])


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The data in pieces that end at these places."""
    ends = sorted({min(place, len(data)) for place in places} | {len(data)})
    starts = [0, *ends[:-1]]
    return [data[start:end] for start, end in zip(starts, ends, strict=True)]


def in_bytes(data: bytes) -> list[bytes]:
    """The data one byte at a time."""
    return [data[place : place + 1] for place in range(len(data))]


__all__ = [
    "ACCESS_KEY",
    "NOON",
    "REGION",
    "SIGNED",
    "SIGNED_TRAILER",
    "UNSIGNED_TRAILER",
    "Signer",
    "claim_of",
    "cut",
    "in_bytes",
    "put",
    "signed_body",
    "unsigned_body",
]
