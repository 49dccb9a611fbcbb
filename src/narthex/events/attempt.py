"""One attempt at one delivery, and what follows from how it went.

This file never commits: `events.engine` does, for many attempts in one transaction. Whatever a
target raises is a failed attempt, so that a fault in one kind of target never stops the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from narthex.catalog import Transaction, queue
from narthex.catalog.deliveries import id_of
from narthex.catalog.queue import Waiting
from narthex.errors import StoreError
from narthex.events.registry import target_of
from narthex.events.target import Delivery, Mourns, Target, Undelivered
from narthex.pure.events import records, retries
from narthex.server import Server

EXPIRED = "EventAgeExceeded"  # Lambda's word, and so the one that functions tell
MOST_SECONDS = 960.0  # beyond the longest function; each kind of target bounds its own time before

log = structlog.get_logger("narthex")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went. reason: None when it was delivered. due_us: None when it is over.

    tried: the target was asked. tires: a failure that speaks against the target, not this delivery.
    """

    waiting: Waiting
    now_us: int
    reason: str | None = None
    due_us: int | None = None
    tried: bool = True
    tires: bool = False

    @property
    def attempts(self) -> int:
        """Those that have failed, and the one that did not."""
        return self.waiting.attempts + self.tried


async def write(outcomes: Sequence[Outcome], tx: Transaction, server: Server, mourns: bool) -> bool:
    """Acknowledge them in the catalog; whether something else may be due, now or later.

    It may be done twice: a commit can be uncertain.
    mourns: tell targets that want to know what they will not be given.
    """
    delivered = [one for one in outcomes if one.reason is None]
    is_any_held = await queue.end_delivered(
        tx, [(one.waiting, one.now_us, one.attempts) for one in delivered]
    )
    for one in outcomes:
        if one.reason is not None:
            await _write_failed(one, one.reason, tx, server, mourns)
    return is_any_held or len(delivered) < len(outcomes)


async def _write_failed(
    one: Outcome, reason: str, tx: Transaction, server: Server, mourns: bool
) -> None:
    waiting = one.waiting
    if one.due_us is not None:
        await queue.try_later(tx, waiting.number, one.due_us, reason, attempts=one.attempts)
        return
    if mourns:
        await _mourn(waiting, reason, tx, server)
    told = f"{EXPIRED}: {waiting.reason}" if reason == EXPIRED and waiting.reason else reason
    await queue.end_failed(tx, waiting, one.now_us, told, attempts=one.attempts)


async def _mourn(waiting: Waiting, reason: str, tx: Transaction, server: Server) -> None:
    try:
        target = _target(waiting, server)
        if isinstance(target, Mourns):
            await target.given_up(tx, delivery_of(waiting), reason)
    except StoreError:
        raise
    except Exception as error:  # a fault in a kind of target, or no target any more
        log.warning("not told", reason=str(error), delivery=id_of(waiting.number))


def delivery_of(waiting: Waiting) -> Delivery:
    """The delivery as its target is given it."""
    return Delivery(
        id_of(waiting.number),
        waiting.queue.account,
        waiting.queue.target,
        waiting.lane,
        waiting.kind,
        payload_of(waiting.kind, waiting.payload, waiting.number),
        waiting.created_us,
        waiting.attempts + 1,
    )


def payload_of(kind: str, payload: str, number: int) -> str:
    """A payload as it is sent: in S3's messages stands their place among all."""
    return records.with_sequencer(payload, number) if kind == records.KIND else payload


async def attempt(waiting: Waiting, server: Server, chance: float) -> Outcome:
    """Deliver it now, if it is not too old. chance: from [0, 1), for when to try again."""
    if server.clock() >= waiting.expires_us:
        return Outcome(waiting, server.clock(), EXPIRED, tried=False)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            await _target(waiting, server).deliver(delivery_of(waiting))
    except Undelivered as error:
        return _failed(waiting, server.clock(), error, chance)
    except TimeoutError:
        late = Undelivered("the target did not answer in time")
        return _failed(waiting, server.clock(), late, chance)
    except Exception as error:  # a fault in a kind of target: log it whole, and try again
        log.error("delivery failed", exc_info=error, delivery=id_of(waiting.number))
        fault = Undelivered(f"the delivery failed with {type(error).__name__}")
        return _failed(waiting, server.clock(), fault, chance)
    return Outcome(waiting, server.clock())


def _target(waiting: Waiting, server: Server) -> Target:
    return target_of(server, waiting.queue.account, waiting.queue.target)


def _failed(waiting: Waiting, now_us: int, error: Undelivered, chance: float) -> Outcome:
    if error.permanent:
        return Outcome(waiting, now_us, error.reason)
    failed = waiting.attempts + 1
    due_us = retries.due_us(now_us, failed, chance, waiting.expires_us, error.retry_after)
    return Outcome(waiting, now_us, error.reason, due_us, tires=error.retry_after is None)
