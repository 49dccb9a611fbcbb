"""The bytes behind rows of `pieces`, carried to the target before the rows are.

INVARIANT: a blob is durable at the target before its row is put there; so a row that is there says
that its bytes are, and a move that was killed goes on where it was.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from awscrt.checksums import crc32c

from narthex.blobs import Blobs, verify
from narthex.catalog import Reader, Row
from narthex.catalog.tables import Table
from narthex.errors import Corrupt, StoreError, Unavailable
from narthex.move.progress import Damaged, Progress

AT_ONCE: Final = 8  # blobs; each holds a few MiB at most


@dataclass(frozen=True, slots=True)
class Piece:
    """What a row says of its bytes: in a blob, or in the row itself."""

    content: str
    number: int
    size: int
    blob: str | None
    sums: bytes
    data: bytes | None

    @property
    def is_whole(self) -> bool:
        """Whether the bytes in the row are those that were put there."""
        data = self.data or b""
        good = not self.sums or crc32c(data) == int.from_bytes(self.sums, "big")
        return good and len(data) == self.size


def piece_of(table: Table, row: Row) -> Piece:
    """The row of `pieces`, by the names of its columns."""
    told = dict(zip(table.columns, row, strict=True))
    return Piece(
        told["content"], told["number"], told["size"], told["blob"], told["sums"], told["data"]
    )


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries blobs of `source`, whose rows `rows` reads, to `target`. Every byte is verified."""

    rows: Reader
    source: Blobs
    target: Blobs
    progress: Progress

    async def carry(self, pieces: Sequence[Piece]) -> dict[int, Damaged | None]:
        """What could not be carried, by its place: damaged, or (None) gone since it was read.

        Raises Unavailable when a store does not answer: nothing may be concluded from that.
        """
        room = asyncio.Semaphore(AT_ONCE)
        failed: dict[int, Damaged | None] = {}

        async def bring(place: int, piece: Piece, blob: str) -> None:
            async with room:
                try:
                    await self._bring(piece, blob)
                except Corrupt as error:
                    stands = await self._stands(piece)
                    failed[place] = _damaged(piece, str(error)) if stands else None

        try:
            async with asyncio.TaskGroup() as tasks:
                for place, piece in enumerate(pieces):
                    if piece.blob is not None:
                        tasks.create_task(bring(place, piece, piece.blob))
                    elif not piece.is_whole:
                        failed[place] = _damaged(piece, "the bytes in its row fail their checksum")
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        return failed

    async def _bring(self, piece: Piece, blob: str) -> None:
        """Raises Corrupt (at the source), Unavailable."""
        if not await self._is_there(piece, blob):
            await self._copy(piece, blob)
        self.progress.blobs += 1
        self.progress.bytes += piece.size

    async def _is_there(self, piece: Piece, blob: str) -> bool:
        try:
            await verify(self.target, blob, piece.size, piece.sums)
        except Corrupt:
            await self.target.delete(blob)
            return False
        return True

    async def _copy(self, piece: Piece, blob: str) -> None:
        writer = await self.target.create(blob)
        try:
            async for chunk in self.source.read(blob, piece.size, piece.sums, 0, piece.size):
                await writer.write(chunk)
            written = await writer.commit()
            if written != piece.sums:  # what was written is not what was read
                raise Unavailable(f"blob {blob} changed on its way")
        except BaseException:
            await writer.abort()
            raise

    async def _stands(self, piece: Piece) -> bool:
        """Whether the source still has the row: else its bytes were deleted, as they may be."""
        row = await self.rows.fetch_one(
            "SELECT 1 FROM pieces WHERE content = ? AND number = ? AND sums = ?",
            (piece.content, piece.number, piece.sums),
        )
        return row is not None


async def find_missing(table: Table, rows: Sequence[Row], target: Blobs) -> list[str]:
    """Blobs of these rows that are not whole at the target. Raises Unavailable."""
    room = asyncio.Semaphore(AT_ONCE)
    missing: list[str] = []

    async def look(piece: Piece, blob: str) -> None:
        async with room:
            try:
                await verify(target, blob, piece.size, piece.sums)
            except Corrupt:
                missing.append(blob)

    try:
        async with asyncio.TaskGroup() as tasks:
            for piece in (piece_of(table, row) for row in rows):
                if piece.blob is not None:
                    tasks.create_task(look(piece, piece.blob))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    return missing


async def refuse_same_blobs(source: Blobs, target: Blobs) -> None:
    """Raises StoreError where what is written to the target is there at the source.

    However the two are spelled: what is damaged would be written over. Raises Unavailable where the
    target takes no blobs.
    """
    blob, data = secrets.token_hex(16), b"narthex"
    writer = await target.create(blob)
    try:
        await writer.write(data)
        sums = await writer.commit()
        await verify(source, blob, len(data), sums)
    except Corrupt:
        return
    finally:
        await writer.abort()
    raise StoreError("the blobs of both ends are in the same place")


def _damaged(piece: Piece, reason: str) -> Damaged:
    return Damaged(piece.content, piece.number, reason)
