"""Between ASGI and our own values: bytes in, Request; Response, bytes out.

This file never routes by meaning: `/-/...` is ours, `planes` knows whose everything else is. It
keeps the raw path and query, since signatures are computed over them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import structlog

from narthex import arrival
from narthex.errors import S3Error, StoreError
from narthex.forwarded import arrived, believe, below
from narthex.http import NO_BODY, Body, Closable, File, Headers, Request, Response
from narthex.ledger.links import SHORT
from narthex.planes import answer
from narthex.review.models import models_of
from narthex.server import Server

log: Any = structlog.get_logger("narthex")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SLOWEST = 1024  # bytes a second over a whole body; a drip of single bytes holds no worker for days
BODILESS = frozenset(["GET", "HEAD"])
MORE = "http.request"
LENGTH = "content-length"
SEND_FILE = "http.response.pathsend"
# A send that waits this long, in seconds, may have ended because nobody is there to read: a moment
# later the server knows.
SLOW_SEND = 0.02
MOMENT = 0.005


class SocketBody:
    """The bytes as they come off the socket. Raises IncompleteBody, RequestTimeout.

    Silence for `timeout` seconds ends the body; so does a mean rate below SLOWEST after that time.
    """

    __slots__ = ("_clock", "_deadline", "_receive", "_timeout", "done")

    def __init__(self, receive: Receive, timeout: float) -> None:
        self._receive = receive
        self._timeout = timeout
        self._clock = asyncio.get_running_loop().time
        self._deadline = self._clock() + timeout
        self.done = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self.done:
            now = self._clock()
            try:
                async with asyncio.timeout_at(min(now + self._timeout, self._deadline)):
                    message = await self._receive()
            except TimeoutError as error:
                raise S3Error("RequestTimeout") from error
            if message["type"] != MORE:
                raise S3Error("IncompleteBody")
            self.done = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            if chunk:
                self._deadline += len(chunk) / SLOWEST
                return chunk
        raise StopAsyncIteration


def make_app(server: Server) -> App:
    """The ASGI application of one worker."""
    timeout = float(server.settings.body_timeout)
    proxies = frozenset(server.settings.trusted_proxies)
    public = below(server.settings.public_url)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = _request(scope, receive, timeout)
        if proxies:
            request = believe(request, proxies)
        if public is not None:
            request = arrived(request, public)
        if request.raw_path == "/-/health":
            response = await _health(server)
        elif request.raw_path.startswith(arrival.PATH):
            response = arrival.answer(request, server)
        else:
            response = await answer(request, server)
        if server.settings.access_log:
            _note(request, response)
        try:
            await _send(request, response, scope, receive, send)
        finally:
            await _close(response.body)

    return app


def _request(scope: Scope, receive: Receive, timeout: float) -> Request:
    headers = Headers(
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    )
    method: str = scope["method"]
    body: Body = NO_BODY
    if "content-length" in headers or "transfer-encoding" in headers or method not in BODILESS:
        body = SocketBody(receive, timeout)
    client = scope.get("client")
    return Request(
        method,
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        scope["scheme"],
        client[0] if client else "",
        body,
    )


async def _send(
    request: Request, response: Response, scope: Scope, receive: Receive, send: Send
) -> None:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = response.body
    if request.method == "HEAD" or response.status in (204, 304):
        await send({"type": "http.response.body", "body": b""})
    elif isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
    elif isinstance(body, File) and SEND_FILE in scope.get("extensions", ()):
        await send({"type": SEND_FILE, "path": body.path})
    else:
        length = next((int(value) for name, value in response.headers if name == LENGTH), None)
        await _stream(body.stream if isinstance(body, File) else body, length, receive, send)


async def _stream(
    body: AsyncIterator[bytes], length: int | None, receive: Receive, send: Send
) -> None:
    """Send chunk by chunk, until the client is gone. What is cut short, its length betrays.

    What is sent to a client that is gone vanishes without an error, so the server is asked before
    the last chunk: a body that was asked for its end was there to the last.
    """
    gone = asyncio.ensure_future(_gone(receive))
    clock, sent = asyncio.get_running_loop().time, 0
    try:
        async for chunk in body:
            if sent and sent + len(chunk) == length:
                await asyncio.sleep(MOMENT)
            if gone.done():
                return
            began = clock()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            sent += len(chunk)
            await asyncio.sleep(MOMENT if clock() - began > SLOW_SEND and sent != length else 0)
    except StoreError as error:
        log.error("cut short", reason=str(error))
        raise
    finally:
        gone.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    """Returns when the client is gone, or has been given all."""
    while (await receive())["type"] == MORE:
        pass


async def _close(body: object) -> None:
    """Tell a stream that nobody will read on, whether it was read to its end or never begun."""
    if body.__class__ is bytes:  # most of them, and to ask for a protocol takes long
        return
    if isinstance(body, File):
        body = body.stream
    if isinstance(body, Closable):
        await body.aclose()


async def _health(server: Server) -> Response:
    """200 when the catalog answers, 503 when not. Says so when a broken model is not in force."""
    try:
        await server.catalog.fetch_one("SELECT 1")
    except StoreError as error:
        log.error("unhealthy", reason=str(error))
        return _said(503, b"no\n")
    broken = models_of(server).current().problem
    return _said(
        200, b"ok\nmodel: its file is broken, the one before is in force\n" if broken else b"ok\n"
    )


def _said(status: int, text: bytes) -> Response:
    headers = (("content-type", "text/plain"), ("content-length", str(len(text))))
    return Response(status, headers, text)


def _note(request: Request, response: Response) -> None:
    log.info(
        "request",
        method=request.method,
        path=_loggable(request.raw_path),
        status=response.status,
        client=request.client,
    )


def _loggable(raw_path: str) -> str:
    """A path without the token of a short link: whoever reads the log shall not have the files."""
    return f"{SHORT}..." if raw_path.startswith(SHORT) else raw_path[:256]
