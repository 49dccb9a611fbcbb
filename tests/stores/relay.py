"""A relay before a store that misbehaves when told to: it breaks answers off, or says nothing.

It knows of HTTP only that a request begins with its method. Loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

CHUNK = 64 * 1024


@dataclass
class Relay:
    """breaking: how many of the next GETs are broken off, each after `after` bytes.

    silent: requests are taken, and not answered. rangeless: parts are answered as if they were all.
    """

    store: tuple[str, int]
    port: int = 0
    breaking: int = 0
    after: int = 0
    silent: bool = False
    rangeless: bool = False
    gets: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the client's."""
        try:
            theirs, ours = await asyncio.open_connection(*self.store)
            answering = asyncio.ensure_future(self._answer(theirs, writer))
            with contextlib.closing(ours):
                await self._ask(reader, ours)
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
        except OSError:
            pass
        finally:
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, ours: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if data.startswith(b"GET "):
                self.gets += 1
            if not self.silent:
                ours.write(data)
                await ours.drain()

    async def _answer(self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        room = None
        while data := await theirs.read(CHUNK):
            if self.breaking and room is None:
                self.breaking -= 1
                room = self.after
            if room is not None:
                data, room = data[:room], max(room - len(data), 0)
            if self.rangeless:
                data = data.replace(b" 206 Partial Content\r\n", b" 200 OK\r\n", 1)
            writer.write(data)
            await writer.drain()
            if room == 0:
                break
        writer.close()


@contextlib.asynccontextmanager
async def relaying(store: tuple[str, int]) -> AsyncIterator[Relay]:
    """In front of the store at that host and port."""
    relay = Relay(store)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        with contextlib.suppress(asyncio.CancelledError):  # at the end; asyncio would log it
            await relay.serve(reader, writer)
        serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
