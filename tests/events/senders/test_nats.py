"""NATS: messages of a subject, kept by a stream where that is asked for; with Debian's server."""

from __future__ import annotations

from collections.abc import Iterator

import nats
import pytest
from nats.aio.client import Client

from narthex.events.reach import Reach
from narthex.events.senders.nats import open_nats
from tests.events.senders.sending import LOOPBACK, PAYLOAD, delivery, failure, refusal
from tests.events.senders.servers import free_port, nats_server

pytestmark = pytest.mark.clients
REACH = Reach(LOOPBACK)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server that runs."""
    with nats_server(tmp_path_factory.mktemp("nats")) as found:
        yield found


def at(port: int, rest: str) -> str:
    """A URL of the server, with its user."""
    return f"nats://ana:pass%20word@127.0.0.1:{port}/{rest}"


async def client(port: int) -> Client:
    """The server, as a receiver sees it."""
    return await nats.connect(f"nats://127.0.0.1:{port}", user="ana", password="pass word")


async def test_who_listens_is_told(port: int) -> None:
    receiver = await client(port)
    heard = await receiver.subscribe("narthex.events")
    await receiver.flush()
    target = open_nats(at(port, "narthex.events"), REACH)
    await target.check()
    await target.deliver(delivery())
    told = await heard.next_msg(timeout=5)
    await receiver.close()
    assert told.data == PAYLOAD.encode()
    assert told.headers == {"Nats-Msg-Id": "000000000000002a", "Narthex-Kind": "s3"}


async def test_a_stream_keeps_it_once_for_an_id(port: int) -> None:
    receiver = await client(port)
    stream = receiver.jetstream()
    target = open_nats(at(port, "kept.events?jetstream=true"), REACH)
    for error in (await refusal(target), await failure(target)):
        assert (error.reason, error.permanent) == (
            "no stream on `127.0.0.1` keeps `kept.events`",
            False,
        )
    await stream.add_stream(name="KEPT", subjects=["kept.>"])
    await target.check()
    for id in ("a", "a", "b"):
        await target.deliver(delivery(id=id))
    info = await stream.stream_info("KEPT")
    await receiver.close()
    assert info.state.messages == 2


async def test_what_the_server_refuses_is_said_without_the_password(port: int) -> None:
    for login in ("ana:pass%20worse@", "ana@", ""):
        error = await refusal(open_nats(f"nats://{login}127.0.0.1:{port}/x", REACH))
        assert error.reason == "NATS on `127.0.0.1` does not answer, or refuses us"
        assert not error.permanent


async def test_what_is_too_large_is_not_tried_again(port: int) -> None:
    error = await failure(open_nats(at(port, "x"), REACH), delivery("x" * 2_000_000))
    assert error.permanent


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    error = await failure(open_nats(f"nats://127.0.0.1:{free_port()}/x", REACH))
    assert not error.permanent


async def test_a_private_server_is_not_reached(port: int) -> None:
    target = open_nats(at(port, "x"), Reach())
    for error in (await refusal(target), await failure(target)):
        assert error.permanent


@pytest.mark.parametrize(
    "rest",
    ["", "a.*", "a.>", "a b", "a..b", ".a", "a?jetstream=1", "a?x=true", "a/b", "a" * 256],
)
def test_what_cannot_be_meant_is_refused(rest: str) -> None:
    with pytest.raises(ValueError):
        open_nats(f"nats://h/{rest}", REACH)
