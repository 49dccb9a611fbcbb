"""The Runtime API of Lambda, as AWS's own client speaks it: HTTP/1.1 on a port of this machine.

This file never trusts a path: each environment has one of its own with a secret in it, so that no
function can take or answer an invocation of another.
Source: AWS Lambda developer guide, "Using the Lambda runtime API"; awslambdaric 4.2.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from narthex.functions.host.environment import Environment, Turn
from narthex.pure.functions import MOST_PAYLOAD, Failure

VERSION = "/2018-06-01/runtime/"
MOST_HEAD = 2 * 1024 * 1024  # bytes; an error's cause comes in a header
MOST_BODY = MOST_PAYLOAD + 1024 * 1024
TOO_LARGE = (
    b'{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded'
    b' maximum allowed payload size (6291556 bytes)."}'
)
REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden"}


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class RuntimeApi:
    """Serves the environments that are told to it."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._environments: dict[int, Environment] = {}
        self._number = 0
        self._port = 0

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=MOST_HEAD, backlog=128
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def admit(self, environment: Environment) -> tuple[int, str]:
        """A number to `forget` it by; and the address and path of its API."""
        self._number += 1
        self._environments[self._number] = environment
        return self._number, f"127.0.0.1:{self._port}/{self._number}-{environment.token}"

    def forget(self, number: int) -> None:
        """Its path leads nowhere any more."""
        self._environments.pop(number, None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _read(reader)) is not None:
                if not await self._answer(asked, writer):
                    break
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # whoever it was is gone, or speaks something else
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, asked: _Asked, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        lead, _, rest = asked.path.removeprefix("/").partition("/")
        number, _, token = lead.partition("-")
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        environment = self._environments.get(place)
        if environment is None or not environment.is_token(token):
            await _send(writer, 403)
            return False
        what = f"/{rest}".removeprefix(VERSION)
        if asked.method == "GET" and what == "invocation/next":
            turn = await environment.take()
            if turn is None:
                return False
            await _send(writer, 200, turn.order.payload, _headers(turn))
            return True
        status = _take(environment, what, asked) if asked.method == "POST" else 400
        await _send(writer, status)
        return status != 400


def _take(environment: Environment, what: str, asked: _Asked) -> int:
    """What a runtime reports; the status that tells it how that was taken."""
    if what == "init/error":
        environment.fail_init(asked.body)
        return 202
    lead, _, kind = what.partition("/")
    request_id, _, kind = kind.partition("/")
    if lead != "invocation" or kind not in ("response", "error"):
        return 400
    failure: Failure = "Unhandled" if kind == "error" else ""
    body = asked.body
    if len(body) > MOST_PAYLOAD:  # AWS's client would end if it were told: whoever asked is
        body, failure = TOO_LARGE, "Unhandled"
    return 202 if environment.answer(request_id, failure, body) else 400


def _headers(turn: Turn) -> list[tuple[str, str]]:
    order = turn.order
    told = [
        ("Lambda-Runtime-Aws-Request-Id", order.request_id),
        ("Lambda-Runtime-Deadline-Ms", str(turn.deadline_ms)),
        ("Lambda-Runtime-Invoked-Function-Arn", order.arn),
        ("Content-Type", "application/json"),
    ]
    if order.trace_id:
        told.append(("Lambda-Runtime-Trace-Id", order.trace_id))
    if order.client_context:
        told.append(("Lambda-Runtime-Client-Context", order.client_context))
    return told


async def _read(reader: asyncio.StreamReader) -> _Asked | None:
    """The next request; None at the end. Raises ValueError for what is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, path, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    size = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not (size.isascii() and size.isdigit()):
        raise ValueError("a body without a length")
    if int(size) > MOST_BODY:
        await _discard(reader, int(size))
        return _Asked(method, path, headers, b"\0" * (MOST_PAYLOAD + 1))
    return _Asked(method, path, headers, await reader.readexactly(int(size)))


async def _discard(reader: asyncio.StreamReader, size: int) -> None:
    """Read what is too large to be kept, so that the client hears why."""
    while size > 0:
        data = await reader.read(min(size, 256 * 1024))
        if not data:
            raise EOFError("the body ends early")
        size -= len(data)


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes = b'{"status":"OK"}',
    headers: list[tuple[str, str]] | None = None,
) -> None:
    told = [*(headers or []), ("Content-Length", str(len(body)))]
    lines = "".join(f"{name}: {value}\r\n" for name, value in told)
    writer.write(f"HTTP/1.1 {status} {REASONS[status]}\r\n{lines}\r\n".encode("latin-1") + body)
    await writer.drain()
