"""The body of an authenticated request, which proves itself while it is read.

This file never decides what a body is for. INVARIANT: iterating to the end without an error means
that length, hash, chunk signatures and trailers were all as the signature said; whoever stops
before the end knows nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator

from narthex.errors import S3Error, invalid_argument
from narthex.http import Body, Request
from narthex.model import Checksum
from narthex.pure import checksums, payload, sigv4
from narthex.pure.chunked import Chain, Decoder
from narthex.pure.claim import SIGV4, Claim

DECODED_LENGTH = "x-amz-decoded-content-length"
LONGEST = 16  # digits of a length; 5 TiB has 13


class CheckedBody:
    """Bytes of content, read once. length: how many, None when the client did not say.

    streaming: whether it came as aws-chunked. trailer_algorithm: of the checksum that will follow
    it, None when none was announced.
    """

    __slots__ = ("_decoder", "_sha256", "_source", "_wire_length", "length", "trailer_algorithm")

    def __init__(
        self,
        source: Body,
        wire_length: int | None,
        *,
        sha256: str | None = None,
        length: int | None = None,
        decoder: Decoder | None = None,
        trailer_algorithm: str | None = None,
    ) -> None:
        self._source = source
        self._wire_length = wire_length
        self._sha256 = sha256
        self._decoder = decoder
        self.length = wire_length if decoder is None else length
        self.trailer_algorithm = trailer_algorithm

    @property
    def streaming(self) -> bool:
        """Whether the body is aws-chunked, which only objects and parts may be."""
        return self._decoder is not None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._decoded(self._decoder) if self._decoder else self._plain()

    def trailing_checksum(self) -> Checksum | None:
        """The checksum that followed the content. Known once the body was read to its end."""
        if self._decoder is None:
            return None
        for name, value in self._decoder.trailers:
            return checksums.read_value(name, value, trailing=True)
        return None

    async def _plain(self) -> AsyncIterator[bytes]:
        digest = hashlib.sha256() if self._sha256 is not None else None
        size = 0
        async for chunk in self._source:
            size += len(chunk)
            self._check_wire(size, ended=False)
            if digest is not None:
                digest.update(chunk)
            yield chunk
        self._check_wire(size, ended=True)
        if digest is not None and self._sha256 is not None:
            _check_hash(self._sha256, digest.hexdigest())

    async def _decoded(self, decoder: Decoder) -> AsyncIterator[bytes]:
        size = 0
        async for data in self._source:
            size += len(data)
            self._check_wire(size, ended=False)
            pieces = decoder.feed(data)
            if pieces:
                yield pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._check_wire(size, ended=True)
        decoder.finish()

    def _check_wire(self, size: int, *, ended: bool) -> None:
        """Refuse a body longer than its Content-Length, or at its end shorter."""
        wanted = self._wire_length
        if wanted is not None and (size > wanted or (ended and size != wanted)):
            raise S3Error("IncompleteBody")


def checked_body(request: Request, claimed: Claim | None, secret: str) -> CheckedBody:
    """The request's body, checked as its signature says. claimed: None for nobody's request.

    Nothing is read yet. Raises MissingContentLength, IncompleteBody, InvalidArgument and
    InvalidRequest for headers that no body could satisfy.
    """
    if claimed is not None:
        kind = claimed.payload
    else:
        kind = payload.check_payload(request.headers.get(payload.HEADER) or sigv4.UNSIGNED)
    wire_length = _length(request, "content-length")
    if kind in payload.STREAMING:
        return _streaming(request, claimed, secret, kind, wire_length)
    sha256 = None if kind == sigv4.UNSIGNED else kind
    return CheckedBody(request.body, wire_length, sha256=sha256)


def body_of(request: Request) -> CheckedBody:
    """The body of a request that went through `authenticate`; any other is a bug."""
    body = request.body
    if not isinstance(body, CheckedBody):
        raise TypeError("this body was never checked")
    return body


def _streaming(
    request: Request, claimed: Claim | None, secret: str, kind: str, wire_length: int | None
) -> CheckedBody:
    if request.method != "PUT":
        raise S3Error(
            "InvalidRequest", "a streaming payload is accepted for objects and parts only"
        )
    length = _length(request, DECODED_LENGTH)
    if length is None:
        raise S3Error("MissingContentLength")
    if wire_length is not None and wire_length < length:
        raise S3Error("IncompleteBody")
    chain = None
    if kind != payload.UNSIGNED_TRAILER:
        if claimed is None or claimed.version != SIGV4:
            raise S3Error("InvalidRequest", f"{kind} needs a request signed with {SIGV4}")
        chain = Chain(claimed, secret)
    trailing = kind != payload.SIGNED_CHUNKS
    name = _trailer(request) if trailing else None
    if kind == payload.SIGNED_CHUNKS_TRAILER and name is None:
        raise S3Error("InvalidRequest", f"{kind} needs an x-amz-trailer header")
    decoder = Decoder(length, chain=chain, trailing=trailing, declared=(name,) if name else ())
    return CheckedBody(
        request.body,
        wire_length,
        length=length,
        decoder=decoder,
        trailer_algorithm=checksums.HEADERS[name] if name else None,
    )


def _trailer(request: Request) -> str | None:
    """The one trailer a body announces, a checksum. Raises InvalidRequest for any other."""
    value = request.headers.get(checksums.TRAILER)
    if value is None:
        return None
    name = value.strip().lower()
    if name not in checksums.HEADERS:
        raise S3Error(
            "InvalidRequest", "The value specified in the x-amz-trailer header is not supported"
        )
    if any(other in request.headers for other in checksums.HEADERS):
        raise S3Error(
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )
    return name


def _length(request: Request, name: str) -> int | None:
    value = request.headers.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > LONGEST:
        raise invalid_argument(f"{name} must be a number of bytes", name, value)
    if len(set(request.headers.all(name))) > 1:
        raise invalid_argument(f"{name} must be given once", name, value)
    return int(value)


def _check_hash(given: str, computed: str) -> None:
    if not hmac.compare_digest(given.lower().encode(), computed.encode()):
        raise S3Error(
            "XAmzContentSHA256Mismatch",
            detail=(
                ("ClientComputedContentSHA256", given),
                ("S3ComputedContentSHA256", computed),
            ),
        )
