"""What is computed of a body while it comes in: MD5 and checksums, in a thread beside the loop.

INVARIANT: blocks are hashed in the order they were added, and at most AHEAD of them are kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import deque

from narthex.pure import checksums

AHEAD = 3  # blocks: what the thread has to do while the loop is busy with others
INLINE_HASH = 64 * 1024  # below this a thread costs more than the hash


class Digests:
    """MD5 and the checksum to keep over the same bytes, and the client's where it is another."""

    __slots__ = ("announced", "checksum", "md5", "size")

    def __init__(self, algorithm: str, announced: str = "") -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.checksum = self.announced = checksums.Digest(algorithm)
        if announced and announced != algorithm:
            self.announced = checksums.Digest(announced)
        self.size = 0

    def update(self, data: bytes) -> None:
        """Append."""
        self.size += len(data)
        self.md5.update(data)
        self.checksum.update(data)
        if self.announced is not self.checksum:
            self.announced.update(data)


class Hashing:
    """Digests that a thread keeps up with the blocks of one body.

    MD5 takes longest of all that is done with a body: its thread is not to wait for the loop after
    each block.
    """

    __slots__ = ("_blocks", "_digests", "_loop", "_room", "_thread", "_turn")

    def __init__(self, digests: Digests) -> None:
        self._digests = digests
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(AHEAD)
        self._turn = threading.Lock()
        self._blocks: deque[bytes] = deque()  # while it is not empty, the thread goes on
        self._thread: asyncio.Future[None] | None = None

    async def add(self, block: bytes) -> None:
        """Hash it behind those before it. Waits while there are AHEAD of them."""
        if not self._blocks and len(block) <= INLINE_HASH:
            self._digests.update(block)
            return
        await self._room.acquire()
        if self._thread is not None and self._thread.done():
            self._thread.result()  # raises what went wrong
        with self._turn:
            self._blocks.append(block)
            is_first = len(self._blocks) == 1
        if is_first:
            await self.done()  # it has seen an empty queue, and is about to end
            self._thread = self._loop.run_in_executor(None, self._hash)
            self._thread.add_done_callback(self._ended)

    async def done(self) -> None:
        """All that was added is hashed."""
        if self._thread is not None:
            await self._thread

    def _hash(self) -> None:
        is_more = True
        while is_more:
            self._digests.update(self._blocks[0])
            with self._turn:
                self._blocks.popleft()
                is_more = bool(self._blocks)
            self._loop.call_soon_threadsafe(self._room.release)

    def _ended(self, thread: asyncio.Future[None]) -> None:
        """Whoever waits for room behind a block that failed is to hear of it."""
        if not thread.cancelled() and thread.exception() is not None:
            self._room.release()
