"""The decision model in force: its texts, its digest, and what is wrong with its files."""

from __future__ import annotations

from narthex.api.endpoint import Answer, Call, endpoint
from narthex.review.models import SHIPPED_HERE, models_of
from narthex.server import Server


@endpoint("GET", "model", action="narthex:GetModel")
async def get_model(call: Call, held: None, server: Server) -> Answer:
    found = models_of(server).current(at_once=True)
    told = {
        "name": found.model.name,
        "digest": found.model.digest,
        "shipped": found.source == SHIPPED_HERE,
        "problem": found.problem or None,
        "text": found.text,
        "overlays": [{"file": one.file, "text": one.text} for one in found.overlays],
    }
    return Answer({"model": told})
