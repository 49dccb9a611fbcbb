"""What functions write, on its way into the catalog: gathered for a moment, written together.

This file never makes a function wait. What comes faster than it can be kept is dropped, and a line
in its place says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from narthex.catalog import Transaction, function_logs
from narthex.errors import StoreError
from narthex.pure.functions import LogChunk
from narthex.server import Server

FLUSH_SECONDS = 0.2
PRUNE_SECONDS = 30.0
MOST_WAITING = 1024 * 1024  # characters of one log stream between two flushes
MOST_CHUNK = 64 * 1024  # characters of one row
DROPPED = "[narthex] more was written here than is kept\n"

log = structlog.get_logger("narthex")


@dataclass(slots=True)
class _Waiting:
    """Text of one stream that is not in the catalog yet."""

    function: str
    since_us: int
    parts: list[str] = field(default_factory=list)
    size: int = 0


class Journal:
    """Takes text of log streams and keeps it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._waiting: dict[str, _Waiting] = {}
        self._written: set[str] = set()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write what is taken."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """All that was taken is kept."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.flush()

    def write(self, function: str, stream: str, text: str) -> None:
        """Keep this text. stream: its name is unique over all functions."""
        waiting = self._waiting.get(stream)
        if waiting is None:
            waiting = self._waiting[stream] = _Waiting(function, self._server.clock())
        if waiting.size > MOST_WAITING:
            return
        waiting.size += len(text)
        waiting.parts.append(text if waiting.size <= MOST_WAITING else DROPPED)

    async def flush(self) -> None:
        """What was taken so far is in the catalog, or lost and said so."""
        async with self._lock:
            taken, self._waiting = self._waiting, {}
            chunks = [
                (one.function, LogChunk(one.since_us, self._server.new_id(), stream, part))
                for stream, one in taken.items()
                for part in _cut("".join(one.parts))
            ]
            if not chunks:
                return

            async def work(tx: Transaction) -> None:
                await function_logs.add(tx, chunks)

            try:
                await self._server.catalog.run(work)
            except StoreError as error:
                log.error("function logs lost", chunks=len(chunks), reason=str(error))
            self._written |= {function for function, _ in chunks}

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        prune_at = loop.time() + PRUNE_SECONDS
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._waiting:
                await self.flush()
            if loop.time() >= prune_at:
                await self._prune()
                prune_at = loop.time() + PRUNE_SECONDS

    async def _prune(self) -> None:
        written, self._written = self._written, set()
        for function in sorted(written):

            async def work(tx: Transaction, function: str = function) -> None:
                await function_logs.prune(tx, function)

            with contextlib.suppress(StoreError):
                await self._server.catalog.run(work)


def _cut(text: str) -> list[str]:
    """In rows of bounded size. A row holds no NUL."""
    text = text.replace("\0", "\ufffd")
    return [text[start : start + MOST_CHUNK] for start in range(0, len(text), MOST_CHUNK)]
