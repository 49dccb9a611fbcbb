"""One blob of the local store in the making: written beside its place, synced, then moved there.

INVARIANT: whatever is cancelled or fails, and in whichever order, `abort` leaves no file.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future

from narthex.blobs import BLOCK
from narthex.blobs.folders import Folders, sync
from narthex.blobs.sums import Sums
from narthex.errors import Unavailable


class LocalWriter:
    """A `Writer`. One write is in flight, in a thread, while the caller gathers the next."""

    def __init__(self, blob: str, folders: Folders, threads: Executor) -> None:
        self._blob = blob
        self._folders = folders
        self._threads = threads
        self._turn = threading.Lock()  # steps of one writer never overlap, not even after a cancel
        self._pending: Future[None] | None = None
        self._handle = -1
        self._ended = False
        self._sums = Sums()

    async def write(self, data: bytes) -> None:
        await self._settle()
        self._pending = self._threads.submit(self._step, lambda: self._append(data))

    async def commit(self) -> bytes:
        await self._settle()
        self._pending = self._threads.submit(self._step, self._finish)
        await self._settle()
        return self._sums.finish()

    async def abort(self) -> None:
        # Handed over before anything is awaited: a cancelled abort still aborts.
        done = self._threads.submit(self._undo)
        await asyncio.shield(asyncio.wrap_future(done))

    async def _settle(self) -> None:
        if self._pending is not None:
            await asyncio.wrap_future(self._pending)
            self._pending = None

    # In a thread.

    def _step(self, step: Callable[[], None]) -> None:
        with self._turn:
            if self._ended:
                return
            try:
                if self._handle < 0:
                    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                    self._handle = os.open(self._unfinished, flags, 0o600)
                step()
            except OSError as error:
                raise Unavailable(
                    f"blob {self._blob} cannot be written: {error.strerror}"
                ) from error

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._handle, left) :]
        if len(data) >= BLOCK:
            write_back(self._handle, self._sums.size, len(data))
        self._sums.add(data)

    def _finish(self) -> None:
        sync(self._handle)
        self._close()
        self._folders.publish(self._blob)

    def _undo(self) -> None:
        with self._turn:
            self._ended = True
            self._close()
            for path in (self._unfinished, self._folders.path(self._blob)):
                try:
                    os.unlink(path)
                except OSError:  # never made; or what cannot be removed now is swept later
                    pass

    def _close(self) -> None:
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)

    @property
    def _unfinished(self) -> str:
        return f"{self._folders.unfinished}/{self._blob}"


def write_back(handle: int, start: int, size: int) -> None:
    """Start writing these bytes to the disk, so that little is left for the sync at the end.

    On Linux this advice starts the writing of dirty pages and drops only clean ones; the pages just
    written are dirty, so they stay in memory.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, start, size, os.POSIX_FADV_DONTNEED)
