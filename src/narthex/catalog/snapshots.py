"""What PostgreSQL shows a reader now, as a text that every commit changes; asked for many at once.

This file never knows what was read. INVARIANT: who asks gets a text that the server told after the
asking began, so what was noted under an equal text is what a read would find.

Source: PostgreSQL, "Transaction ID and Snapshot Information Functions". A snapshot is
`xmin:xmax:in progress`. A transaction that writes has an id; when it ends it leaves the third part,
or moves the second. So between two equal texts none ended. Readers have no id and change nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

MOST = 8192  # values; then all are forgotten


class Snapshots:
    """Values by what was asked. ask: the server's text, never one that was told before it began."""

    __slots__ = ("_ask", "_next", "_noted", "_running", "_text")

    def __init__(self, ask: Callable[[], Awaitable[str]]) -> None:
        self._ask = ask
        self._noted: dict[Any, Any] = {}
        self._text = ""
        self._running: asyncio.Future[dict[Any, Any]] | None = None
        self._next: asyncio.Future[dict[Any, Any]] | None = None

    async def noted(self) -> dict[Any, Any]:
        """What was noted since the last commit. Raises Unavailable when the server does not tell.

        One question is under way at a time. Whoever comes meanwhile waits for the next, together.
        """
        if self._next is None:
            self._next = asyncio.ensure_future(self._after(self._running))
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)

    async def _after(self, before: asyncio.Future[dict[Any, Any]] | None) -> dict[Any, Any]:
        if before is not None and not before.done():
            await asyncio.wait((before,))
        self._running, self._next = self._next, None
        text = await self._ask()
        if text != self._text or len(self._noted) >= MOST:
            self._text, self._noted = text, {}  # a new one: who holds the old notes into nothing
        return self._noted


def _heard(done: asyncio.Future[dict[Any, Any]]) -> None:
    """Everybody who asked may be gone by now; an error is then nobody's."""
    if not done.cancelled():
        done.exception()
