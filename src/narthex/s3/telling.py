"""Tell of a change, in the transaction of the change: to whoever the bucket's configuration names.

This file never delivers: the steward does. INVARIANT: a change and what is told of it are one
transaction, so that neither is ever without the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from narthex.catalog import Transaction, deliveries
from narthex.events import wake
from narthex.model import Bucket
from narthex.pure import automations
from narthex.pure.events import records
from narthex.pure.events.configuration import Notification
from narthex.pure.events.records import Cause, Event, Source
from narthex.s3.operation import Call
from narthex.s3.refusal import Trace
from narthex.s3.rules import AUTOMATION, rules_of
from narthex.server import Server

SECOND = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Teller:
    """What a bucket's configuration asks to be told of, and who causes what is told."""

    bucket: Bucket
    cause: Callable[[], Cause]
    server: Server
    notifications: tuple[Notification, ...]

    async def tell(self, tx: Transaction, event: Event) -> None:
        """Enqueue what is told of this event, if anybody wants to know. Before `ring`."""
        if not self.notifications:
            return
        bucket = self.bucket
        for one in self.notifications:
            if one.wants(event.name, event.key):
                told = records.write(event, self.cause(), _source(bucket, self.server), one.id)
                kind = automations.KIND if one.target == AUTOMATION else records.KIND
                await enqueue(
                    tx, bucket, one.arn, event.key, told, event.at_us, self.server, kind=kind
                )

    def ring(self) -> None:
        """It is committed: let it be delivered now."""
        if self.notifications:
            wake.ring(self.server)


async def teller_of(call: Call, server: Server) -> Teller:
    """Who is told of what this request changes. Raises Corrupt."""
    rules = await rules_of(server.catalog, call.held)
    return Teller(call.held, partial(cause_of, call), server, rules.notifications)


async def enqueue(
    tx: Transaction,
    bucket: Bucket,
    arn: str,
    key: str,
    told: str,
    at_us: int,
    server: Server,
    *,
    kind: str = records.KIND,
) -> None:
    """A message about a key of a bucket; "" is the bucket itself. In order for each key."""
    await deliveries.enqueue(
        tx,
        account=bucket.account,
        target=arn,
        lane=f"{bucket.name}/{records.encode_key(key)}",
        kind=kind,
        payload=told,
        now_us=at_us,
        expires_us=at_us + server.settings.event_age * SECOND,
    )


def cause_of(call: Call) -> Cause:
    """Who asked, as events tell it: never how it was signed."""
    host_id = Trace(call.request, call.request_id).host_id
    return Cause(call.caller, call.request.client, call.request_id, host_id)


def _source(bucket: Bucket, server: Server) -> Source:
    return Source(bucket.name, bucket.owner, bucket.region or server.settings.home_region)
