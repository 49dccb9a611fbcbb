"""Connections to webhooks are used again while that is safe, and only then."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from narthex.events import connections, exchange
from narthex.events.connections import Connections, current
from narthex.events.reach import Reach
from narthex.events.senders.webhook import Webhook
from narthex.pure import webhooks
from tests.clients.tls import write_certificate
from tests.events.senders.sending import LOOPBACK, delivery, failure

SECRET = webhooks.write_secret(b"s" * 32)
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass
class Hook:
    """A server that answers as it is told to, and counts.

    answers: for each request in its turn; the last one for all that follow. hangs_up: after each.
    """

    answers: list[bytes] = field(default_factory=lambda: [TAKEN])
    hangs_up: bool = False
    later: bytes = b""  # said once the answer was read, in a packet of its own
    url: str = ""
    conversations: int = 0
    heads: list[bytes] = field(default_factory=list)
    ends: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conversations += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while not self.hangs_up or not self.heads:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.heads.append(head)
                writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
                await writer.drain()
                if self.later:
                    writer.write(self.later)
        self.hangs_up = False
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self.ends.put_nowait(None)

    def target(self, reach: Reach | None = None) -> Webhook:
        """A webhook there."""
        return Webhook(self.url, SECRET, reach or Reach(LOOPBACK))


@contextlib.asynccontextmanager
async def open_hook(hook: Hook, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hook]:
    """It answers inside the block, where connections are kept."""
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0, ssl=tls)
    kept = Connections()
    token = current.set(kept)
    try:
        async with server:
            scheme = "https" if tls else "http"
            hook.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            yield hook
            kept.close()
            for _ in range(hook.conversations - hook.ends.qsize()):
                await asyncio.wait_for(hook.ends.get(), 5)
    finally:
        kept.close()
        current.reset(token)


async def ended(hook: Hook) -> None:
    """One conversation is over, and we have heard of it."""
    await asyncio.wait_for(hook.ends.get(), 5)
    hook.ends.put_nowait(None)
    for _ in range(3):
        await asyncio.sleep(0)


async def test_one_connection_is_enough() -> None:
    async with open_hook(Hook()) as hook:
        for _ in range(5):
            await hook.target().deliver(delivery())
    assert (len(hook.heads), hook.conversations) == (5, 1)
    assert not any(b"connection: close" in head for head in hook.heads)


async def test_tls_is_one_handshake(tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    write_certificate(pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    async with open_hook(Hook(), serving) as hook:
        target = Webhook(hook.url, SECRET, Reach(LOOPBACK), tls=lambda: trusting)
        await target.deliver(delivery())
        await target.deliver(delivery())
        assert "certificate" in (await failure(hook.target())).reason, "that trusts somebody else"
    assert len(hook.heads) == 2


async def test_without_somebody_who_keeps_them_each_is_closed() -> None:
    async with open_hook(Hook()) as hook:
        token = current.set(None)
        await hook.target().deliver(delivery())
        await hook.target().deliver(delivery())
        current.reset(token)
    assert hook.conversations == 2
    assert all(b"connection: close" in head for head in hook.heads)


BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
REFUSED = b"HTTP/1.1 500 Sorry\r\ncontent-length: 2\r\n\r\nno"
KEPT = {
    "a body": BODY,
    "in chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "after hints": b"HTTP/1.1 103 Early Hints\r\n\r\n" + TAKEN,
}
CLOSED = {
    "it says so": b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    "an older HTTP": b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "a body without length": b"HTTP/1.1 200 OK\r\n\r\nok",
    "more than was asked for": TAKEN + TAKEN,
    "a byte more": TAKEN + b"H",
    "too much": b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b"x" * 100_000,
}


@pytest.mark.parametrize("answer", KEPT.values(), ids=KEPT)
async def test_a_whole_answer_leaves_a_connection_that_is_used_again(answer: bytes) -> None:
    async with open_hook(Hook([answer])) as hook:
        await hook.target().deliver(delivery())
        await hook.target().deliver(delivery())
    assert hook.conversations == 1


@pytest.mark.parametrize("answer", CLOSED.values(), ids=CLOSED)
async def test_anything_else_ends_it(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "BODY_SECONDS", 0.0)
    async with open_hook(Hook([answer, TAKEN])) as hook:
        await hook.target().deliver(delivery())
        await hook.target().deliver(delivery())
    assert hook.conversations == 2


async def test_what_is_said_unasked_is_not_taken_for_an_answer() -> None:
    async with open_hook(Hook([TAKEN, REFUSED], later=TAKEN)) as hook:
        await hook.target().deliver(delivery())
        await ended(hook)
        assert (await failure(hook.target())).reason == "`127.0.0.1` answered 500"
    assert hook.conversations == 2


async def test_a_connection_that_was_closed_meanwhile_costs_no_attempt() -> None:
    async with open_hook(Hook(hangs_up=True)) as hook:
        await hook.target().deliver(delivery())
        await hook.target().deliver(delivery())
    assert (len(hook.heads), hook.conversations) == (2, 2)


async def test_what_is_no_answer_is_a_failure_and_is_not_asked_for_again() -> None:
    async with open_hook(Hook([TAKEN, b"hello\r\n\r\n"])) as hook:
        await hook.target().deliver(delivery())
        assert "broke the connection" in (await failure(hook.target())).reason
    assert len(hook.heads) == 2


async def test_a_judgement_does_not_last(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    resolve = Reach.resolve

    async def looking(self: Reach, host: str, port: int) -> list[str]:
        looked.append(host)
        return await resolve(self, host, port)

    monkeypatch.setattr(Reach, "resolve", looking)
    async with open_hook(Hook()) as hook:
        await hook.target().deliver(delivery())
        await hook.target().deliver(delivery())
        assert len(looked) == 1
        monkeypatch.setattr(connections, "JUDGED_SECONDS", 0.0)
        await hook.target().deliver(delivery())
    assert (len(looked), hook.conversations) == (2, 2)


async def test_what_is_allowed_to_one_is_not_to_another() -> None:
    async with open_hook(Hook()) as hook:
        await hook.target().deliver(delivery())
        assert (await failure(hook.target(Reach(("10.0.0.0/8",))))).permanent
    assert len(hook.heads) == 1


async def test_no_more_than_a_few_are_kept_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST_EACH", 2)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.05)
    async with open_hook(Hook()) as hook:
        target = hook.target()
        await asyncio.gather(*(target.deliver(delivery()) for _ in range(5)))
        for _ in range(5):  # three at once, two after a while
            await asyncio.wait_for(hook.ends.get(), 5)
        hook.conversations = 0
        await target.deliver(delivery())
        assert hook.conversations == 1
