"""What happens, as it happens: deliveries that are made, and those that end. Asked again and again.

This file never waits: whoever follows asks for what came behind the last answer's `next`.
"""

from __future__ import annotations

import re

from narthex.api.endpoint import Answer, Call, Json, endpoint
from narthex.api.endpoints.deliveries import show
from narthex.api.errors import invalid
from narthex.api.reading import Parameters
from narthex.catalog import delivery_log
from narthex.catalog.delivery_log import BEHIND_ALL, Done, Kept
from narthex.server import Server

_CURSOR = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{1,15})-([0-9a-f]{1,15})")


@endpoint("GET", "events", action="narthex:ListEvents", parameters="limit after")
async def list_events(call: Call, held: None, server: Server) -> Answer:
    """Behind `after`: what was made, and what has ended. Without it: where to follow from."""
    told = Parameters(call.query)
    after, limit, account = told.text("after"), told.limit(), call.scope.account
    if after is None:
        newest = await delivery_log.newest(server.catalog, account, BEHIND_ALL, 1)
        number = newest[0].number if newest else 0
        return Answer({"entries": [], "next": _cursor(number, Done(call.now_us, 0))})
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise invalid("after", "this is no `next` of an answer")
    number, done_us, done = (int(digits, 16) for digits in found.groups())
    made = await delivery_log.made_after(server.catalog, account, number, limit)
    ended = await delivery_log.done_after(server.catalog, account, Done(done_us, done), limit)
    place = Done(ended[-1].done_us or 0, ended[-1].number) if ended else Done(done_us, done)
    entries = [_entry("event", one) for one in made] + [_entry(one.state, one) for one in ended]
    return Answer({"entries": entries, "next": _cursor(made[-1].number if made else number, place)})


def _entry(what: str, one: Kept) -> Json:
    return {"what": what, "delivery": show(one)}


def _cursor(number: int, done: Done) -> str:
    return f"{number:x}-{done.done_us:x}-{done.number:x}"
