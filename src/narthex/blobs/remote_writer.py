"""One blob of an object store in the making: small ones in one PUT, larger ones in parts.

INVARIANT: an upload is always ended by itself, whole or given up, never left: what is cancelled
would leave parts in the store that nobody sees and somebody pays.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError

from narthex.blobs.sums import Sums
from narthex.errors import Unavailable

PART: Final = 8 * 1024 * 1024
PARTS_AT_ONCE: Final = 2
# Seconds that an upload may take no chunk: then all its parts hang, and each for its last time.
STUCK: Final = 40.0
# Seconds that giving up is waited for; where the store hangs it goes on by itself.
UNDOING: Final = 5.0
_undoing: set[asyncio.Future[None]] = set()  # nobody else may hold them any more


class _GivenUp(Exception):
    """Ends the stream of an upload, and so its parts."""


class RemoteWriter:
    """A `Writer`. It holds at most one part, and obstore `PARTS_AT_ONCE` more."""

    def __init__(self, blob: str, store: Any, path: str) -> None:
        self._blob = blob
        self._store = store
        self._path = path
        self._small = bytearray()  # until it is clear that there will be parts
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(1)  # None: give up
        self._whole = False  # no chunk follows what is in the queue
        self._upload: asyncio.Future[Any] | None = None
        self._stored = False  # there may be an object by now
        self._sums = Sums()

    async def write(self, data: bytes) -> None:
        self._sums.add(data)
        if self._upload is None:
            self._small += data
            if len(self._small) <= PART:
                return
            data, self._small = bytes(self._small), bytearray()
            self._begin()
        await self._hand_over(data)

    async def commit(self) -> bytes:
        self._stored = True
        try:
            if self._upload is None:
                whole = bytes(self._small)
                await asyncio.shield(
                    obstore.put_async(self._store, self._path, whole, use_multipart=False)
                )
            else:
                self._whole = True
                await self._hand_over(b"")
                await asyncio.shield(self._upload)
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from error
        return self._sums.finish()

    async def abort(self) -> None:
        undoing = asyncio.ensure_future(self._undo())
        _undoing.add(undoing)
        undoing.add_done_callback(_undoing.discard)
        await asyncio.wait((undoing,), timeout=UNDOING)

    async def _undo(self) -> None:
        self._small.clear()
        upload = self._upload
        if upload is not None and not upload.done():
            giving_up = asyncio.ensure_future(self._chunks.put(None))
            await asyncio.wait((giving_up, upload), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait((upload,))
            giving_up.cancel()
        if upload is not None and not upload.cancelled():
            upload.exception()  # asked for, so that nobody else is told
        if self._stored:
            try:
                await obstore.delete_async(self._store, self._path)
            except (BaseError, OSError):
                return  # gone, or an orphan: it is swept

    def _begin(self) -> None:
        self._upload = asyncio.ensure_future(
            obstore.put_async(
                self._store,
                self._path,
                self._stream(),
                use_multipart=True,
                chunk_size=PART,
                max_concurrency=PARTS_AT_ONCE,
            )
        )

    async def _stream(self) -> AsyncIterator[bytes]:
        while True:
            chunk = await self._chunks.get()
            if chunk is None:
                raise _GivenUp
            if chunk:
                yield chunk
            if self._whole and self._chunks.empty():
                return

    async def _hand_over(self, data: bytes) -> None:
        """Wait until the upload takes it. Raises Unavailable when it failed meanwhile, or hangs."""
        upload = self._upload
        if upload is None:
            raise AssertionError("there is no upload yet")
        taking = asyncio.ensure_future(self._chunks.put(data))
        try:
            await asyncio.wait((taking, upload), timeout=STUCK, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            taking.cancel()
            raise
        if not taking.done():
            taking.cancel()
            if not upload.done():
                raise self._unavailable(TimeoutError("the store takes nothing"))
            error = upload.exception()
            if error is None:
                raise AssertionError("an upload ended before its bytes")
            raise self._unavailable(error) from error

    def _unavailable(self, error: BaseException) -> Unavailable:
        lines = str(error).strip().splitlines()
        why = lines[0][:300] if lines else type(error).__name__
        return Unavailable(f"blob {self._blob} cannot be written: {why}")
