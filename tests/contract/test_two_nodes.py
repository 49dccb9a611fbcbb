"""Two nodes on one catalog deliver what both of them enqueue: once, and in order for each lane."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from narthex.app import open_server
from narthex.catalog import Transaction
from narthex.catalog.deliveries import enqueue
from narthex.config import Settings
from narthex.events import engine as engine_module
from narthex.events.engine import LEASE_SECONDS, Engine
from narthex.events.registry import register
from narthex.events.target import Delivery
from narthex.events.wake import ring
from narthex.server import Server

ACCOUNT = "123456789012"
LANES, EACH = 5, 20
SECOND = 1_000_000


class Taker:
    """A target that keeps what it is given, and tells when that is all."""

    def __init__(self, all_of: int) -> None:
        self.by_lane: dict[str, list[int]] = defaultdict(list)
        self.is_done = asyncio.Event()
        self._left = all_of

    async def check(self) -> None:
        """It could."""

    async def deliver(self, delivery: Delivery) -> None:
        """Kept."""
        self.by_lane[delivery.lane].append(json.loads(delivery.payload))
        self._left -= 1
        if not self._left:
            self.is_done.set()


@asynccontextmanager
async def two_nodes(where: str, folder: Path) -> AsyncIterator[tuple[Server, Server]]:
    """Each with a data folder of its own, and the same master key."""
    (folder / "b").mkdir(mode=0o700)
    one = await open_server(Settings(data=str(folder / "a"), catalog=where))
    shutil.copy(folder / "a" / "master.key", folder / "b" / "master.key")
    other = await open_server(Settings(data=str(folder / "b"), catalog=where))
    try:
        yield one, other
    finally:
        for server in (one, other):
            await server.ledger.close()
            await server.catalog.close()


async def put(server: Server, target: str, lane: str, number: int) -> None:
    """A delivery, durable."""

    async def work(tx: Transaction) -> None:
        now = server.clock()
        await enqueue(
            tx,
            account=ACCOUNT,
            target=target,
            lane=lane,
            kind="notice",
            payload=str(number),
            now_us=now,
            expires_us=now + 3600 * SECOND,
        )

    await server.catalog.run(work)
    ring(server)


async def fill(nodes: tuple[Server, Server], target: str, lane: int) -> None:
    """One lane, by both nodes in turns, each after the other's commit."""
    for number in range(EACH):
        await put(nodes[number % 2], target, f"lane {lane}", number)


async def test_of_two_nodes_one_delivers_everything_once(where: str, tmp_path: Path) -> None:
    taker, target = Taker(LANES * EACH), f"two-nodes:{tmp_path.name}"
    register(target, lambda server, account, address: taker)
    async with two_nodes(where, tmp_path) as nodes:
        stop = asyncio.Event()
        engines = [Engine(node, f"node {place}") for place, node in enumerate(nodes)]
        running = [asyncio.create_task(engine.run(stop)) for engine in engines]
        await asyncio.gather(*(fill(nodes, target, lane) for lane in range(LANES)))
        await asyncio.wait_for(taker.is_done.wait(), 30)
        stop.set()
        await asyncio.gather(*running)
        assert taker.by_lane == {f"lane {lane}": list(range(EACH)) for lane in range(LANES)}


@pytest.mark.postgresql
async def test_who_delivers_hears_of_what_another_node_commits(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not have to find it by looking: here nobody looks for a minute."""
    for nap in ("SHORT_NAP", "LONGEST_NAP"):
        monkeypatch.setattr(engine_module, nap, 60.0)
    first, second = Taker(1), Taker(1)
    register(f"first:{tmp_path.name}", lambda server, account, address: first)
    register(f"second:{tmp_path.name}", lambda server, account, address: second)
    async with two_nodes(url, tmp_path) as (one, other):
        stop = asyncio.Event()
        assert await Engine(one, "one").settle(), "so that it has the lease"
        running = [
            asyncio.create_task(Engine(one, "one").run(stop)),
            asyncio.create_task(Engine(other, "other").run(stop)),
        ]
        await put(other, f"first:{tmp_path.name}", "lane", 1)
        while not first.is_done.is_set():  # until both are there, and one of them listens
            ring(other)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(first.is_done.wait(), 0.05)
        await put(other, f"second:{tmp_path.name}", "lane", 2)
        await asyncio.wait_for(second.is_done.wait(), 20)
        stop.set()
        await asyncio.gather(*running)


async def test_a_node_that_fell_silent_is_followed(where: str, tmp_path: Path) -> None:
    taker, target = Taker(2), f"followed:{tmp_path.name}"
    register(target, lambda server, account, address: taker)
    async with two_nodes(where, tmp_path) as (one, other):
        silent, now = Engine(one, "one"), one.clock()
        await put(one, target, "lane", 0)
        assert await silent.settle()
        await put(one, target, "lane", 1)
        early = replace(other, clock=lambda: now)
        assert not await Engine(early, "other").settle()
        late = replace(other, clock=lambda: now + (LEASE_SECONDS + 5) * SECOND)
        assert await Engine(late, "other").settle()
        assert taker.by_lane == {"lane": [0, 1]}
