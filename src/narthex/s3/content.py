"""The bytes of an object, from wherever its pieces are, verified, in constant memory.

This file never decides who may read them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from narthex.blobs import Sendable
from narthex.catalog import objects
from narthex.errors import Corrupt
from narthex.http import File
from narthex.model import Object, Piece
from narthex.server import Server


async def read_content(
    found: Object, piece: Piece | None, start: int, end: int, server: Server
) -> bytes | AsyncIterator[bytes]:
    """Bytes [start, end) of an object. piece: its only piece, when the catalog gave it.

    The first block is read and verified before this returns, so that a corrupt or missing blob is
    an error and not a broken answer. Raises Corrupt, Unavailable.
    """
    if start >= end:
        return b""
    if piece is not None and piece.data is not None:
        if len(piece.data) != found.size:
            raise Corrupt(f"inline content {found.content} is short")
        return piece.data[start:end] if end - start < found.size else piece.data
    pieces = [piece] if piece else await objects.pieces(server.catalog, found.content, start, end)
    stream = _stream(found, pieces, start, end, server)
    first = await anext(stream, None)
    if first is None:
        raise Corrupt(f"content {found.content} has no bytes at {start}")
    return first if len(first) == end - start else _then(first, stream)


def whole_file(piece: Piece | None, start: int, end: int, server: Server) -> File | None:
    """The file that is all of an object, if its bytes were verified lately and it is unchanged.

    None means: `read_content`, which verifies.
    """
    if piece is None or piece.blob is None or (start, end) != (0, piece.size):
        return None
    blobs = server.blobs
    if not isinstance(blobs, Sendable):
        return None
    path = blobs.path_if_verified(piece.blob, piece.size, piece.sums)
    if path is None:
        return None
    return File(str(path), blobs.read(piece.blob, piece.size, piece.sums, 0, piece.size))


async def _then(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _stream(
    found: Object, pieces: list[Piece], start: int, end: int, server: Server
) -> AsyncIterator[bytes]:
    position = start
    for piece in pieces:
        if piece.start > position or position >= end:
            break
        begin, stop = position - piece.start, min(end - piece.start, piece.size)
        if piece.data is not None:
            yield piece.data[begin:stop]
        elif piece.blob is not None:
            async for chunk in server.blobs.read(piece.blob, piece.size, piece.sums, begin, stop):
                yield chunk
        position = piece.start + stop
    if position != end:
        raise Corrupt(f"content {found.content} ends at {position}, not at {end}")
