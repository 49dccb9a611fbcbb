"""What this node tells of itself, and what all of them come to: for `narthex doctor --cluster`.

This file never decides who does what: leases do. A node that cannot tell goes on serving.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

import structlog

from narthex.catalog import Transaction, leases, nodes, settings
from narthex.catalog.nodes import Node
from narthex.errors import StoreError
from narthex.events.standing import Standing, standing
from narthex.server import Server

SECOND = 1_000_000  # microseconds
EVERY = 10.0  # seconds between two times that a node tells
BLOBS_EVERY = 6  # of these times, one looks at the blobs: that writes
LATE_US = 35 * SECOND  # three times not heard of
FORGOTTEN_US = 24 * 3600 * SECOND
STEWARD = "steward"  # the lease
SWEPT = "swept"  # the setting that holds when orphans were last looked for, and how many there were

log = structlog.get_logger("narthex")


@dataclass(frozen=True, slots=True)
class Cluster:
    """steward: the id of the node that holds the lease, if any. swept: when, and how many."""

    now_us: int
    nodes: tuple[Node, ...]
    steward: str | None
    swept: tuple[int, int] | None
    deliveries: Standing


async def find_cluster(server: Server) -> Cluster:
    """How things stand. Raises Unavailable."""
    now_us, catalog = server.clock(), server.catalog
    told = await settings.read(catalog, SWEPT)
    at, _, count = (told or "").partition(" ")
    return Cluster(
        now_us,
        tuple(await nodes.find_all(catalog)),
        await leases.holder(catalog, STEWARD, now_us),
        (int(at), int(count)) if told else None,
        await standing(catalog),
    )


class Pulse:
    """This node's own telling. id: the holder of its leases. program: name and version."""

    def __init__(self, server: Server, id: str, program: str) -> None:
        self._server = server
        self._id = id
        self._program = program
        self._started_us = server.clock()
        self._times = 0
        self._blobs_took_us: int | None = None

    async def keep(self, stop: asyncio.Event) -> None:
        """Tell every few seconds until told to stop, and then that it is over."""
        while not stop.is_set():
            try:
                await self.tell()
            except StoreError as error:
                log.warning("node not told", reason=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY)

        async def work(tx: Transaction) -> None:
            await nodes.leave(tx, self._id)

        with contextlib.suppress(StoreError):
            await self._server.catalog.run(work)

    async def tell(self) -> None:
        """Once. Raises Unavailable when the catalog does not take it."""
        server, trouble = self._server, ""
        await server.catalog.clock()  # a connection may have to be made first
        began_us = server.clock()
        catalogs_us, took_us = await _timed(server.catalog.clock)
        ahead_us = None if catalogs_us is None else began_us + took_us // 2 - catalogs_us
        if self._times % BLOBS_EVERY == 0:
            try:
                _, self._blobs_took_us = await _timed(self._look_at_blobs)
            except StoreError as error:
                self._blobs_took_us, trouble = None, str(error)
        self._times += 1
        host, port = server.settings.address
        now_us = server.clock()
        node = Node(
            self._id,
            socket.gethostname(),
            f"{host}:{port}",
            self._program,
            self._started_us,
            now_us,
            ahead_us,
            took_us,
            self._blobs_took_us,
            trouble,
        )

        async def work(tx: Transaction) -> None:
            await nodes.tell(tx, node)
            await nodes.forget(tx, now_us - FORGOTTEN_US)

        await server.catalog.run(work)

    async def _look_at_blobs(self) -> None:
        """Write, read and delete one. A crash in between leaves an orphan, and that is swept."""
        blob, blobs, data = self._server.new_id(), self._server.blobs, b"narthex"
        writer = await blobs.create(blob)
        try:
            await writer.write(data)
            sums = await writer.commit()
            async for _ in blobs.read(blob, len(data), sums, 0, len(data)):
                pass
        finally:
            await writer.abort()


async def _timed(look: Callable[[], Awaitable[Any]]) -> tuple[Any, int]:
    """What it answered, and in how many microseconds."""
    began = perf_counter_ns()
    answer = await look()
    return answer, (perf_counter_ns() - began) // 1000
