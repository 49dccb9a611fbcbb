"""Redis: entries of a stream, of a list, and messages of a channel, on a server of Debian's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from narthex.events.reach import Reach
from narthex.events.senders import redis as sender
from narthex.events.senders.redis import open_redis
from tests.clients.tls import write_certificate
from tests.events.senders.sending import LOOPBACK, PAYLOAD, delivery, failure, refusal
from tests.events.senders.servers import free_port, redis_server

pytestmark = pytest.mark.clients
REACH = Reach(LOOPBACK)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server that runs."""
    with redis_server(tmp_path_factory.mktemp("redis")) as found:
        yield found


def at(port: int, rest: str) -> str:
    """A URL of the server, with its password."""
    return f"redis://:pass%20word@127.0.0.1:{port}/{rest}"


def client(port: int) -> Redis:
    """The server, as a receiver sees it."""
    return Redis(host="127.0.0.1", port=port, password="pass word", decode_responses=True)


async def test_a_stream_has_the_entry_and_no_more_than_it_may(port: int) -> None:
    target = open_redis(at(port, "0?stream=events&maxlen=1000"), REACH)
    await target.check()
    await target.deliver(delivery())
    async with client(port) as server:
        entries = await server.xrange("events")
    assert entries
    assert entries[0][1] == {"id": "000000000000002a", "kind": "s3", "payload": PAYLOAD}


async def test_a_list_has_the_payloads_in_their_order(port: int) -> None:
    target = open_redis(at(port, "?list=inbox"), REACH)
    for payload in ("1", "2"):
        await target.deliver(delivery(payload))
    async with client(port) as server:
        assert await server.lrange("inbox", 0, -1) == ["1", "2"]


async def test_a_channel_tells_those_who_listen(port: int) -> None:
    async with client(port) as server, server.pubsub() as listener:
        await listener.subscribe("news")
        assert await listener.get_message(timeout=5) is not None
        await open_redis(at(port, "0?channel=news"), REACH).deliver(delivery())
        told = await listener.get_message(timeout=5)
    assert told is not None
    assert told["data"] == PAYLOAD


async def test_what_the_server_refuses_is_said_without_the_password(port: int) -> None:
    wrong = open_redis(f"redis://:pass%20worse@127.0.0.1:{port}/0?stream=s", REACH)
    for error in (await refusal(wrong), await failure(wrong)):
        assert (error.reason, error.permanent) == (
            "the Redis server refuses name or password",
            False,
        )
    await open_redis(at(port, "0?list=a-list"), REACH).deliver(delivery())
    error = await failure(open_redis(at(port, "0?stream=a-list"), REACH))
    assert "WRONGTYPE" in error.reason


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    error = await failure(open_redis(f"redis://127.0.0.1:{free_port()}/0?stream=s", REACH))
    assert (error.reason, error.permanent) == ("Redis on `127.0.0.1` does not answer", False)


async def test_a_private_server_is_not_reached(port: int) -> None:
    target = open_redis(at(port, "0?stream=secret"), Reach())
    for error in (await refusal(target), await failure(target)):
        assert error.permanent
    async with client(port) as server:
        assert not await server.exists("secret")


async def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "pem"
    write_certificate(pem)
    port = free_port()
    tls = ["--tls-port", str(port), "--tls-cert-file", str(pem), "--tls-key-file", str(pem)]
    tls += ["--tls-ca-cert-file", str(pem), "--tls-auth-clients", "no"]
    with redis_server(tmp_path, *tls):
        url = at(port, "0?stream=s").replace("redis:", "rediss:")
        assert "does not answer" in (await refusal(open_redis(url, REACH))).reason
        trusting = ssl.create_default_context(cafile=str(pem))
        monkeypatch.setattr(sender, "tls_context", lambda: trusting)
        await open_redis(url, REACH).check()
        named = url.replace("127.0.0.1", "localhost")  # the same address, another name
        assert "does not answer" in (await refusal(open_redis(named, REACH))).reason


@pytest.mark.parametrize(
    "rest",
    [
        *("", "0", "0?stream=", "0?stream=a&list=b", "0?stream=a&x=y", "x?stream=a"),
        *("0?list=a&maxlen=1", "0?stream=a&maxlen=x", "0?stream=a&maxlen=-1", "0/1?stream=a"),
    ],
)
def test_what_cannot_be_meant_is_refused(rest: str) -> None:
    with pytest.raises(ValueError):
        open_redis(f"redis://h/{rest}", REACH)
