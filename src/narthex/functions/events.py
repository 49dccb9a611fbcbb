"""Asynchronous invocations: how long an event is kept for a function, and how often it is tried.

This file never runs a function: `target` does, when the delivery is due.
Source: AWS Lambda developer guide, "Invoking a Lambda function asynchronously".
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from narthex.catalog import Reader, Transaction, deliveries, function_documents
from narthex.catalog.function_documents import EVENTS
from narthex.events import wake
from narthex.pure.functions import Function, arn_of
from narthex.server import Server

SIX_HOURS = 21_600  # seconds
SECOND_US = 1_000_000
INVOCATION = "invocation"


@dataclass(frozen=True, slots=True)
class EventRules:
    """How asynchronous events of a function are tried. most_age: seconds.

    on_success, on_failure: ARNs or URLs of targets, "" for none. retries, age: as they were given,
    None where the default counts.
    """

    retries: int | None = None
    age: int | None = None
    on_success: str = ""
    on_failure: str = ""

    @property
    def most_retries(self) -> int:
        """Attempts after the first."""
        return 2 if self.retries is None else self.retries

    @property
    def most_age(self) -> int:
        """Seconds until an event is given up."""
        return SIX_HOURS if self.age is None else self.age

    def text(self) -> str:
        """As the catalog keeps it."""
        return json.dumps(asdict(self))


async def rules_of(reader: Reader, function: str, qualifier: str) -> EventRules:
    """The rules of a qualifier, the defaults where none were set."""
    found = await function_documents.find(reader, function, qualifier or "$LATEST", EVENTS)
    return EventRules() if found is None else EventRules(**json.loads(found.text))


async def enqueue_invocation(
    server: Server, function: Function, qualifier: str, payload: bytes, now_us: int
) -> str:
    """The event will be delivered to the function; the id of its delivery."""
    rules = await rules_of(server.catalog, function.id, qualifier)

    async def work(tx: Transaction) -> str:
        return await deliveries.enqueue(
            tx,
            account=function.account,
            target=arn_of(function.region, function.account, function.name, qualifier),
            lane=f"invocation {server.new_id()}",  # events of one function wait for none of it
            kind=INVOCATION,
            payload=json.dumps(json.loads(payload)),
            now_us=now_us,
            expires_us=now_us + rules.most_age * SECOND_US,
        )

    id = await server.catalog.run(work)
    wake.ring(server)
    return id
