"""Blobs as local files: the seam over `folders`, `local_writer` and `local_source`.

This file never trusts the disk and never blocks the loop: files are touched in threads of its own,
so that a slow disk starves nobody else.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, ParamSpec, TypeVar

from narthex.blobs import BLOCK, Writer
from narthex.blobs.folders import Folders
from narthex.blobs.local_source import Identity, LocalSource
from narthex.blobs.local_writer import LocalWriter
from narthex.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 16  # reads and syncs at once; more would only queue at the disk
VERIFIED_SECONDS: Final = 3600  # how long one whole reading lets a file be sent unread
VERIFIED_MOST: Final = 65_536
ID: Final = re.compile(r"[0-9a-f]{32}")


class Verified(NamedTuple):
    """A file that was read whole, and every block of it was good."""

    identity: Identity
    sums: bytes
    until: float  # by time.monotonic


class LocalBlobs:
    """`Blobs` in one folder, and `Sendable`. Make it with `open_local`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders = Folders(folder)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="blobs")
        self._reading = 0
        self._verified: dict[str, Verified] = {}

    async def create(self, blob: str) -> Writer:
        return LocalWriter(_checked(blob), self._folders, self._threads)

    async def read(
        self, blob: str, size: int, sums: bytes, start: int, end: int
    ) -> AsyncIterator[bytes]:
        if start >= end:
            return
        first, last = start // BLOCK, (end - 1) // BLOCK
        source = LocalSource(blob, self._folders.path(_checked(blob)), size, sums, last)
        self._reading += 1
        try:
            ahead = self._threads.submit(source.block, first)
            for number in range(first, last):
                block = await asyncio.wrap_future(ahead)
                # One block ahead, so that disk and socket work at once; with many readers they do
                # so anyway, and the block would only cost memory.
                eager = self._reading <= THREADS
                if eager:
                    ahead = self._threads.submit(source.block, number + 1)
                yield block[start - first * BLOCK :] if number == first else block
                if not eager:
                    ahead = self._threads.submit(source.block, number + 1)
            block = await asyncio.wrap_future(ahead)
        except BaseException:
            self._threads.submit(source.close)
            raise
        finally:
            self._reading -= 1
        if source.identity is not None and (start, end) == (0, size):
            self._remember(blob, source.identity, sums)
        begin, stop = max(start - last * BLOCK, 0), end - last * BLOCK
        yield block[begin:stop] if begin or stop < len(block) else block

    async def delete(self, blob: str) -> None:
        self._verified.pop(blob, None)
        await self._call(_remove, self._folders.path(_checked(blob)))

    async def scan(self) -> AsyncIterator[tuple[str, int]]:
        for outer in await self._call(_subfolders, self._folders.top):
            for inner in await self._call(_subfolders, outer):
                for found in await self._call(_blobs, inner):
                    yield found

    async def sweep_unfinished(self, before_us: int) -> int:
        return await self._call(_sweep, self._folders.unfinished, before_us)

    async def mark(self, owner: str) -> str:
        return await self._call(self._folders.mark, owner)

    async def close(self) -> None:
        """Finish what was handed over; nothing is taken afterwards."""
        await asyncio.to_thread(self._threads.shutdown)

    def path_if_verified(self, blob: str, size: int, sums: bytes) -> Path | None:
        known = self._verified.get(blob)
        if known is None:
            return None
        path = self._folders.path(blob)
        try:
            unchanged = Identity.of(os.stat(path)) == known.identity
        except OSError:
            unchanged = False
        same = unchanged and (known.identity.size, known.sums) == (size, sums)
        if same and time.monotonic() < known.until:
            return Path(path)
        del self._verified[blob]
        return None

    def _remember(self, blob: str, identity: Identity, sums: bytes) -> None:
        if len(self._verified) >= VERIFIED_MOST:
            self._verified.clear()
        self._verified[blob] = Verified(identity, sums, time.monotonic() + VERIFIED_SECONDS)

    async def _call(self, step: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        try:
            return await asyncio.wrap_future(self._threads.submit(step, *args, **named))
        except OSError as error:
            raise Unavailable(f"the blobs cannot be tended: {error.strerror}") from error


def open_local(folder: Path) -> LocalBlobs:
    """The store in this folder, made (mode 0700) when needed. Raises Unavailable. Blocks."""
    try:
        Folders(folder).make()
    except OSError as error:
        raise Unavailable(
            f"the blobs folder `{folder}` cannot be used: {error.strerror}"
        ) from error
    return LocalBlobs(folder)


def _checked(blob: str) -> str:
    """The id. Whatever else came here must never become a path."""
    if not ID.fullmatch(blob):
        raise ValueError("a blob's id is 32 lower-case hex digits")
    return blob


# In a thread.


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _subfolders(path: str) -> list[str]:
    with os.scandir(path) as items:
        return [item.path for item in items if len(item.name) == 2 and item.is_dir()]


def _blobs(path: str) -> list[tuple[str, int]]:
    found = []
    with os.scandir(path) as items:
        for item in items:
            if ID.fullmatch(item.name):
                try:
                    found.append((item.name, item.stat().st_mtime_ns // 1000))
                except FileNotFoundError:  # deleted meanwhile
                    pass
    return found


def _sweep(folder: str, before_us: int) -> int:
    removed = 0
    with os.scandir(folder) as items:
        for item in items:
            try:
                if item.stat().st_mtime_ns // 1000 < before_us:
                    os.unlink(item.path)
                    removed += 1
            except FileNotFoundError:  # its writer ended it meanwhile
                pass
    return removed
