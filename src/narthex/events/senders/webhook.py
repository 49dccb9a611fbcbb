"""Webhooks: a signed POST of JSON over HTTP/1.1, to an address that was judged.

This file never follows a redirect, never keeps more of an answer than its status and when to come
again, and never repeats a URL: it may hold a password.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from urllib.parse import unquote

from narthex.events.connections import Place, current
from narthex.events.exchange import Answer, Broken, Line
from narthex.events.reach import Reach
from narthex.events.target import Delivery, Undelivered
from narthex.http import Pairs
from narthex.pure import webhooks
from narthex.pure.notify_urls import host_and_port, split

SECONDS = 15.0  # for all of one attempt
CONNECT_SECONDS = 5.0
LONGEST_WAIT = 3600.0  # seconds that a target may put us off for
_GONE = 410  # "do not ask again": RFC 9110, section 15.5.11
_LATER = (429, 503)


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The system's authorities, names checked: what every webhook is verified with."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Webhook:
    """One URL and the secret that its messages are signed with. clock: seconds since the epoch."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    reach: Reach
    tls: Callable[[], ssl.SSLContext] = tls_context
    clock: Callable[[], float] = time.time

    async def check(self) -> None:
        """The host is there and may be reached. Nothing is sent."""
        place = self._place()
        await self.reach.resolve(place.host, place.port)

    async def deliver(self, delivery: Delivery) -> None:
        """Sent, and answered with 2xx."""
        body = delivery.payload.encode()
        now = int(self.clock())
        target, headers = self._head(delivery.id, now, body)
        place = self._place()
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._post(place, target, headers, body)
        except TimeoutError as error:
            why = f"`{place.host}` did not answer within {SECONDS:.0f} seconds"
            raise Undelivered(why) from error
        _judge(place.host, answer.status, _seconds(answer.retry_after, now))

    def _place(self) -> Place:
        is_tls = self.url[:6].lower() == "https:"
        try:
            host, port = host_and_port(self.url, 443 if is_tls else 80)
        except ValueError as error:
            raise Undelivered(str(error), permanent=True) from error
        return Place(host, port, self.tls() if is_tls else None, self.reach)

    async def _post(self, place: Place, target: str, headers: Pairs, body: bytes) -> Answer:
        """On a connection that is open already, or on a new one. Raises Undelivered."""
        connections = current.get()
        kept = connections.take(place) if connections is not None else None
        try:
            if kept is not None:
                try:
                    return await _exchange(kept.line, place, kept.judged, target, headers, body)
                except Broken as error:
                    if not error.is_silent:
                        raise
                    # The other end hung up meanwhile, most likely before it saw the request.
            judged = asyncio.get_running_loop().time()
            line = await _connect(await self.reach.resolve(place.host, place.port), place)
            return await _exchange(line, place, judged, target, headers, body)
        except Broken as error:
            why = f"`{place.host}` broke the connection, or answers no HTTP"
            raise Undelivered(why) from error

    def _head(self, id: str, now: int, body: bytes) -> tuple[str, Pairs]:
        """What is asked for, and the headers."""
        parts = split(self.url)
        headers = [
            ("host", parts.netloc.rpartition("@")[2]),
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("user-agent", "narthex"),
            *webhooks.headers(self.secret, id, now, body),
        ]
        if current.get() is None:
            headers.append(("connection", "close"))
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            headers.append(("authorization", f"Basic {base64.b64encode(pair).decode()}"))
        query = f"?{parts.query}" if parts.query else ""
        return f"{parts.path or '/'}{query}", tuple(headers)


async def _connect(addresses: list[str], place: Place) -> Line:
    """A connection to one of the addresses; its certificate is for the name. Raises Undelivered."""
    host, loop = place.host, asyncio.get_running_loop()
    why = f"`{host}` does not answer on port {place.port}"
    name = host if place.tls else None
    for address in addresses:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, line = await loop.create_connection(
                    Line, address, place.port, ssl=place.tls, server_hostname=name
                )
                return line
        except ssl.SSLCertVerificationError as error:
            why = f"the certificate of `{host}` is not good: {error.verify_message}"
        except ssl.SSLError:
            why = f"`{host}` speaks no TLS on port {place.port}"
        except (OSError, TimeoutError):
            continue
    raise Undelivered(why)


async def _exchange(
    line: Line, place: Place, judged: float, target: str, headers: Pairs, body: bytes
) -> Answer:
    """The answer; the connection is kept if somebody keeps any, and closed if not. Raises Broken.

    judged: when the address that it leads to was, by the loop's clock.
    """
    connections, is_kept = current.get(), False
    try:
        answer = await line.post(target, headers, body)
        if connections is not None:
            line.when_over(partial(connections.keep, place, line, judged))
            is_kept = True
        return answer
    finally:
        if not is_kept:
            line.hang_up()


def _judge(host: str, status: int, retry_after: float | None) -> None:
    """Raises Undelivered unless the status says that it was taken."""
    if 200 <= status < 300:
        return
    reason = f"`{host}` answered {status}"
    if 300 <= status < 400:
        reason += ": redirects are not followed"
    raise Undelivered(
        reason, permanent=status == _GONE, retry_after=retry_after if status in _LATER else None
    )


def _seconds(text: str, now: float) -> float | None:
    """How long a Retry-After asks to wait: seconds, or a date. None for none, and for nonsense."""
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, at - now), LONGEST_WAIT)
