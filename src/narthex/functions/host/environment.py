"""One execution environment: a process that runs one function version, one invocation at a time.

This file never speaks HTTP (`runtime_api` does) and never decides which environment runs what.
Source: AWS Lambda developer guide, "Understanding the Lambda execution environment lifecycle".
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import time
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narthex.functions.errors import LambdaError
from narthex.functions.host.forking import Zygote
from narthex.functions.host.journal import Journal
from narthex.pure.functions import Failure, Function, Order, Outcome, Version

INIT_SECONDS = 10.0  # Lambda's budget for what runs before the handler
LOST = "The execution environment was lost. Try again."
READY_SECONDS = 1.0  # from an answer until it asks for the next
TAIL_BYTES = 4096  # of the log, that X-Amz-Log-Result holds
READ_BYTES = 64 * 1024


@dataclass(slots=True)
class Turn:
    """An invocation while it runs. answer: what the runtime sent: whether it failed, and bytes."""

    order: Order
    deadline_ms: int
    answer: asyncio.Future[tuple[Failure, bytes]]
    began: float
    tail: deque[bytes] = field(default_factory=deque)
    tail_size: int = 0


class Environment:
    """A process of its own for one version of a function."""

    def __init__(self, function: Function, version: Version, stream: str, journal: Journal) -> None:
        self.function = function
        self.version = version
        self.stream = stream
        self.born_us = 0
        self.idle_since = 0.0
        self.runs = 0
        self._journal = journal
        self._token = secrets.token_hex(16)
        self._loop = asyncio.get_running_loop()
        self._polled = asyncio.Event()
        self._waiting: asyncio.Future[Turn | None] | None = None
        self._turn: Turn | None = None
        self._init_error: bytes | None = None
        self._exited: asyncio.Future[int | None] = self._loop.create_future()
        self._began = self._loop.time()
        self._init_seconds = 0.0
        self._output = -1
        self._number = 0
        self._pid = 0
        self._zygote: Zygote | None = None

    @property
    def token(self) -> str:
        """What the path of its runtime API ends with: nobody else's begins so."""
        return self._token

    def is_token(self, text: str) -> bool:
        """Whether this is it."""
        return hmac.compare_digest(self._token.encode(), text.encode("utf-8", "replace"))

    @property
    def has_ended(self) -> bool:
        """Its process is gone."""
        return self._exited.done()

    @property
    def is_whole(self) -> bool:
        """Nothing was cut short in it: it answered the last that it was given."""
        return self._output >= 0

    async def start(self, zygote: Zygote, told: dict[str, Any]) -> None:
        """Fork it. Raises OSError."""
        self._zygote = zygote
        self._number, self._pid, self._output = await zygote.fork(told, self._on_exit)
        os.set_blocking(self._output, False)
        self._loop.add_reader(self._output, self._drain)

    def end(self) -> None:
        """Kill it. What it still wrote is kept."""
        if self._zygote is not None:
            self._zygote.end(self._number)
        self._close_output()
        self._let_go()

    # What the runtime API asks for.

    async def take(self) -> Turn | None:
        """The next invocation, when there is one; None when there will be none any more."""
        if not self.runs:
            self._init_seconds = self._loop.time() - self._began
        self._waiting = self._loop.create_future()
        self._polled.set()
        return await self._waiting

    def answer(self, request_id: str, failure: Failure, body: bytes) -> bool:
        """Whether this was the answer to the invocation that runs."""
        turn = self._turn
        if turn is None or turn.order.request_id != request_id or turn.answer.done():
            return False
        turn.answer.set_result((failure, body))
        return True

    def fail_init(self, body: bytes) -> None:
        """The function could not be loaded; its process ends by itself."""
        self._init_error = body

    # What the pool asks for.

    async def is_ready(self) -> bool:
        """Whether it came back for the next invocation after its last."""
        return await self._until(self._polled.wait(), READY_SECONDS) and not self.has_ended

    async def run(self, order: Order) -> Outcome:
        """The outcome of one invocation. Afterwards either it polls again, or it `has_ended`.

        Raises LambdaError when the system failed, and not the function.
        """
        turn = self._turn = Turn(order, 0, self._loop.create_future(), self._loop.time())
        self._say(f"START RequestId: {order.request_id} Version: {self.version.version}\n")
        try:
            failure, payload = await self._result(turn)
        finally:
            if not turn.answer.done():  # it failed, or whoever waited is gone
                self.end()
        self._drain()
        self._report(turn)
        self._turn = None
        self.runs += 1
        self.idle_since = self._loop.time()
        return Outcome(payload, failure, b"".join(turn.tail)[-TAIL_BYTES:], self.version.version)

    async def _result(self, turn: Turn) -> tuple[Failure, bytes]:
        timeout = float(self.version.settings.timeout)
        if not await self._until(self._polled.wait(), INIT_SECONDS):
            if self.has_ended:
                return "Unhandled", self._exit_error(turn)
            self.end()
            return "Unhandled", self._timed_out(turn, INIT_SECONDS)
        self._polled.clear()
        turn.began = self._loop.time()
        turn.deadline_ms = int((time.time() + timeout) * 1000)  # by the clock that it reads itself
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(turn)
        if await self._until(asyncio.shield(turn.answer), timeout):
            return turn.answer.result()
        if self.has_ended:
            return "Unhandled", self._exit_error(turn)
        self.end()
        return "Unhandled", self._timed_out(turn, timeout)

    async def _until(self, wanted: Awaitable[Any], seconds: float) -> bool:
        """Whether it came, before the process ended and the time was up."""
        task: asyncio.Future[Any] = asyncio.ensure_future(wanted)
        try:
            await asyncio.wait(
                [task, self._exited], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return task.done()
        finally:
            if not task.done():
                task.cancel()

    def _exit_error(self, turn: Turn) -> bytes:
        """What the client is told of a process that ended without an answer.

        Raises LambdaError when that was no fault of the function's.
        """
        if self._init_error is not None:
            return self._init_error
        status = self._exited.result()
        if status is None:
            raise LambdaError("ServiceUnavailableException", LOST)
        request_id = turn.order.request_id
        why = "Runtime exited without providing a reason"
        if status:
            spelled = f"exit status {status}" if 0 < status < 128 else "signal: killed"
            why = f"Runtime exited with error: {spelled}"
        message = f"RequestId: {request_id} Error: {why}"
        return json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode()

    def _timed_out(self, turn: Turn, seconds: float) -> bytes:
        request_id = turn.order.request_id
        why = f"Task timed out after {seconds:.2f} seconds"
        self._say(f"RequestId: {request_id} Error: {why}\n")
        message = f"RequestId: {request_id} Error: {why}"
        return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}).encode()

    def _report(self, turn: Turn) -> None:
        request_id = turn.order.request_id
        elapsed = (self._loop.time() - turn.began) * 1000
        init = f"Init Duration: {self._init_seconds * 1000:.2f} ms\t" if not self.runs else ""
        self._say(f"END RequestId: {request_id}\n")
        self._say(
            f"REPORT RequestId: {request_id}\tDuration: {elapsed:.2f} ms\t"
            f"Billed Duration: {int(elapsed) + 1} ms\t"
            f"Memory Size: {self.version.settings.memory} MB\t"
            f"Max Memory Used: {self._most_memory()} MB\t{init}\n"
        )

    def _most_memory(self) -> int:
        """MiB that its process ever held; 0 when it is gone or the system does not say."""
        try:
            children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text("ascii")
            inside = children.split()[0]
            status = Path(f"/proc/{inside}/status").read_text("ascii", "replace")
        except (OSError, IndexError):
            return 0
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(found[0]) // 1024 if found else 0

    def _on_exit(self, status: int | None) -> None:
        if not self._exited.done():
            self._exited.set_result(status)
        self._let_go()

    def _let_go(self) -> None:
        """Whoever polls for it is told that there is nothing more."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _drain(self) -> None:
        """All that it has written so far."""
        while self._output >= 0:
            try:
                data = os.read(self._output, READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._close_output()
                return
            self._keep(data)

    def _close_output(self) -> None:
        if self._output >= 0:
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = -1

    def _say(self, text: str) -> None:
        self._keep(text.encode())

    def _keep(self, data: bytes) -> None:
        # Lambda's client ends a line of an error with a carriage return, to keep them together.
        data = data.replace(b"\r", b"\n")
        self._journal.write(self.function.id, self.stream, data.decode("utf-8", "replace"))
        turn = self._turn
        if turn is not None:
            turn.tail.append(data)
            turn.tail_size += len(data)
            while turn.tail_size - len(turn.tail[0]) > TAIL_BYTES:
                turn.tail_size -= len(turn.tail.popleft())
