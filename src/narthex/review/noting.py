"""Which decision model is in force, as the audit log tells it: an entry for each change.

This file never judges and never chooses a model: its file does, and only who may write it.
"""

from __future__ import annotations

from narthex.catalog import Transaction, accounts, audit, settings
from narthex.catalog.audit import Entry
from narthex.ledger.issue import new_entry_id
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
        entry = Entry(
            id=new_entry_id(now_us),
            account=first.id,
            owner="",
            share="",
            at_us=now_us,
            event=CHANGED,
            outcome="done",
            detail=told(words),
        )
        await audit.add(tx, [entry])
        await settings.write(tx, NOTED, model.digest)
        return True

    return await server.catalog.run(work)
