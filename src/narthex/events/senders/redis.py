"""Redis and Valkey: what happened, added to a stream or a list, or published to a channel.

    redis://USER:PASSWORD@HOST:PORT/DATABASE?stream=NAME&maxlen=N    XADD: id, kind, payload
    redis://HOST?list=NAME                                           RPUSH: the payload
    redis://HOST?channel=NAME                                        PUBLISH: the payload
    rediss://...                                                     the same over TLS

This file never reads anything from a server, and the library is imported when one is spoken to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from narthex.events.reach import Reach
from narthex.events.senders.webhook import tls_context
from narthex.events.target import Delivery, Target, Undelivered
from narthex.pure.notify_urls import host_and_port, split

PORT = 6379
SECONDS = 10.0  # of one attempt
_PLACES = ("stream", "list", "channel")


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """Where on a server. place: one of _PLACES; name: of it. maxlen: 0 for no end of a stream."""

    url: str = field(repr=False)
    reach: Reach
    host: str
    port: int
    database: int
    place: str
    name: str
    maxlen: int

    async def check(self) -> None:
        """The server answers, and takes our name and password."""
        async with self._spoken() as server:
            await server.ping()

    async def deliver(self, delivery: Delivery) -> None:
        """The server has it. A receiver knows by the id, in a stream, what it had already."""
        async with self._spoken() as server:
            if self.place == "list":
                await server.rpush(self.name, delivery.payload)
            elif self.place == "channel":
                await server.publish(self.name, delivery.payload)
            else:
                entry = {"id": delivery.id, "kind": delivery.kind, "payload": delivery.payload}
                await server.xadd(self.name, entry, maxlen=self.maxlen or None)

    @asynccontextmanager
    async def _spoken(self) -> AsyncIterator[Any]:
        """A connection to the address that was checked, for a moment. Raises Undelivered."""
        try:
            from redis.exceptions import AuthenticationError, RedisError, ResponseError
        except ImportError as error:
            raise Undelivered(
                "Redis needs `pip install narthex[brokers]`", permanent=True
            ) from error
        try:
            async with asyncio.timeout(SECONDS):
                addresses = await self.reach.resolve(self.host, self.port)
                server = self._client(addresses[0])
                try:
                    yield server
                finally:
                    await server.aclose()
        except AuthenticationError as error:
            raise Undelivered("the Redis server refuses name or password") from error
        except ResponseError as error:  # a key of another type, no permission, memory full
            raise Undelivered(f"the Redis server refuses: {str(error)[:100]}") from error
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            raise Undelivered(f"Redis on `{self.host}` does not answer") from error

    def _client(self, address: str) -> Any:
        from redis.asyncio import Connection, ConnectionPool, Redis, SSLConnection

        host = self.host

        class Verified(SSLConnection):
            """Connects to an address; the certificate is for the name."""

            def _connection_arguments(self) -> Mapping[str, Any]:
                tls = {"ssl": tls_context(), "server_hostname": host}
                return {**super()._connection_arguments(), **tls}

        parts = split(self.url)
        pool = ConnectionPool(
            connection_class=Verified if parts.scheme == "rediss" else Connection,
            host=address,
            port=self.port,
            db=self.database,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            max_connections=1,
        )
        return Redis.from_pool(pool)


def open_redis(url: str, reach: Reach) -> Target:
    """The target behind a redis:// or rediss:// URL. Raises ValueError."""
    host, port = host_and_port(url, PORT)
    parts = split(url)
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    places = [place for place in _PLACES if said.get(place)]
    if len(places) != 1 or set(said) - {*places, "maxlen"}:
        raise ValueError("a redis URL ends in ?stream=NAME, ?list=NAME or ?channel=NAME")
    maxlen = said.get("maxlen", "0")
    if not (maxlen.isdigit() and len(maxlen) < 10) or ("maxlen" in said and "stream" not in said):
        raise ValueError("maxlen is a number of entries, of a stream")
    database = parts.path.strip("/") or "0"
    if not (database.isdigit() and len(database) < 6):
        raise ValueError("the path of a redis URL is the number of a database")
    place = places[0]
    return RedisPlace(url, reach, host, port, int(database), place, said[place], int(maxlen))
