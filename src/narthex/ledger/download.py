"""The bytes of a shared download on their way out: counted, cut when the share ends, settled.

This file never decides who gets them. INVARIANT: a download is settled exactly once, however it
ends: sent to its last byte, left by its receiver, cut, or failed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from narthex.errors import StoreError
from narthex.http import Closable
from narthex.ledger.underway import Passage

log = logging.getLogger(__name__)

Settle = Callable[[int, bool], Awaitable[None]]


class Download:
    """A body. enter, leave: told when it begins and ends. settle: bytes sent, and whether cut."""

    __slots__ = ("_enter", "_last", "_leave", "_passage", "_sent", "_settle", "_settled", "_source")

    def __init__(
        self,
        source: AsyncIterator[bytes],
        passage: Passage,
        enter: Callable[[Passage], None],
        leave: Callable[[Passage], None],
        settle: Settle,
    ) -> None:
        self._source = source
        self._passage = passage
        self._enter = enter
        self._leave = leave
        self._settle = settle
        self._settled = False
        self._sent = 0
        self._last = -1  # bytes of the chunk that is being sent; -1 before the first

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._last < 0:
            self._enter(self._passage)
        else:  # whoever asks for more has sent the last one
            self._sent += self._last
            self._last = 0
        try:
            if self._passage.is_cut:
                raise asyncio.CancelledError
            chunk = await anext(self._source)
        except BaseException:  # also the end
            await self.aclose()
            raise
        self._last = len(chunk)
        return chunk

    async def aclose(self) -> None:
        """Settle what was sent, once."""
        if self._settled:
            return
        self._settled = True
        self._leave(self._passage)
        try:
            if isinstance(self._source, Closable):
                await self._source.aclose()
            await self._settle(self._sent, self._passage.is_cut)
        except StoreError as error:  # the booking is given back when nobody keeps it up
            log.warning("a download of share %s is not settled: %s", self._passage.share.id, error)


async def once(data: bytes) -> AsyncIterator[bytes]:
    """A body that is there already, as a stream."""
    yield data
