"""Take a body in: hash it, write it, and hand back a piece that is durable and verified.

This file never makes anything visible: that is one catalog transaction of the operation.
INVARIANT: memory is bounded by a few blocks whatever the body's size; nothing stays behind when a
body is cut short, lies about its length, or fails a checksum.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from narthex.blobs import BLOCK, Writer
from narthex.errors import S3Error
from narthex.http import Body
from narthex.model import Checksum, Piece
from narthex.pure import checksums
from narthex.s3.body import body_of
from narthex.s3.hashing import Digests, Hashing
from narthex.s3.operation import Call
from narthex.server import Server

DEFAULT_ALGORITHM = "CRC64NVME"  # what S3 computes when the client sends none


@dataclass(frozen=True, slots=True)
class Received:
    """A body that arrived whole. piece has no number and no start yet.

    checksum: the one that is kept. announced: the client's own, where it took another algorithm.
    """

    piece: Piece
    checksum: Checksum
    announced: Checksum


async def receive(call: Call, server: Server, algorithm: str = "") -> Received:
    """The body of this call, durable as a blob (or in memory, when small) and verified.

    algorithm: the checksum to keep; when it is not given, the client's, else CRC64NVME.
    Raises every refusal of a body.
    """
    body = body_of(call.request)
    if body.length is None:
        raise S3Error("MissingContentLength")
    limit = server.settings.max_put_size
    if body.length > limit:
        raise too_large(body.length, limit)
    md5 = checksums.content_md5(call.field("content-md5"))
    declared = checksums.declared(call.request.headers.get)
    announced = (declared.algorithm if declared else body.trailer_algorithm) or ""
    digests = Digests(algorithm or announced or DEFAULT_ALGORITHM, announced)
    if body.length <= server.settings.inline_size:
        data = b"".join([chunk async for chunk in body])
        digests.update(data)
        _verify(digests, md5, declared or body.trailing_checksum())
        return _received(digests, server, data=data)
    return await _write(
        aiter(body),
        digests,
        lambda: _verify(digests, md5, declared or body.trailing_checksum()),
        server,
    )


async def receive_file(file: Body, get: checksums.Get, server: Server) -> Received:
    """Bytes whose number is known at their end only (the file of a form), durable and verified.

    get: a header by lower-case name. The body refuses by itself what is too large. Raises every
    refusal of a body.
    """
    md5 = checksums.content_md5(get("content-md5"))
    declared = checksums.declared(get)
    digests = Digests(declared.algorithm if declared else DEFAULT_ALGORITHM)
    source = aiter(file)
    gathered: list[bytes] = []
    size = 0
    async for chunk in source:
        gathered.append(chunk)
        size += len(chunk)
        if size > server.settings.inline_size:
            break
    first = b"".join(gathered)
    if size <= server.settings.inline_size:
        digests.update(first)
        _verify(digests, md5, declared)
        return _received(digests, server, data=first)
    return await _write(
        _then(first, source), digests, lambda: _verify(digests, md5, declared), server
    )


async def store(
    source: AsyncIterator[bytes], size: int, server: Server, algorithm: str
) -> Received:
    """Bytes of our own (a copy's source) as a new piece."""
    digests = Digests(algorithm or DEFAULT_ALGORITHM)
    if size <= server.settings.inline_size:
        data = b"".join([chunk async for chunk in source])
        digests.update(data)
        return _received(digests, server, data=data)
    return await _write(source, digests, lambda: None, server)


async def discard(received: Received, server: Server) -> None:
    """Forget a piece that no row will ever name. A crash here leaves an orphan for the sweep."""
    if received.piece.blob is not None:
        await server.blobs.delete(received.piece.blob)


def too_large(size: int, limit: int) -> S3Error:
    """The refusal of a body beyond the limit of one PUT."""
    return S3Error(
        "EntityTooLarge",
        detail=(("ProposedSize", str(size)), ("MaxSizeAllowed", str(limit))),
    )


async def _write(
    source: AsyncIterator[bytes], digests: Digests, verify: Callable[[], None], server: Server
) -> Received:
    """A new blob. verify: refuses what arrived; nothing of it stays then."""
    blob = server.new_id()
    writer = await server.blobs.create(blob)
    try:
        await _copy(source, writer, digests)
        verify()
        sums = await writer.commit()
    except BaseException:
        await writer.abort()
        raise
    return _received(digests, server, blob=blob, sums=sums)


async def _then(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _copy(source: AsyncIterator[bytes], writer: Writer, digests: Digests) -> None:
    """Blocks flow to the hasher's thread and to the writer at once."""
    hashing = Hashing(digests)
    gathered: list[bytes] = []
    size = 0
    try:
        async for chunk in source:
            gathered.append(chunk)
            size += len(chunk)
            if size < BLOCK:
                continue
            block = gathered[0] if len(gathered) == 1 else b"".join(gathered)
            gathered, size = [], 0
            await hashing.add(block)
            await writer.write(block)
        if gathered:
            block = b"".join(gathered)
            await hashing.add(block)
            await writer.write(block)
    finally:
        await hashing.done()


def _verify(digests: Digests, md5: bytes | None, declared: Checksum | None) -> None:
    if md5 is not None:
        checksums.check_md5(md5, digests.md5.digest())
    if declared is not None:
        checksums.check(declared, digests.announced.digest())


def _received(
    digests: Digests,
    server: Server,
    *,
    data: bytes | None = None,
    blob: str | None = None,
    sums: bytes = b"",
) -> Received:
    checksum = Checksum(digests.checksum.algorithm, digests.checksum.base64())
    announced = Checksum(digests.announced.algorithm, digests.announced.base64())
    piece = Piece(
        number=1,
        size=digests.size,
        etag=digests.md5.hexdigest(),
        modified_us=server.clock(),
        data=data,
        blob=blob,
        sums=sums,
        checksum=checksum,
    )
    return Received(piece, checksum, announced)
