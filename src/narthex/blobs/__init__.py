"""What it holds: bytes under opaque ids, behind one seam of a few verbs.

Keys, names and versions never reach this package, so they never reach a disk path.
INVARIANT: what `Writer.commit` acknowledged would survive a power cut; before that, and after
`abort` or a crash, no read and no scan sees it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from narthex.http import Pairs

# Each block has its own CRC32C, so that any range is verified before it is sent (invariant 4).
BLOCK = 1024 * 1024
# Beside the blobs, the id of the catalog that they belong to. No blob is called so.
MARK = "narthex-catalog"
MARK_MOST = 64  # bytes


class Writer(Protocol):
    """One blob in the making. Exactly one of commit and abort ends it."""

    async def write(self, data: bytes) -> None:
        """Append. Raises Unavailable when the disk is full or refuses."""
        ...

    async def commit(self) -> bytes:
        """Make it durable; returns the CRC32C of each BLOCK, 4 bytes each, big-endian."""
        ...

    async def abort(self) -> None:
        """Leave nothing behind. Safe to call twice and after a failed write."""
        ...


class Blobs(Protocol):
    """The seam. Ids are 32 lower-case hex digits."""

    async def create(self, blob: str) -> Writer:
        """Begin a new blob. Raises Unavailable."""
        ...

    def read(self, blob: str, size: int, sums: bytes, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes [start, end) of a blob of `size` bytes, each block verified before any of it comes.

        Chunks are at most BLOCK bytes. Raises Corrupt (missing, short or altered), Unavailable.
        """
        ...

    async def delete(self, blob: str) -> None:
        """Gone afterwards; no error when it was gone before."""
        ...

    def scan(self) -> AsyncIterator[tuple[str, int]]:
        """Every committed blob's id and the time it was made (microseconds), in no order."""
        ...

    async def sweep_unfinished(self, before_us: int) -> int:
        """Remove what crashed writers left behind; how many. before_us: of their last write."""
        ...

    async def mark(self, owner: str) -> str:
        """Whose the store is: `owner` unless it was marked before. Durable. Raises Unavailable."""
        ...


@runtime_checkable
class Sendable(Protocol):
    """What a store of local files offers besides: whole files for the system to send by itself."""

    def path_if_verified(self, blob: str, size: int, sums: bytes) -> Path | None:
        """The blob's file, if this process read and verified all of it lately and it is unchanged.

        Does not block. None means: `read` it, which verifies.
        """
        ...


@runtime_checkable
class Elsewhere(Protocol):
    """What an object store offers besides: links of its own."""

    def url(self, blob: str, headers: Pairs, seconds: int) -> str | None:
        """A link to the blob, answered with these headers; None when it cannot be signed here."""
        ...


async def verify(blobs: Blobs, blob: str, size: int, sums: bytes) -> None:
    """Read all of a blob, for its checksums only. Raises Corrupt, Unavailable."""
    async for _ in blobs.read(blob, size, sums, 0, size):
        pass
