"""The audit log, sealed: what was written is bound into a chain, signed with the master key.

The steward does this a minute after; no request waits for it. This file never changes an entry.
INVARIANT: what is removed was told first, by an entry that is sealed itself.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

import structlog

from narthex.catalog import Transaction, audit, audit_seals
from narthex.catalog.audit import Entry
from narthex.errors import StoreError
from narthex.ledger.issue import own_act
from narthex.ledger.service import Ledger
from narthex.pure.audit_chain import (
    FIRST,
    PRUNED,
    Seal,
    Told,
    entries_digest,
    pruned_until,
    signed,
)

MOST = 500  # entries of one seal: so far is known where the log is broken
HOUR = 3600 * 1_000_000  # microseconds
AT_ONCE = 10_000  # entries sealed in one round: a log from before there were seals takes a few

log: Any = structlog.get_logger("narthex")


def covered(entry: Entry) -> Told:
    """What a seal covers of an entry, by the API's names."""
    return {
        "id": entry.id,
        "account": entry.account,
        "owner": entry.owner,
        "share": entry.share,
        "at_us": entry.at_us,
        "event": entry.event,
        "outcome": entry.outcome,
        "actor": entry.actor,
        "access_key_id": entry.access_key_id,
        "address": entry.address,
        "agent": entry.agent,
        "resource": entry.resource,
        "key": entry.key,
        "bytes": entry.bytes,
        "times": entry.times,
        "use": entry.booking,
        "request": entry.request,
        "detail": entry.detail,
    }


async def seal(ledger: Ledger, now_us: int) -> int:
    """All entries that wait are sealed, at most AT_ONCE of them; how many were."""
    count = 0
    while count < AT_ONCE:
        waiting = await audit.unsealed(ledger.catalog, None, MOST)
        if not waiting:
            break
        for account, entries in groupby(waiting, lambda one: one.account):
            count += await _seal(ledger, account, list(entries), now_us)
    return count


async def _seal(ledger: Ledger, account: str, entries: list[Entry], now_us: int) -> int:
    before = await audit_seals.last(ledger.catalog, account)
    made = Seal(
        account,
        1 if before is None else before.number + 1,
        now_us,
        max(one.at_us for one in entries),
        len(entries),
        entries_digest([covered(one) for one in entries]),
        FIRST if before is None else before.link,
    )
    made = replace(made, signature=ledger.keyring.sign(signed(made)))
    ids = [one.id for one in entries]

    async def work(tx: Transaction) -> None:
        if not await audit_seals.add(tx, made, ids):
            raise StoreError("entries of the audit log were sealed by another steward")

    await ledger.catalog.run(work)
    if before is None or before.at_us // HOUR != now_us // HOUR:
        # In a log that leaves this machine this is a witness: whoever rewrites the database, and
        # has the master key too, would have to rewrite it there.
        log.info("audit sealed", account=account, seal=made.number, link=made.link)
    return len(entries)


async def prune(ledger: Ledger, before_us: int, now_us: int) -> int:
    """Entries from before this time are given up by an act of the log, sealed, and then removed.

    How many rows went. One seal's entries go together, when the newest of them is so old.
    """
    for one in await audit_seals.old(ledger.catalog, before_us):
        await _give_up(ledger, one, now_us)
    if await seal(ledger, now_us) >= AT_ONCE:
        return 0  # the act may wait for its seal still: the next round goes on
    count = 0
    for account, number in await audit_seals.given_up(ledger.catalog):

        async def work(tx: Transaction, account: str = account, number: int = number) -> int:
            return await audit_seals.remove(tx, account, number)

        while done := await ledger.catalog.run(work):
            count += done
    return count


async def _give_up(ledger: Ledger, last: Seal, now_us: int) -> None:
    entry = own_act(last.account, PRUNED, now_us, pruned_until(last.number, last.link))

    async def work(tx: Transaction) -> None:
        await audit.add(tx, [entry])
        await audit_seals.give_up(tx, last.account, last.number, now_us)

    await ledger.catalog.run(work)
