"""One connection of HTTP/1.1 to a webhook: a request is sent, and the head of its answer awaited.

This file never connects, and never keeps of an answer more than its status and its Retry-After.
INVARIANT: a connection whose other end said anything unasked for is never used again, so that no
answer is taken for another request's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import h11

from narthex.http import Pairs

HEAD_BYTES: Final = 16 * 1024  # of an answer
ANSWER_BYTES: Final = 4 * HEAD_BYTES  # of all of it, with what comes before it (1xx) and its body
BODY_SECONDS: Final = 1.0  # that the rest of an answer may take, if the connection is to be kept
_OVER = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)


class Broken(Exception):
    """There was no answer. is_silent: not one byte of it came."""

    def __init__(self, *, is_silent: bool) -> None:
        super().__init__("the connection broke, or what came is no HTTP")
        self.is_silent = is_silent


@dataclass(frozen=True, slots=True)
class Answer:
    """retry_after: as it was sent, "" when it was not."""

    status: int
    retry_after: str


class Line(asyncio.Protocol):
    """Made with a transport, used from one event loop, by one request at a time."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._when_over: Callable[[], None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._left = 0  # bytes that may still be heard
        self._is_silent = True

    async def post(self, target: str, headers: Pairs, body: bytes) -> Answer:
        """The answer to a POST, once its head is there. Raises Broken."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._left, self._is_silent = ANSWER_BYTES, True
        request = h11.Request(method="POST", target=target, headers=list(headers))
        events = (request, h11.Data(data=body), h11.EndOfMessage())
        try:
            if self._transport is None or self._transport.is_closing():
                raise Broken(is_silent=True)
            self._transport.write(b"".join(self._http.send(event) or b"" for event in events))
            return await self._waiting
        finally:
            self._waiting = None

    def when_over(self, call: Callable[[], None]) -> None:
        """Call it once all of the answer was heard and another request may follow; or never."""
        self._when_over = call
        if self._transport is None or self._http.their_state in _OVER:
            self._finish()
        else:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(BODY_SECONDS, self.hang_up)

    @property
    def is_open(self) -> bool:
        """Another request may be sent."""
        return self._transport is not None and self._http.our_state is h11.IDLE

    def hang_up(self) -> None:
        """At once; of the rest of an answer nothing is waited for."""
        self._forget_patience()
        self._when_over = None
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._is_silent = False
        heard, is_too_much = data[: self._left], len(data) > self._left
        self._left -= len(heard)
        if heard:
            self._hear(heard)
        if is_too_much:  # while nothing was asked for, anything is
            self._break()

    def eof_received(self) -> None:
        if self._waiting is not None:
            self._hear(b"")

    def connection_lost(self, _: Exception | None) -> None:
        self._break()

    def _hear(self, data: bytes) -> None:
        """What belongs to the answer."""
        try:
            self._http.receive_data(data)
            while (heard := self._http.next_event()) is not h11.NEED_DATA:
                if isinstance(heard, h11.Response):
                    self._answer(heard)
                elif isinstance(heard, h11.EndOfMessage):
                    self._finish()
                    return
                elif not isinstance(heard, h11.InformationalResponse | h11.Data):
                    self._break()  # it ended, or goes on to speak of something else
                    return
        except h11.RemoteProtocolError:
            self._break()

    def _answer(self, head: h11.Response) -> None:
        found = [value.decode("latin-1") for name, value in head.headers if name == b"retry-after"]
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Answer(head.status_code, found[0] if found else ""))

    def _finish(self) -> None:
        """All was heard. Whoever wants to keep the connection is told, if it can be kept."""
        call, self._when_over = self._when_over, None
        if call is None:  # nobody wants it yet
            return
        self._forget_patience()
        is_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not is_done or self._http.trailing_data[0] or self._transport is None:
            self.hang_up()
            return
        self._http.start_next_cycle()
        self._left = 0
        call()

    def _break(self) -> None:
        self.hang_up()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Broken(is_silent=self._is_silent))

    def _forget_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
