"""Webhooks: signed, verified, bounded, and never to where we must not go."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from narthex.events.reach import Reach
from narthex.events.senders import webhook
from narthex.events.senders.webhook import Webhook
from narthex.pure import webhooks
from tests.cli.scripted import Reply, scripted
from tests.clients.tls import write_certificate
from tests.events.senders.sending import LOOPBACK, PAYLOAD, delivery, failure, refusal

SECRET = webhooks.write_secret(b"s" * 32)
AT = 1_795_521_600.75
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def hook(url: str, allowed: tuple[str, ...] = LOOPBACK) -> Webhook:
    """A webhook that may reach this machine, at a time that stands still."""
    return Webhook(url, SECRET, Reach(allowed), clock=lambda: AT)


@contextlib.asynccontextmanager
async def speaking(handle: Handler) -> AsyncIterator[str]:
    """A server that says what it likes; its URL. Every conversation is over after the block."""
    over: list[asyncio.Future[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        over.append(ended)
        with contextlib.suppress(ConnectionError):
            await handle(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        ended.set_result(None)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await asyncio.gather(*over)


async def test_it_is_posted_once_and_signed() -> None:
    with scripted(lambda _: Reply(204)) as server:
        await hook(f"{server.url}/a%2Fb?c=%20d").deliver(delivery())
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/a%2Fb?c=%20d")
    assert asked.body == PAYLOAD.encode()
    headers = asked.headers
    assert headers["host"] == server.url.removeprefix("http://")
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "000000000000002a"
    assert headers["webhook-timestamp"] == str(int(AT))
    signed = webhooks.signature(SECRET, headers["webhook-id"], int(AT), asked.body)
    assert headers["webhook-signature"] == signed


async def test_name_and_password_of_the_url_are_sent_and_not_told() -> None:
    with scripted(lambda _: Reply(500)) as server:
        target = hook(server.url.replace("//", "//ana:pass%20word@") + "/")
        reason = (await failure(target)).reason
    assert server.asked[0].headers["authorization"] == "Basic YW5hOnBhc3Mgd29yZA=="
    assert reason == "`127.0.0.1` answered 500"
    assert "pass" not in repr(target)


ANSWERS = {
    200: None,
    201: None,
    299: None,
    300: (False, None),
    301: (False, None),
    307: (False, None),
    400: (False, None),
    404: (False, None),
    410: (True, None),
    429: (False, 7.0),
    500: (False, None),
    503: (False, 7.0),
}


@pytest.mark.parametrize("status", ANSWERS)
async def test_the_status_says_whether_it_was_taken(status: int) -> None:
    headers = {"Retry-After": "7", "Location": "http://127.0.0.1/elsewhere"}
    with scripted(lambda _: Reply(status, headers=headers)) as server:
        if ANSWERS[status] is None:
            await hook(server.url).deliver(delivery())
        else:
            error = await failure(hook(server.url))
            assert (error.permanent, error.retry_after) == ANSWERS[status]
    assert len(server.asked) == 1


WAITS = {
    "0": 0.0,
    "7": 7.0,
    "999999999999": 3600.0,
    "Tue, 24 Nov 2026 12:00:30 GMT": 30.0,
    "Tue, 24 Nov 2026 11:00:00 GMT": 0.0,
    "soon": None,
    "-1": None,
    "": None,
}


@pytest.mark.parametrize("text", WAITS)
async def test_how_long_a_target_puts_us_off(text: str) -> None:
    with scripted(lambda _: Reply(503, headers={"Retry-After": text})) as server:
        assert (await failure(hook(server.url))).retry_after == WAITS[text]


PRIVATE = [
    *(
        "http://127.0.0.1:8080/",
        "http://localhost:8080/",
        "http://[::1]:8080/",
        "http://127.1:8080/",
    ),
    *("http://2130706433:8080/", "http://0x7f.1:8080/", "http://[::ffff:127.0.0.1]:8080/"),
    *("http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://0.0.0.0:8080/"),
]


@pytest.mark.parametrize("url", PRIVATE)
async def test_where_we_must_not_go_nothing_connects(url: str) -> None:
    for error in (await refusal(hook(url, ())), await failure(hook(url, ()))):
        assert error.permanent
        assert "no address on the public network" in error.reason


async def test_only_the_networks_of_the_settings_are_reached() -> None:
    with scripted(lambda _: Reply()) as server:
        await hook(server.url, ("127.0.0.1/32",)).check()
        await hook(server.url, ("127.0.0.1/32",)).deliver(delivery())
        assert (await failure(hook(server.url, ("127.0.0.2/32", "10.0.0.0/8")))).permanent
    assert len(server.asked) == 1


async def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that leads elsewhere at the second look is looked at once."""
    looked: list[str] = []

    async def resolve(self: Reach, host: str, port: int) -> list[str]:
        looked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(Reach, "resolve", resolve)
    with scripted(lambda _: Reply()) as server:
        port = server.url.rpartition(":")[2]
        await hook(f"http://rebinding.invalid:{port}/", ()).deliver(delivery())
    assert looked == ["rebinding.invalid"]
    assert server.asked[0].headers["host"] == f"rebinding.invalid:{port}"


async def test_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def both(*_: object, **__: object) -> list[object]:
        return [(0, 0, 0, "", ("8.8.8.8", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    error = await refusal(hook("http://both.invalid/", ()))
    assert error.permanent
    assert "10.0.0.1" not in error.reason


async def test_a_name_without_an_address_is_tried_again_later() -> None:
    error = await refusal(hook("http://no-such-host.invalid/"))
    assert not error.permanent
    private = await refusal(hook("http://127.0.0.1/", ()))
    assert error.reason.replace("no-such-host.invalid", "127.0.0.1") == private.reason


async def test_a_closed_port_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        error = await failure(hook(f"http://127.0.0.1:{port}/"))
    assert error.reason == f"`127.0.0.1` does not answer on port {port}"


async def test_tls_is_verified(tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    write_certificate(pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    with scripted(lambda _: Reply(), serving) as server:
        await Webhook(server.url, SECRET, Reach(LOOPBACK), tls=lambda: trusting).deliver(delivery())
        error = await failure(hook(server.url))
        assert "certificate" in error.reason
        named = server.url.replace("127.0.0.1", "localhost")  # good, and another's
        target = Webhook(named, SECRET, Reach(LOOPBACK), tls=lambda: trusting)
        assert "certificate" in (await failure(target)).reason
    assert len(server.asked) == 1


async def test_what_speaks_no_tls_is_said() -> None:
    with scripted(lambda _: Reply()) as server:
        error = await failure(hook(server.url.replace("http:", "https:")))
    assert "speaks no TLS" in error.reason


NO_ANSWERS = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\n",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000,
    "a line without end": b"HTTP/1.1 200 " + b"x" * 100_000,
    "only what comes before": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5_000,
}


@pytest.mark.parametrize("said", NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_what_is_no_answer(said: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async with speaking(handle) as url:
        error = await failure(hook(url))
    assert not error.permanent
    assert "broke the connection, or answers no HTTP" in error.reason


async def test_a_body_without_end_is_not_read() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        while True:  # until the other side hangs up
            writer.write(b"x" * 65536)
            await writer.drain()

    async with speaking(handle) as url:
        await hook(url).deliver(delivery())


async def test_who_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side has had enough

    async with speaking(handle) as url:
        assert "did not answer within" in (await failure(hook(url))).reason


async def test_a_large_payload_is_sent_whole() -> None:
    payload = json.dumps({"text": "x" * 3_000_000})
    with scripted(lambda _: Reply()) as server:
        await hook(server.url).deliver(delivery(payload))
    assert server.asked[0].body == payload.encode()
