"""Which decision model is in force, as the audit log tells it: an entry for each change.

This file never judges and never chooses a model: its file does, and only who may write it.
"""

from __future__ import annotations

from narthex.catalog import Transaction, accounts, audit, settings
from narthex.ledger.issue import own_act
from narthex.pure.administration import told
from narthex.review.models import models_of
from narthex.server import Server

NOTED = "model noted"  # the setting that holds the digest of the model that was told last
CHANGED = "narthex:ChangeModel"


async def note_model(server: Server) -> bool:
    """The model in force is told, unless it was; whether it is told now."""
    model = models_of(server).current().model
    if await settings.read(server.catalog, NOTED) == model.digest:
        return False
    now_us = server.clock()

    async def work(tx: Transaction) -> bool:
        first = await accounts.first(tx)
        before = await settings.read(tx, NOTED)
        if first is None or before == model.digest:
            return False
        words = (("name", model.name), ("digest", model.digest), ("before", before or ""))
        await audit.add(tx, [own_act(first.id, CHANGED, now_us, told(words))])
        await settings.write(tx, NOTED, model.digest)
        return True

    return await server.catalog.run(work)
