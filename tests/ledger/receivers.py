"""Clients who do not behave: they leave in the middle, or stop reading or sending."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.driving import Driver


@dataclass
class Receiver:
    """Follows a link and reads `most` chunks; then it leaves, or with `stalls` just waits."""

    driver: Driver
    url: str
    most: int = 1
    stalls: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    heard: list[dict[str, Any]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> int:
        """How many bytes came; the status is in `status`."""
        _, _, rest = self.url.partition("://")
        host, slash, target = rest.partition("/")
        raw_path, _, raw_query = (slash + target).partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "raw_path": raw_path.encode("latin-1"),
            "query_string": raw_query.encode("latin-1"),
            "headers": [
                (b"host", host.encode()),
                *((name.encode(), value.encode()) for name, value in self.headers),
            ],
            "scheme": "http",
            "client": (self.driver.client, 50000),
        }
        await self.driver.app(scope, self._receive, self._send)
        return self.size

    @property
    def status(self) -> int:
        """Of the answer."""
        status: int = self.heard[0]["status"]
        return status

    @property
    def size(self) -> int:
        """Bytes of the body so far."""
        return sum(len(message.get("body", b"")) for message in self.heard[1:])

    async def _receive(self) -> dict[str, Any]:
        if not self.heard:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.reached.wait()
        if self.stalls:
            await asyncio.Future()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if len(self.heard) > self.most:
            self.reached.set()
            if self.stalls:
                await asyncio.Future()


@dataclass
class Sender:
    """Sends the beginning of a file by a pre-signed PUT, and then nothing more."""

    driver: Driver
    url: str
    length: int
    heard: list[dict[str, Any]] = field(default_factory=list)
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    async def run(self) -> int:
        """The status that it is told."""
        _, _, rest = self.url.partition("://")
        host, slash, target = rest.partition("/")
        raw_path, _, raw_query = (slash + target).partition("?")
        scope = {
            "type": "http",
            "method": "PUT",
            "raw_path": raw_path.encode("latin-1"),
            "query_string": raw_query.encode("latin-1"),
            "headers": [(b"host", host.encode()), (b"content-length", b"%d" % self.length)],
            "scheme": "http",
            "client": (self.driver.client, 50000),
        }
        await self.driver.app(scope, self._receive, self._hear)
        status: int = self.heard[0]["status"]
        return status

    async def _receive(self) -> dict[str, Any]:
        if self.sent:
            self.waits.set()
            await asyncio.Future()
        self.sent = self.length // 2
        return {"type": "http.request", "body": bytes(self.sent), "more_body": True}

    async def _hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
