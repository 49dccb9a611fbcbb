"""What an automation tells its addresses, enqueued in the transaction of what it tells of.

INVARIANT: a link lies in no delivery that somebody could read: it is sealed until it is sent. This
file never sends anything.
"""

from __future__ import annotations

from narthex.catalog import Transaction, addresses, automations, deliveries
from narthex.catalog.automations import Automation
from narthex.events import wake
from narthex.events.senders.sealed import seal
from narthex.ledger.issue import Issued
from narthex.ledger.notices import KIND, TRIED_US
from narthex.pure.automations import Shared, tell_refused, tell_shared, tell_stopped
from narthex.pure.events.records import encode_key
from narthex.server import Server


async def tell_link(
    tx: Transaction, server: Server, one: Automation, issued: Issued, now_us: int
) -> None:
    """The link, to each address; it is not sent any more once it is over."""
    share = issued.share
    limits = share.limits
    payload = tell_shared(
        Shared(
            one.id,
            share.id,
            share.target.bucket,
            share.target.key,
            issued.link,
            limits.expires_us,
            limits.max_uses,
            share.note,
        ),
        now_us,
    )
    ends = now_us + TRIED_US
    if limits.expires_us is not None:
        ends = min(ends, limits.expires_us)
    for address in await addresses.of(tx, one.holder):
        target, sealed = seal(server.keyring, address.of_delivery, payload)
        lane = f"{one.holder}/{encode_key(share.target.key)}"  # one key's links in their order
        await _enqueue(tx, one, target, lane, sealed, now_us, ends)


async def tell_refusal(tx: Transaction, one: Automation, code: str, now_us: int) -> None:
    """That an upload was not shared."""
    payload = tell_refused(one.id, one.bucket, one.prefix, code, now_us)
    await _tell(tx, one, payload, now_us)


async def stop(server: Server, one: Automation, reason: str) -> None:
    """It stops, and says so; once."""
    now_us = server.clock()

    async def work(tx: Transaction) -> None:
        current = await automations.find(tx, one.id)
        if current is None or current.state != "active" or current.origin != one.origin:
            return
        await automations.set_state(tx, current, "stopped", reason)
        payload = tell_stopped(one.id, one.bucket, one.prefix, reason, now_us)
        await _tell(tx, one, payload, now_us)

    await server.catalog.run(work)
    wake.ring(server)


async def _tell(tx: Transaction, one: Automation, payload: str, now_us: int) -> None:
    for address in await addresses.of(tx, one.holder):
        target, ends = address.of_delivery, now_us + TRIED_US
        await _enqueue(tx, one, target, one.holder, payload, now_us, ends)


async def _enqueue(
    tx: Transaction,
    one: Automation,
    target: str,
    lane: str,
    payload: str,
    now_us: int,
    expires_us: int,
) -> None:
    await deliveries.enqueue(
        tx,
        account=one.account,
        target=target,
        lane=lane,
        kind=KIND,
        payload=payload,
        now_us=now_us,
        expires_us=expires_us,
    )
