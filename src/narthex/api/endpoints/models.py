"""The decision model in force: its text, its digest, and what is wrong with its file."""

from __future__ import annotations

from narthex.api.endpoint import Answer, Call, endpoint
from narthex.review.models import models_of
from narthex.server import Server


@endpoint("GET", "model", action="narthex:GetModel")
async def get_model(call: Call, held: None, server: Server) -> Answer:
    found = models_of(server).current(at_once=True)
    told = {
        "name": found.model.name,
        "digest": found.model.digest,
        "shipped": found.source == "narthex",
        "problem": found.problem or None,
        "text": found.text,
    }
    return Answer({"model": told})
