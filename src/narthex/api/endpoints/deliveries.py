"""Deliveries: what waits, what was made, what failed; tried once more, one by one or since a time.

This file never tells a payload with a list: looking into one delivery is an action of its own.
"""

from __future__ import annotations

import json
import re

from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import Fields, Parameters
from narthex.catalog import Transaction, delivery_log
from narthex.catalog.deliveries import number_of
from narthex.catalog.delivery_log import BEHIND_ALL, Done, Kept
from narthex.events import wake
from narthex.events.attempt import payload_of
from narthex.events.standing import standing
from narthex.pure.times import iso_seconds
from narthex.server import Server

MOST = 1000  # deliveries of one request
STATES = {"ready": "waiting", "behind": "waiting"}  # what people need not tell apart
_CURSOR = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{1,15})-([0-9a-f]{1,15})")


def show(kept: Kept) -> Json:
    """A delivery as it is told, without its payload."""
    retrying = kept.state == "retrying"
    return {
        "id": kept.id,
        "kind": kept.kind,
        "target": kept.target,
        "lane": kept.lane,
        "state": STATES.get(kept.state, kept.state),
        "attempts": kept.attempts,
        "reason": kept.reason or None,
        "created_at": iso_seconds(kept.created_us),
        "expires_at": iso_seconds(kept.expires_us),
        "due_at": iso_seconds(kept.due_us) if retrying else None,
        "done_at": None if kept.done_us is None else iso_seconds(kept.done_us),
    }


@endpoint("GET", "deliveries", action="narthex:ListDeliveries", parameters="failed limit after")
async def list_deliveries(call: Call, held: None, server: Server) -> Answer:
    told = Parameters(call.query)
    failed, after, limit = told.text("failed"), told.text("after"), told.limit()
    if failed not in (None, "true", "false"):
        raise invalid("failed", "this is true or false")
    before = BEHIND_ALL if after is None else number_of(after)
    if before is None:
        raise invalid("after", "this is no `next` of an answer")
    found = await delivery_log.newest(
        server.catalog, call.scope.account, before, limit + 1, failed=failed == "true"
    )
    more = found[limit - 1].id if len(found) > limit else None
    return Answer({"deliveries": [show(one) for one in found[:limit]], "next": more})


@endpoint("GET", "deliveries/standing", action="narthex:ListDeliveries")
async def get_standing(call: Call, held: None, server: Server) -> Answer:
    now = await standing(server.catalog, call.scope.account)
    oldest = None if now.oldest_us is None else iso_seconds(now.oldest_us)
    return Answer({"waiting": now.waiting, "oldest_at": oldest, "failed": now.failed})


@endpoint("GET", "deliveries/{id}", action="narthex:GetDelivery")
async def get_delivery(call: Call, held: None, server: Server) -> Answer:
    number = number_of(call.parts["id"])
    found = None
    if number is not None:
        found = await delivery_log.find(server.catalog, call.scope.account, number)
    if found is None:
        raise ApiError("NoSuchDelivery", "no such delivery")
    kept, payload = found
    told = json.loads(payload_of(kept.kind, payload, kept.number))
    return Answer({"delivery": show(kept) | {"payload": told}})


async def which(call: Call, server: Server) -> Resource:
    """The numbers of the deliveries that the body names."""
    ids = Fields(call.body, ("ids",)).texts("ids")
    if not 1 <= len(ids) <= MOST:
        raise invalid("ids", f"1 to {MOST} ids")
    numbers = {id: number_of(id) for id in ids}
    for id, number in numbers.items():
        if number is None:
            raise invalid("ids", f"`{id[:64]}` is no id of a delivery")
    return Resource(held=numbers)


@endpoint("POST", "deliveries/retries", action="narthex:RetryDeliveries", find=which)
async def retry_deliveries(call: Call, held: dict[str, int], server: Server) -> Answer:
    """Those that are done are delivered again; of the others it is told that they were left."""

    async def work(tx: Transaction) -> list[str]:
        return [
            id
            for id, number in held.items()
            if await delivery_log.again(tx, call.scope.account, number, call.now_us)
        ]

    retried = await server.catalog.run(work)
    wake.ring(server)
    return Answer({"retried": retried, "left": [id for id in held if id not in set(retried)]})


async def since_when(call: Call, server: Server) -> Resource:
    """From when on, and behind which; nothing that was done after the first request began."""
    fields = Fields(call.body, ("since", "after"))
    since_us, after = fields.moment("since"), fields.text("after")
    if since_us is None:
        raise invalid("since", "`since` is needed")
    if not after:
        return Resource(held=(since_us, call.now_us, Done(since_us, 0)))
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise invalid("after", "this is no `next` of an answer")
    until_us, done_us, number = (int(digits, 16) for digits in found.groups())
    return Resource(held=(since_us, min(until_us, call.now_us), Done(done_us, number)))


@endpoint("POST", "deliveries/replays", action="narthex:ReplayDeliveries", find=since_when)
async def replay_deliveries(call: Call, held: tuple[int, int, Done], server: Server) -> Answer:
    """Deliver again what was made since then and is done, so many at once; `next` goes on."""
    since_us, until_us, after = held

    async def work(tx: Transaction) -> tuple[int, Kept | None]:
        found = await delivery_log.done_after(tx, call.scope.account, after, MOST)
        count = 0
        for one in found:
            if one.created_us >= since_us and (one.done_us or 0) < until_us:
                count += await delivery_log.again(tx, call.scope.account, one.number, call.now_us)
        goes_on = len(found) == MOST and (found[-1].done_us or 0) < until_us
        return count, found[-1] if goes_on else None

    count, last = await server.catalog.run(work)
    wake.ring(server)
    more = None if last is None else f"{until_us:x}-{last.done_us or 0:x}-{last.number:x}"
    return Answer({"replayed": count, "next": more})
