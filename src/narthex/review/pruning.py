"""Decisions, and what was found for them, are kept for a while and then go; the steward does it.

This file never asks what was decided.
"""

from __future__ import annotations

from narthex.catalog import Transaction, decisions, looks
from narthex.review.models import models_of
from narthex.server import Server

SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND


async def prune(server: Server) -> int:
    """Decisions older than `decision_days` are gone; how many were. In small transactions."""
    before_us = server.clock() - server.settings.decision_days * DAY

    async def work(tx: Transaction) -> int:
        return await decisions.prune(tx, before_us)

    async def forget(tx: Transaction) -> None:
        await looks.prune(tx, server.clock() - models_of(server).current().model.valid * SECOND)

    await server.catalog.run(forget)
    count = 0
    while done := await server.catalog.run(work):
        count += done
    return count
