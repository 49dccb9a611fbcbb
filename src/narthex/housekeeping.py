"""What keeps a store clean: late deletion, the sweep of orphans, the scrub. One round at a time.

This file never decides what is garbage by guessing: a blob goes when it was doomed, or when no row
names it and it is older than any write under way. It never runs by itself; the steward calls it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog

from narthex import belonging
from narthex.catalog import Transaction, delivery_log, doomed, sessions, settings
from narthex.errors import Corrupt, Unavailable
from narthex.ledger import automations, notices, pruning, sealing
from narthex.nodes import SWEPT
from narthex.server import Server

SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND
BATCH = 256
TELL_EXPIRED = 7 * DAY  # an expired session is refused as such for as long as a link can live
POSITION = "scrub position"
BEGAN = "scrub began"

log = structlog.get_logger("narthex")


async def delete_doomed(server: Server) -> int:
    """Delete the blobs of rows that went longer than `delete_grace` ago; how many.

    The blob goes first here, its mark after: a crash between them deletes it once more, in vain.
    """
    before = server.clock() - server.settings.delete_grace * SECOND
    count = 0
    while batch := await doomed.due(server.catalog, before, BATCH):
        for blob in batch:
            await server.blobs.delete(blob)

        async def work(tx: Transaction, done: list[str] = batch) -> None:
            await doomed.forget(tx, done)

        await server.catalog.run(work)
        count += len(batch)
    return count


async def prune_sessions(server: Server) -> int:
    """Forget the sessions that expired longer than `TELL_EXPIRED` ago; how many."""
    before = server.clock() - TELL_EXPIRED
    count = 0
    while True:

        async def work(tx: Transaction) -> int:
            return await sessions.prune(tx, before)

        pruned = await server.catalog.run(work)
        count += pruned
        if pruned < sessions.BATCH:
            return count


async def prune_shares(server: Server) -> int:
    """Forget shares that ended `share_days` ago; how many rows."""
    now = server.clock()
    return await pruning.prune(server.ledger, now - server.settings.share_days * DAY, now)


async def seal_audit(server: Server) -> int:
    """Seal what was written to the audit log; how many entries."""
    return await sealing.seal(server.ledger, server.clock())


async def prune_audit(server: Server) -> int:
    """Remove entries of the audit log from `audit_days` ago, whole days of them; how many rows."""
    now = server.clock()
    days = server.settings.audit_days or server.settings.share_days
    return await sealing.prune(server.ledger, (now - days * DAY) // DAY * DAY, now)


async def prune_deliveries(server: Server) -> int:
    """Forget deliveries that were made or given up `delivery_days` ago; how many."""
    before = server.clock() - server.settings.delivery_days * DAY
    count = 0
    while True:

        async def work(tx: Transaction) -> int:
            return await delivery_log.prune(tx, before, BATCH)

        pruned = await server.catalog.run(work)
        count += pruned
        if pruned < BATCH:
            return count


async def prune_automation_runs(server: Server) -> int:
    """Forget what came of events longer ago than `share_days`; how many rows.

    Not before their deliveries are forgotten: one that is replayed must not be shared twice.
    """
    days = max(server.settings.share_days, server.settings.delivery_days + 1)
    return await automations.prune(server.ledger, server.clock() - days * DAY)


async def give_back_uses(server: Server) -> int:
    """Give back uses of shares whose process died in the middle; how many."""
    return await pruning.give_back(server.ledger, server.clock())


async def tell_ends(server: Server) -> int:
    """Tell the owners who want to know that a share ends soon; how many shares were due."""
    return await notices.tell_ends(server.ledger, server.clock())


async def sweep_orphans(server: Server) -> int:
    """Delete blobs that no row names and that are older than `orphan_grace`; how many.

    INVARIANT: a blob is durable before its row exists, so a young one may still get its row.
    Raises StoreError, and deletes nothing, when the blobs are another catalog's.
    """
    await belonging.check(server.blobs, await belonging.id_of(server.catalog, server.new_id))
    before = server.clock() - server.settings.orphan_grace * SECOND
    count = 0
    batch: list[str] = []
    async for blob, made_us in server.blobs.scan():
        if made_us < before:
            batch.append(blob)
        if len(batch) == BATCH:
            count += await _sweep(server, batch)
            batch = []
    count += await _sweep(server, batch)
    await _remember(server, SWEPT, f"{server.clock()} {count}")
    return count


async def _sweep(server: Server, batch: list[str]) -> int:
    if not batch:
        return 0
    known = await doomed.known(server.catalog, batch)
    orphans = [blob for blob in batch if blob not in known]
    for blob in orphans:
        await server.blobs.delete(blob)
    return len(orphans)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """One stretch of a scrub. finished: the whole store has been read since it began."""

    blobs: int
    corrupt: int
    finished: bool


async def scrub(server: Server, budget: float) -> Scrubbed | None:
    """Read and verify stored bytes for about `budget` seconds, going on where the last one ended.

    None when a whole pass ended less than `scrub_days` ago. What is corrupt is logged by its blob
    and left where it is: it is refused when it is read, and may be all that is left of the bytes.
    """
    position = await settings.read(server.catalog, POSITION) or ""
    if not position and not await _pass_is_due(server):
        return None
    end = time.monotonic() + budget
    count = corrupt = 0
    while time.monotonic() < end:
        batch = await doomed.stored(server.catalog, position, BATCH)
        if not batch:
            await _remember(server, POSITION, "")
            return Scrubbed(count, corrupt, True)
        for blob, size, sums in batch:
            corrupt += not await _is_whole(server, blob, size, sums)
            count += 1
            position = blob
            if time.monotonic() >= end:
                break
        await _remember(server, POSITION, position)
    return Scrubbed(count, corrupt, False)


async def _pass_is_due(server: Server) -> bool:
    now = server.clock()
    began = await settings.read(server.catalog, BEGAN)
    if began is not None and now - int(began) < server.settings.scrub_days * DAY:
        return False
    await _remember(server, BEGAN, str(now))
    return True


async def _is_whole(server: Server, blob: str, size: int, sums: bytes) -> bool:
    try:
        async for _ in server.blobs.read(blob, size, sums, 0, size):
            pass
    except Corrupt as error:
        if not await doomed.known(server.catalog, [blob]):
            return True  # it was deleted since the batch was read
        log.error("corrupt", blob=blob, reason=str(error))
        return False
    except Unavailable as error:
        log.warning("scrub", blob=blob, reason=str(error))
    return True


async def _remember(server: Server, name: str, value: str) -> None:
    async def work(tx: Transaction) -> None:
        await settings.write(tx, name, value)

    await server.catalog.run(work)
