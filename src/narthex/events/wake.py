"""A bell between processes of one machine: a change was committed, look at the queue now.

It is a hint and nothing else: a datagram that is lost costs a moment, since the steward looks by
itself as well. INVARIANT: ringing never waits, never fails, and says nothing: no byte is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from functools import lru_cache
from pathlib import Path

from narthex.config import Settings
from narthex.server import Server

NAME = "steward.wake"
LONGEST_PATH = 103  # bytes of a socket's path on every system we know (macOS: 104 with its end)


# Seconds until it rings: the answer to whoever caused it goes out first, and one ring is for all of
# that time. Else the steward would wake up between a commit and its answer, and take the core.
DELAY = 0.002

_to_ring: dict[bytes, asyncio.AbstractEventLoop] = {}


def ring(server: Server) -> None:
    """Tell this machine's steward, if it runs, that there may be something to deliver."""
    path = _path(server.settings)
    loop = asyncio.get_running_loop()
    if path is not None and _to_ring.get(path) is not loop:  # one that was closed rings nothing
        _to_ring[path] = loop
        loop.call_later(DELAY, _ring, path)


def _ring(path: bytes) -> None:
    _to_ring.pop(path, None)
    with contextlib.suppress(OSError):  # nobody listens, or it was told often enough
        _sender().sendto(b"", path)


@lru_cache(maxsize=16)
def _path(settings: Settings) -> bytes | None:
    """Where the bell hangs; None where the folder's path is too long for a socket."""
    path = os.fsencode(settings.folder / NAME)
    return path if len(path) <= LONGEST_PATH else None


@lru_cache(maxsize=1)
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    sender.setblocking(False)
    return sender


class Bell:
    """What the steward listens to. Also rung from inside, by what has just made room."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._is_called = False
        self._socket: socket.socket | None = None

    @property
    def hangs(self) -> bool:
        """Whether other processes can ring it."""
        return self._socket is not None

    def hang(self, settings: Settings) -> None:
        """Listen in the data folder, in place of whoever did. Only its lock's holder may."""
        path = _path(settings)
        if path is None:
            return
        Path(os.fsdecode(path)).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            listener.setblocking(False)
            listener.bind(path)
            asyncio.get_running_loop().add_reader(listener, self._hear)
        except OSError:  # a file system without sockets: looking from time to time will do
            listener.close()
            return
        self._socket = listener

    def ring(self) -> None:
        """From inside."""
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Return when it rings, or rang since the last time; at the latest after so long.

        Whether another process rang it.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
        called, self._is_called = self._is_called, False
        return called

    def close(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            while self._socket is not None:  # all that wait are one
                self._socket.recv(1)
        self._is_called = True
        self._rung.set()
