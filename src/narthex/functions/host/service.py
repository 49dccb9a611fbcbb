"""The socket of the host: one connection asks for one thing and is answered.

This file never authorises: whoever can open the socket is us.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog

from narthex.errors import StoreError, Unavailable
from narthex.functions.channel import frame, listen, read_frame
from narthex.functions.errors import LambdaError
from narthex.functions.host.pool import Pool
from narthex.pure.functions import Order
from narthex.server import Server

log = structlog.get_logger("narthex")

CLOSE_SECONDS = 5.0  # that answers of what was ended may take
FAILED = "The function could not be run. Try again later."


class Service:
    """Answers on the socket in the data folder."""

    def __init__(self, server: Server, endpoint: str) -> None:
        self.pool = Pool(server, endpoint)
        self._folder = server.settings.folder
        self._listening: asyncio.Server | None = None
        self._preparing: set[asyncio.Task[None]] = set()
        self._serving: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Ready. Raises OSError when the socket cannot be had."""
        await self.pool.start()
        self._listening = await asyncio.start_unix_server(self._serve, sock=listen(self._folder))

    async def close(self) -> None:
        """Nothing is taken any more, and what ran is ended."""
        if self._listening is not None:
            self._listening.close()
        for task in self._preparing:
            task.cancel()
        await self.pool.close()  # what runs is ended, so that whoever waits for it is answered
        if self._serving or self._preparing:
            await asyncio.wait([*self._serving, *self._preparing], timeout=CLOSE_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            head, payload = await read_frame(reader)
            if "prepare" in head:
                writer.write(frame({}))
                preparing = asyncio.create_task(self._prepare(head["prepare"]))
                self._preparing.add(preparing)
                preparing.add_done_callback(self._preparing.discard)
            else:
                writer.write(await self._answer(head, payload))
            await writer.drain()
        except (OSError, EOFError, ValueError, KeyError) as error:
            log.warning("functions", reason=f"a request was cut short: {type(error).__name__}")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _prepare(self, function: str) -> None:
        try:
            await self.pool.prepare(function)
        except (LambdaError, StoreError, OSError) as error:
            log.warning("function not prepared", reason=str(error))

    async def _answer(self, head: dict[str, Any], payload: bytes) -> bytes:
        order = Order(
            head["function"],
            head["version"],
            head["request_id"],
            head["arn"],
            payload,
            head["client_context"],
            head["trace_id"],
        )
        try:
            outcome = await self.pool.invoke(order, patient=head["patient"])
        except LambdaError as error:
            return _refused(error.code, error.message, error.reason)
        except (StoreError, OSError) as error:
            log.error("function not run", function=order.arn, reason=str(error))
            passes = isinstance(error, OSError | Unavailable)  # a zygote that ended, a disk, a lock
            return _refused("ServiceUnavailableException" if passes else "ServiceException", FAILED)
        told = {
            "refused": "",
            "failure": outcome.failure,
            "version": outcome.version,
            "log": len(outcome.log),
        }
        return frame(told, outcome.log + outcome.payload)


def _refused(code: str, message: str, reason: str = "") -> bytes:
    return frame({"refused": code, "reason": reason}, message.encode())
