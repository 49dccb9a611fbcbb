"""The steward: one process that keeps house while the workers serve. It answers no request.

This file never does a chore without the lease: of many nodes on one catalog, one works at a time.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from narthex import housekeeping, logs
from narthex.app import open_server
from narthex.catalog import Transaction, leases
from narthex.config import Settings, load
from narthex.errors import StoreError
from narthex.server import Server

VARIABLE = "NARTHEX_STEWARD_SETTINGS"
LEASE = "steward"
LEASE_SECONDS = 60
TICK = 1.0  # seconds between two looks at what is due
SCRUB_SECONDS = 2.0  # of each SCRUB_EVERY: a tenth of one disk's time at most
SCRUB_EVERY = 20.0

log = structlog.get_logger("narthex")


@dataclass(slots=True)
class Chore:
    """Something to do every so many seconds."""

    name: str
    every: float
    run: Callable[[Server], Awaitable[Any]]
    due: float = 0.0


def chores() -> list[Chore]:
    """What the steward does. The first round of each is soon after the start."""
    return [
        Chore("delete doomed", 5.0, housekeeping.delete_doomed),
        Chore("prune sessions", 600.0, housekeeping.prune_sessions),
        Chore("give back lost uses", 30.0, housekeeping.give_back_uses),
        Chore("prune shares", 900.0, housekeeping.prune_shares),
        Chore("sweep orphans", 900.0, housekeeping.sweep_orphans),
        Chore("scrub", SCRUB_EVERY, lambda server: housekeeping.scrub(server, SCRUB_SECONDS)),
    ]


async def keep_house(server: Server, holder: str, stop: asyncio.Event) -> None:
    """Do what is due, while we hold the lease, until told to stop."""
    loop = asyncio.get_running_loop()
    waiting = chores()
    while not stop.is_set():
        try:
            if await _hold(server, holder):
                for chore in waiting:
                    if chore.due <= loop.time() and not stop.is_set():
                        await _do(chore, server)
                        chore.due = loop.time() + chore.every
        except StoreError as error:
            log.error("steward", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), TICK)
        except TimeoutError:
            continue
    await _let_go(server, holder)


async def _do(chore: Chore, server: Server) -> None:
    try:
        await chore.run(server)
    except StoreError as error:
        log.error("chore failed", chore=chore.name, reason=str(error))


async def _hold(server: Server, holder: str) -> bool:
    """Take or renew the lease, one write for half of its time."""
    now = server.clock()
    current = await leases.holder(server.catalog, LEASE, now + LEASE_SECONDS * 500_000)
    if current == holder:
        return True

    async def work(tx: Transaction) -> bool:
        return await leases.take(tx, LEASE, holder, now, now + LEASE_SECONDS * 1_000_000)

    return await server.catalog.run(work)


async def _let_go(server: Server, holder: str) -> None:
    async def work(tx: Transaction) -> None:
        await leases.release(tx, LEASE, holder)

    try:
        await server.catalog.run(work)
    except StoreError as error:
        log.warning("lease not released", reason=str(error))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    parent = os.getppid()
    server = await open_server(settings)
    holder = f"{socket.gethostname()}:{os.getpid()}:{server.new_id()[:8]}"
    watch = loop.create_task(_stop_with(parent, stop))
    await keep_house(server, holder, stop)
    watch.cancel()
    await server.ledger.close()
    await server.catalog.close()


async def _stop_with(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - a parent's death sends no event
        await asyncio.sleep(TICK)
    stop.set()


def main() -> None:
    """Run as the child of a supervisor, which hands the settings over in a variable."""
    logs.set_up()
    settings = load(json.loads(os.environ[VARIABLE]), {})
    try:
        asyncio.run(_run(settings))
    except StoreError as error:
        log.error("steward cannot start", reason=str(error))
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
