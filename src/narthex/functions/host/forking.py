"""The zygote as the host sees it: started when first needed, again when it died, told what to fork.

This file never puts a secret on the zygote's socket: what an environment is told goes through a
pipe that the zygote hands on unread.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from narthex.functions import zygote

READY_SECONDS = 30.0
LAUNCH = (
    f"import os, sys; os.dup2(int(sys.argv[1]), {zygote.CONTROL});"
    " os.execv(sys.executable, [sys.executable, '-m', 'narthex.functions.zygote'])"
)
# What Python and its libraries read; nothing else of ours is handed down.
KEPT = frozenset("PATH PYTHONPATH LD_LIBRARY_PATH LANG LC_ALL SSL_CERT_FILE SSL_CERT_DIR".split())

# Called with the exit status, negative for a signal; with None when the zygote took it along.
Ended = Callable[[int | None], None]


class Zygote:
    """Forks environments. Every one that it started ends with it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._started: dict[int, asyncio.Future[int]] = {}
        self._ended: dict[int, Ended] = {}
        self._number = 0

    async def start(self) -> None:
        """It runs and has imported what it is to. Raises OSError when it does not."""
        async with self._starting:
            if self._control is None:
                await self._launch()

    async def fork(self, told: dict[str, Any], ended: Ended) -> tuple[int, int, int]:
        """A new environment: its number, its process id, and where its output can be read.

        ended: called once. Raises OSError.
        """
        await self.start()
        control = self._control
        if control is None:
            raise BrokenPipeError("the zygote has ended")
        self._number += 1
        number = self._number
        output, output_end = os.pipe2(os.O_CLOEXEC)
        orders_end, orders = os.pipe2(os.O_CLOEXEC)
        started = self._started[number] = asyncio.get_running_loop().create_future()
        self._ended[number] = ended
        try:
            fds = array.array("i", [output_end, orders_end])
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
            control.sendmsg([json.dumps({"start": number}).encode()], rights)
            os.set_blocking(orders, False)
            pid = await asyncio.wait_for(started, READY_SECONDS)
            await _write(orders, json.dumps(told).encode())
        except BaseException:
            os.close(output)
            self._ended.pop(number, None)
            raise
        finally:
            self._started.pop(number, None)
            for handle in (output_end, orders_end, orders):
                os.close(handle)
        return number, pid, output

    def end(self, number: int) -> None:
        """Kill one, if it still lives."""
        if self._control is not None and number in self._ended:
            with contextlib.suppress(OSError):
                self._control.send(json.dumps({"end": number}).encode())

    async def close(self) -> None:
        """End it and all that it started."""
        for number in list(self._ended):
            self.end(number)
        if self._reader is not None:
            self._reader.cancel()
        self._lost()
        process = self._process
        if process is not None:
            await asyncio.to_thread(process.wait)

    async def _launch(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: value for name, value in os.environ.items() if name in KEPT}
        if "PYTHONPATH" not in environment:
            environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        with theirs:
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program; a moment
                [sys.executable, "-c", LAUNCH, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
            )
        ours.setblocking(False)
        self._control = ours
        loop = asyncio.get_running_loop()
        try:
            ready = await asyncio.wait_for(loop.sock_recv(ours, zygote.MOST_MESSAGE), READY_SECONDS)
        except TimeoutError as error:
            self._process.send_signal(signal.SIGKILL)
            self._lost()
            raise OSError("the zygote does not start") from error
        if not ready:
            self._lost()
            raise OSError("the zygote does not start")
        self._reader = loop.create_task(self._listen(ours))

    async def _listen(self, control: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await loop.sock_recv(control, zygote.MOST_MESSAGE)
            except OSError:
                data = b""
            if not data:
                self._lost()
                return
            message = json.loads(data)
            started = self._started.get(message.get("started", 0))
            if started is not None and not started.done():
                started.set_result(message["pid"])
            ended = self._ended.pop(message.get("ended", 0), None)
            if ended is not None:
                ended(message["status"])

    def _lost(self) -> None:
        """It is gone, and with it all that it started."""
        if self._control is not None:
            self._control.close()
        self._control = None
        ended, self._ended = self._ended, {}
        for one in ended.values():
            one(None)
        for started in self._started.values():
            if not started.done():
                started.set_exception(BrokenPipeError("the zygote has ended"))


async def _write(handle: int, data: bytes) -> None:
    """All of it, into a pipe whose other end may take its time."""
    loop = asyncio.get_running_loop()
    while data:
        try:
            data = data[os.write(handle, data) :]
        except BlockingIOError:
            writable = asyncio.Event()
            loop.add_writer(handle, writable.set)
            try:
                await writable.wait()
            finally:
                loop.remove_writer(handle)
