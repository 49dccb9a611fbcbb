"""The steward: one process that keeps house while the workers serve. It answers no request.

This file never does a chore without the lease: of many nodes on one catalog, one works at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from narthex import __version__, housekeeping, logs
from narthex.app import open_server
from narthex.catalog import Transaction, frozen, leases
from narthex.config import Settings, load
from narthex.errors import StoreError
from narthex.events.engine import Engine
from narthex.events.post import Post, take_post
from narthex.nodes import STEWARD, Pulse
from narthex.pools import pools_of
from narthex.review import looking
from narthex.review.noting import note_model
from narthex.review.pruning import prune as prune_decisions
from narthex.review.waiting import give_up_old, tell_overdue
from narthex.s3.expiring import EVERY_SECONDS, end_by_rules
from narthex.s3.held import review_held
from narthex.s3.share_reviews import review_shares
from narthex.server import Server

VARIABLE = "NARTHEX_STEWARD_SETTINGS"
LEASE = STEWARD
LEASE_SECONDS = 60
TICK = 1.0  # seconds between two looks at what is due
LOCK_TICK = 0.1  # seconds between two looks at whether our predecessor is gone
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
        Chore("tell ends", 15.0, housekeeping.tell_ends),
        Chore("prune shares", 900.0, housekeeping.prune_shares),
        Chore("seal audit log", 60.0, housekeeping.seal_audit),
        Chore("prune audit log", 3600.0, housekeeping.prune_audit),
        Chore("note the model", 15.0, note_model),
        Chore("prune deliveries", 600.0, housekeeping.prune_deliveries),
        Chore("prune automation runs", 900.0, housekeeping.prune_automation_runs),
        Chore("prune decisions", 900.0, prune_decisions),
        Chore("give up confirmations", 600.0, give_up_old),
        Chore("tell deputies", 60.0, tell_overdue),
        Chore("end by rules", EVERY_SECONDS, end_by_rules),
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


async def keep_reviewing(
    server: Server, holder: str, stop: asyncio.Event, review: Callable[[Server], Awaitable[int]]
) -> None:
    """Review what waits for it while we hold the lease, beside the chores: one may take minutes.

    It ends at once when told to stop: what was under way is begun anew by the next.
    """
    reviewing = asyncio.create_task(_review(server, holder, review))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((reviewing, stopping), return_when=asyncio.FIRST_COMPLETED)
    for task in (reviewing, stopping):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reviewing


async def _review(server: Server, holder: str, review: Callable[[Server], Awaitable[int]]) -> None:
    while True:
        try:
            if await leases.holder(server.catalog, LEASE, server.clock()) == holder:
                await review(server)
        except StoreError as error:
            log.error("reviews", reason=str(error))
        await asyncio.sleep(TICK)


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


async def _run(settings: Settings, parent: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = await open_server(settings, pools_of(settings).steward)
    watch = loop.create_task(_stop_with(parent, stop))
    post = await _take_post(server, stop)
    if post is not None:
        try:
            async with asyncio.TaskGroup() as tasks:  # a fault in one ends the process, and both
                tasks.create_task(keep_house(server, post.holder, stop))
                for review in (review_held, review_shares):
                    tasks.create_task(keep_reviewing(server, post.holder, stop, review))
                tasks.create_task(Engine(server, post.holder).run(stop))
                pulse = Pulse(server, post.holder, f"narthex/{__version__}")
                tasks.create_task(pulse.keep(stop))
                tasks.create_task(_end_when_moved(server, parent, stop))
        finally:
            post.leave()
    watch.cancel()
    await looking.close()
    await server.ledger.close()
    await server.catalog.close()


async def _take_post(server: Server, stop: asyncio.Event) -> Post | None:
    """The post of this data folder, once its last steward is gone; None when told to stop."""
    while not stop.is_set():
        post = take_post(server.settings.folder, server.new_id())
        if post is not None:
            return post
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOCK_TICK)
    return None


async def _end_when_moved(server: Server, parent: int, stop: asyncio.Event) -> None:
    """End this node once its catalog has moved: what is revoked there must not be served here."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), TICK)
        try:
            said = await frozen.moved(server.catalog)
        except StoreError as error:
            log.warning("not known whether the catalog moved", reason=str(error))
            continue
        if said is not None and not stop.is_set():
            log.error("the catalog moved: this node ends", to=said.where)
            if os.getppid() == parent:
                os.kill(parent, signal.SIGTERM)
            stop.set()


async def _stop_with(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - a parent's death sends no event
        await asyncio.sleep(TICK)
    stop.set()


def main() -> None:
    """Run as the child of a supervisor, which hands the settings over in a variable."""
    logs.set_up()
    told = json.loads(os.environ[VARIABLE])
    settings = load(told["settings"], {})
    try:
        asyncio.run(_run(settings, told["parent"]))
    except StoreError as error:
        log.error("steward cannot start", reason=str(error))
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
