"""How a web worker or the steward asks the host of this machine to run a function: by frames.

They go over a Unix socket in the data folder, which only our own user can open. This file never
runs anything and never decides who may.

A frame is two lengths (4 bytes each, big-endian), then JSON and bytes of those lengths.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from pathlib import Path
from typing import Any

from narthex.functions.errors import LambdaError
from narthex.pure.functions import MOST_PAYLOAD, Order, Outcome

SOCKET = "functions.sock"
LENGTHS = struct.Struct(">II")
MOST_HEAD = 64 * 1024
MOST_BYTES = MOST_PAYLOAD + 64 * 1024
LONGEST_PATH = 100  # bytes; the system takes 107
GONE = "The functions of this server cannot be reached. Try again later."


async def read_frame(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises EOFError at the end, ValueError for what is none."""
    head_size, size = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
    if head_size > MOST_HEAD or size > MOST_BYTES:
        raise ValueError("a frame is too long")
    head = json.loads(await reader.readexactly(head_size))
    return head, await reader.readexactly(size) if size else b""


def frame(head: dict[str, Any], data: bytes = b"") -> bytes:
    """A frame as it is sent."""
    told = json.dumps(head).encode()
    return LENGTHS.pack(len(told), len(data)) + told + data


async def ask(folder: Path, order: Order, *, patient: bool) -> Outcome:
    """The outcome of one invocation. patient: wait until there is room, rather than be refused.

    Raises LambdaError when it did not run.
    """
    head = {
        "function": order.function,
        "version": order.version,
        "request_id": order.request_id,
        "arn": order.arn,
        "client_context": order.client_context,
        "trace_id": order.trace_id,
        "patient": patient,
    }
    told, payload = await _exchange(folder, frame(head, order.payload))
    if told["refused"]:
        raise LambdaError(told["refused"], payload.decode(), told["reason"])
    split = told["log"]
    return Outcome(payload[split:], told["failure"], payload[:split], told["version"])


async def announce(folder: Path, function: str) -> None:
    """Tell the host that a function is about to be used. It may not be there: then it learns later.

    Nobody waits for what it does then.
    """
    with contextlib.suppress(LambdaError):
        await _exchange(folder, frame({"prepare": function}))


async def _exchange(folder: Path, sent: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        reader, writer = await _connect(folder)
    except OSError as error:
        raise LambdaError("ServiceUnavailableException", GONE) from error
    try:
        writer.write(sent)
        await writer.drain()
        return await read_frame(reader)
    except (OSError, EOFError, ValueError) as error:
        raise LambdaError("ServiceUnavailableException", GONE) from error
    finally:
        writer.close()


async def _connect(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    with Address(folder) as path:
        return await asyncio.open_unix_connection(path, limit=256 * 1024)


def listen(folder: Path) -> socket.socket:
    """A socket that only our user can connect to. Raises OSError."""
    listening = socket.socket(socket.AF_UNIX)
    (folder / SOCKET).unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        with Address(folder) as path:
            listening.bind(path)
    finally:
        os.umask(before)
    listening.listen(128)
    return listening


class Address:
    """A path of the socket that is short enough for the system, while it is in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def __enter__(self) -> str:
        plain = str(self._folder / SOCKET)
        if len(plain.encode()) <= LONGEST_PATH:
            return plain
        self._handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._handle}/{SOCKET}"

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
