"""What waits does not wait for ever: for whoever asked, and for whoever answers.

A confirmation that nobody gave is given up, by its asker or after `confirmation_hours`; of a
refusal that its owner left alone for longer than `sla`, the deputies are told, once. This file
never lets anything through.
"""

from __future__ import annotations

from narthex.catalog import Transaction, decisions
from narthex.catalog.decisions import Decision
from narthex.pure.review.places import owner_at
from narthex.pure.shares import Owner
from narthex.review.errors import ReviewError, no_such_decision
from narthex.review.models import models_of
from narthex.review.notifying import tell_deputies
from narthex.server import Server

HOUR = 3_600_000_000  # microseconds
BATCH = 100  # refusals of one transaction


async def abandon(server: Server, owner: Owner, found: Decision) -> None:
    """Whoever asked says no. Raises ReviewError: NoSuchDecision, DecisionFinal."""
    if found.asker_key != owner.key:
        raise no_such_decision(found.id)
    if found.kind == "upload":
        raise ReviewError("DecisionFinal", "a file that came in waits for its owner, not for you")
    now_us = server.clock()

    async def work(tx: Transaction) -> bool:
        return await decisions.settle(tx, found.id, "abandoned", now_us)

    if not await server.catalog.run(work):
        raise ReviewError("DecisionFinal", "what became of this decision was told before")


async def give_up_old(server: Server) -> int:
    """Confirmations that nobody gave in time are abandoned; how many. The steward does it."""
    now_us = server.clock()
    before_us = now_us - server.settings.confirmation_hours * HOUR

    async def work(tx: Transaction) -> int:
        return await decisions.give_up(tx, before_us, now_us)

    count = 0
    while done := await server.catalog.run(work):
        count += done
    return count


async def tell_overdue(server: Server) -> int:
    """Deputies are told of refusals that wait for too long; of how many. The steward does it."""
    now_us, model, count = server.clock(), models_of(server).current().model, 0
    for one in await decisions.due(server.catalog, now_us, BATCH):
        waits = one.outcome == "open" and not one.approval
        deputies = owner_at(model, one.place).deputies if waits else ()
        count += await _tell(server, one, deputies, now_us)
    return count


async def _tell(server: Server, one: Decision, deputies: tuple[str, ...], now_us: int) -> bool:
    async def work(tx: Transaction) -> bool:
        told = bool(deputies) and await tell_deputies(tx, server, one, deputies, now_us)
        await decisions.seen_to(tx, one.id, now_us if told else None)
        return told

    return await server.catalog.run(work)
