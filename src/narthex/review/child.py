"""A process of ours that is given one order and some bytes, and answers with JSON, or is ended.

INVARIANT: it inherits no environment, so no secret; nothing waits for it longer than it is given;
and none outlives its order. One that was started in advance waits for an order and holds nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_ANSWER = 64 * 1024 * 1024


class ChildFailed(Exception):
    """It gave no answer. The text says why, for people."""


class Child:
    """One such process; `start` it, `order`, `feed`, and `answer` or `end`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
    ) -> None:
        self._process, self._stdin, self._stdout = process, stdin, stdout
        self._left = 0
        self._deaf = False

    @classmethod
    async def start(cls, module: str, arguments: Sequence[str] = ()) -> Child:
        """A process that runs one of our modules. Raises ChildFailed."""
        # The interpreter's own search path, and nothing else of ours.
        environment = {
            "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
            "PYTHONUTF8": "1",
        }
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-B", "-m", module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise ChildFailed("no process could be started") from error
        if process.stdin is None or process.stdout is None:
            raise ChildFailed("no process could be spoken to")
        return cls(process, process.stdin, process.stdout)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def order(self, order: Mapping[str, Any], most: int) -> None:
        """Say what to do. most: bytes of what is fed that it is given."""
        self._left = most
        await self._write(json.dumps(order).encode() + b"\n")

    async def feed(self, data: bytes) -> None:
        """Give it more, as long as it listens."""
        if self._left > 0:
            await self._write(data[: self._left])
            self._left -= len(data)

    async def answer(self, seconds: float) -> dict[str, Any]:
        """What it says, once it has everything. It is ended afterwards. Raises ChildFailed."""
        self._stdin.close()
        try:
            async with asyncio.timeout(seconds):
                said = await self._listen()
                code = await self._process.wait()
        except TimeoutError as error:
            raise ChildFailed(f"it took longer than {seconds:g} s") from error
        finally:
            await self.end()
        try:
            told: dict[str, Any] = json.loads(said)
        except ValueError as error:
            raise ChildFailed("it took more time or memory than is allowed") from error
        if code != 0 or not isinstance(told, dict):
            raise ChildFailed("it gave no answer")
        return told

    async def _listen(self) -> bytes:
        said = bytearray()
        while chunk := await self._stdout.read(1024 * 1024):
            said += chunk
            if len(said) > LONGEST_ANSWER:
                raise ChildFailed("it said more than is listened to")
        return bytes(said)

    async def end(self) -> None:
        """Gone afterwards."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()

    async def _write(self, data: bytes) -> None:
        if self._deaf:
            return
        try:
            self._stdin.write(data)
            await self._stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            self._deaf = True  # its answer, or the want of it, says why
