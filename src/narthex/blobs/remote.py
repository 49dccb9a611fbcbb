"""Blobs in an object store (Ceph, S3, GCS, Azure, any that obstore knows), behind the same seam.

This file never trusts what comes back: every block is held against its checksum, as with a disk.
A store shows an object only when all of it is there, so nothing partial is ever seen.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any, Final, TypeVar

import obstore
from awscrt.checksums import crc32c
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError

from narthex.blobs import BLOCK, MARK, MARK_MOST, Writer
from narthex.blobs.handing_over import HandingOver
from narthex.blobs.remote_ahead import in_order
from narthex.blobs.remote_writer import RemoteWriter
from narthex.errors import Corrupt, Unavailable
from narthex.http import Pairs

T = TypeVar("T")

BLOCKS: Final = 4  # of one request; a slow client holds no connection of the store open
TRIES: Final = 3  # beside the ones that obstore makes of each request
PAUSE: Final = 0.1  # seconds, doubled each time, any part of it
# Seconds for one request, and until nothing is tried again: a store that hangs (Ceph without room
# does) is told to clients before they give up. A part has to be sent in them.
PATIENCE: Final = 30.0
PAGE: Final = 1000
ID: Final = re.compile(r"[0-9a-f]{32}")


class RemoteBlobs:
    """`Blobs` behind a store of obstore's. Make it with `remote_url.open_remote`."""

    def __init__(self, store: Any, handing_over: HandingOver | None = None) -> None:
        self._store = store
        self._handing_over = handing_over

    async def create(self, blob: str) -> Writer:
        return RemoteWriter(blob, self._store, path_of(blob))

    async def read(
        self, blob: str, size: int, sums: bytes, start: int, end: int
    ) -> AsyncIterator[bytes]:
        if start >= end:
            return
        if len(sums) != -(-size // BLOCK) * 4:
            raise Corrupt(f"blob {blob} has a checksum too few or too many")
        number, behind = start // BLOCK, -(-end // BLOCK)

        async def ask(blocks: range) -> memoryview:
            return await self._blocks(blob, size, blocks.start, blocks.stop)

        async with aclosing(in_order(ask, growing(number, behind))) as answers:
            async for data in answers:
                for place in range(0, len(data), BLOCK):
                    block = bytes(data[place : place + BLOCK])
                    if crc32c(block) != int.from_bytes(sums[4 * number : 4 * number + 4], "big"):
                        raise Corrupt(f"block {number} of blob {blob} fails its checksum")
                    begin, stop = max(start - number * BLOCK, 0), end - number * BLOCK
                    number += 1
                    yield block[begin:stop] if begin or stop < len(block) else block
                del data  # else it is held while the next is waited for

    async def delete(self, blob: str) -> None:
        try:
            await self._try(lambda: obstore.delete_async(self._store, path_of(blob)))
        except FileNotFoundError:
            pass

    async def scan(self) -> AsyncIterator[tuple[str, int]]:
        try:
            async for page in obstore.list(self._store, chunk_size=PAGE):
                for item in page:
                    name = item["path"].rpartition("/")[2]
                    if ID.fullmatch(name):
                        yield name, int(item["last_modified"].timestamp() * 1_000_000)
        except (BaseError, OSError) as error:
            raise unavailable("the blobs cannot be listed", error) from error

    async def sweep_unfinished(self, before_us: int) -> int:
        """None: what a crashed writer left is the store's own, and its lifecycle rule ends it."""
        return 0

    async def mark(self, owner: str) -> str:
        try:
            return await self._marked()
        except FileNotFoundError:
            pass
        try:
            await self._put_mark(owner)
        except (BaseError, OSError) as error:
            raise unavailable("the blobs cannot be marked", error) from error
        return await self._marked()

    async def _put_mark(self, owner: str) -> None:
        """Of two that do it at once, the second changes nothing, where the store can tell."""
        try:
            await obstore.put_async(self._store, MARK, owner.encode(), mode="create")
        except AlreadyExistsError:
            return
        except NotSupportedError:
            await obstore.put_async(self._store, MARK, owner.encode())

    async def _marked(self) -> str:
        """Raises FileNotFoundError, Unavailable, also where a store has no ranges: none of its
        blobs could be read."""
        found = await self._try(lambda: obstore.get_async(self._store, MARK))
        await self._try(lambda: obstore.get_range_async(self._store, MARK, start=0, end=1))
        return bytes(await self._try(found.bytes_async))[:MARK_MOST].decode("ascii", "replace")

    def url(self, blob: str, headers: Pairs, seconds: int) -> str | None:
        links = self._handing_over
        return links.url(path_of(blob), headers, seconds) if links else None

    async def check(self) -> None:
        """Raises Unavailable when the store does not answer, or not to us."""
        async for _ in self._first_page():
            return

    async def _first_page(self) -> AsyncIterator[Any]:
        try:
            async for page in obstore.list(self._store, chunk_size=1):
                yield page
        except (BaseError, OSError) as error:
            raise unavailable("the store of the blobs does not answer", error) from error

    async def _blocks(self, blob: str, size: int, first: int, behind: int) -> memoryview:
        """Blocks [first, behind), not yet verified. Raises Corrupt (missing or short)."""
        start, end = first * BLOCK, min(behind * BLOCK, size)
        path = path_of(blob)
        try:
            data = memoryview(
                await self._try(
                    lambda: obstore.get_range_async(self._store, path, start=start, end=end)
                )
            )
        except FileNotFoundError as error:
            raise Corrupt(f"blob {blob} is missing") from error
        if len(data) != end - start:
            raise Corrupt(f"blob {blob} is short")
        return data

    async def _try(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the store answers. Raises FileNotFoundError, Unavailable."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        for attempt in range(1, TRIES + 1):
            try:
                return await ask()
            except FileNotFoundError:
                raise
            except (BaseError, OSError) as error:
                if attempt == TRIES or clock() >= until:
                    raise unavailable("the store of the blobs does not answer", error) from error
            await asyncio.sleep(random.random() * PAUSE * 2**attempt)
        raise AssertionError("unreachable")


def growing(first: int, behind: int) -> Iterator[range]:
    """Blocks [first, behind) for one request after the other: one, so that it comes soon, two, and
    then as many as one request may ask for."""
    count = 1
    while first < behind:
        yield range(first, min(first + count, behind))
        first, count = first + count, min(2 * count, BLOCKS)


def path_of(blob: str) -> str:
    """Where a blob is, below the store's prefix. Whatever else came here must never be a path."""
    if not ID.fullmatch(blob):
        raise ValueError("a blob's id is 32 lower-case hex digits")
    return f"{blob[:2]}/{blob}"


def unavailable(what: str, error: BaseException) -> Unavailable:
    """In one line: obstore's errors go on with all that it tried."""
    lines = str(error).strip().splitlines()
    return Unavailable(f"{what}: {lines[0][:300] if lines else type(error).__name__}")
