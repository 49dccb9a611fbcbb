"""NATS: what happened, published to a subject; with JetStream, kept there before it is delivered.

    nats://USER:PASSWORD@HOST:PORT/SUBJECT                   to whoever listens now
    nats://TOKEN@HOST/SUBJECT?jetstream=true                 acknowledged by a stream, once an id
    nats://HOST/SUBJECT?tls=true                             over TLS, the certificate verified

This file never subscribes, and the library is imported when a server is spoken to.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from narthex.events.reach import Reach
from narthex.events.senders.webhook import tls_context
from narthex.events.target import Delivery, Target, Undelivered
from narthex.pure.notify_urls import host_and_port, split

PORT = 4222
SECONDS = 10.0  # of one attempt
STEP_SECONDS = 5.0
_SUBJECT = re.compile(r"[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*")  # no wildcards


@dataclass(frozen=True, slots=True)
class NatsSubject:
    """A subject on a server. is_kept: JetStream is to acknowledge it."""

    url: str = field(repr=False)
    reach: Reach
    host: str
    port: int
    subject: str
    is_kept: bool
    is_tls: bool

    async def check(self) -> None:
        """The server answers, takes our name and password, and has a stream for the subject."""
        async with self._spoken() as server:
            if self.is_kept:
                await server.jetstream().find_stream_name_by_subject(self.subject)

    async def deliver(self, delivery: Delivery) -> None:
        """The server has it, or a stream of it. A receiver knows by the id what it had already."""
        data = delivery.payload.encode()
        headers = {"Nats-Msg-Id": delivery.id, "Narthex-Kind": delivery.kind}
        async with self._spoken() as server:
            if self.is_kept:
                stream = server.jetstream(timeout=STEP_SECONDS)
                await stream.publish(self.subject, data, headers=headers)
            else:
                await server.publish(self.subject, data, headers=headers)
                await server.flush(timeout=STEP_SECONDS)

    @asynccontextmanager
    async def _spoken(self) -> AsyncIterator[Any]:
        """A connection to the address that was checked, for a moment. Raises Undelivered."""
        try:
            from nats.errors import Error, MaxPayloadError
            from nats.js.errors import NoStreamResponseError, NotFoundError
        except ImportError as error:
            raise Undelivered(
                "NATS needs `pip install narthex[brokers]`", permanent=True
            ) from error
        try:
            async with asyncio.timeout(SECONDS):
                addresses = await self.reach.resolve(self.host, self.port)
                server = await self._connect(addresses[0])
                try:
                    yield server
                finally:
                    await server.close()
        except (NoStreamResponseError, NotFoundError) as error:
            raise Undelivered(f"no stream on `{self.host}` keeps `{self.subject}`") from error
        except MaxPayloadError as error:
            raise Undelivered(
                "this is larger than the NATS server takes", permanent=True
            ) from error
        except (Error, OSError) as error:  # TimeoutError is an OSError
            raise Undelivered(f"NATS on `{self.host}` does not answer, or refuses us") from error

    async def _connect(self, address: str) -> Any:
        """Once, and to nowhere else: what a server says of its cluster is not followed."""
        from nats.aio.client import Client

        parts = split(self.url)
        name = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        more: dict[str, Any] = {"user": name, "password": password} if password else {"token": name}
        if self.is_tls:
            more |= {"tls": tls_context(), "tls_hostname": self.host}
        where = f"[{address}]" if ":" in address else address
        client = Client()
        try:
            await client.connect(
                f"nats://{where}:{self.port}",
                name="narthex",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=int(STEP_SECONDS),
                error_cb=_ignore,
                **more,
            )
        except BaseException:
            await client.close()  # a refusal leaves its connection open
            raise
        return client


async def _ignore(error: Exception) -> None:
    """What the library would log: it is raised as well."""


def open_nats(url: str, reach: Reach) -> Target:
    """The target behind a nats:// URL. Raises ValueError."""
    host, port = host_and_port(url, PORT)
    parts = split(url)
    subject = unquote(parts.path.removeprefix("/"))
    if not _SUBJECT.fullmatch(subject) or len(subject) > 255:
        raise ValueError("the path of a nats URL is a subject, without wildcards")
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(said) - {"jetstream", "tls"} or set(said.values()) - {"true", "false"}:
        raise ValueError("a nats URL takes ?jetstream=true and ?tls=true")
    is_kept, is_tls = said.get("jetstream") == "true", said.get("tls") == "true"
    return NatsSubject(url, reach, host, port, subject, is_kept, is_tls)
