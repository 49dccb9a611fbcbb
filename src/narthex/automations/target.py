"""Automations as targets of deliveries: an upload comes in, a share is issued, its link is told.

INVARIANT: a share, the row that says that this event was shared, and what is told of it are one
transaction. So an event that is delivered twice is shared once and told once. This file never
issues a share by itself: it asks the API as its owner would.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from narthex.api.authorize import find_bucket, require, require_download
from narthex.api.endpoint import Call
from narthex.api.endpoints.shares import CREATE, find_drafts, issue_drafts
from narthex.api.errors import ApiError
from narthex.automations import telling
from narthex.automations.acting import call_of
from narthex.catalog import Transaction, automation_runs, automations
from narthex.catalog.automation_runs import SHARED, Run
from narthex.catalog.automations import Automation
from narthex.events import wake
from narthex.events.target import Delivery, Undelivered
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Draft, Issued
from narthex.pure.automations import KIND, PREFIX
from narthex.pure.shares import Target
from narthex.server import Server

LOST = frozenset(["NoSuchBucket", "NoSuchKey"])  # there is nothing to share any more
AGAIN = "ObjectChanged"  # replaced while it was reviewed
SOON = 1.0  # seconds
KEY_ENDED = "the key that it stands on is no more, or not active"


class AlreadyShared(Exception):
    """Somebody else shared this event meanwhile: nothing is issued twice."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What an event tells of."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class AutomationTarget:
    """One automation, as a delivery names it."""

    server: Server
    account: str
    address: str

    async def check(self) -> None:
        """There is one. Raises Undelivered."""
        await self._find()

    async def deliver(self, delivery: Delivery) -> None:
        """Returns once it is shared, or refused, and that is written down. Raises Undelivered."""
        one = await self._find()
        if delivery.kind != KIND:
            raise Undelivered("this is none of an automation's events", permanent=True)
        done = await automation_runs.find(self.server.catalog, one.id, delivery.id)
        if done is not None and done.outcome == SHARED:
            return
        _refuse_inactive(one)
        uploaded = _read(delivery.payload)
        body = {"bucket": uploaded.bucket, "key": uploaded.key, **one.terms}
        call = await call_of(one, body, self.server)
        if call is None:
            await telling.stop(self.server, one, KEY_ENDED)
            raise Undelivered(f"the automation has stopped: {KEY_ENDED}", permanent=True)
        try:
            await self._share(one, call, uploaded, delivery)
        except AlreadyShared:
            return
        except (ApiError, LedgerError) as error:
            if error.code == AGAIN:
                raise Undelivered(error.message, retry_after=SOON) from error
            await self._refused(one, call, uploaded, delivery, error)
        wake.ring(self.server)

    async def _find(self) -> Automation:
        id = self.address.removeprefix(PREFIX)
        found = await automations.find(self.server.catalog, id)
        if found is None or found.account != self.account:
            raise Undelivered("there is no such automation any more", permanent=True)
        return found

    async def _share(
        self, one: Automation, call: Call, uploaded: Uploaded, delivery: Delivery
    ) -> None:
        """Raises ApiError, LedgerError, AlreadyShared, Undelivered."""
        resource = await find_drafts(call, self.server)
        for arn in resource.arns:
            require(call.asking, CREATE, arn, self.server)
        drafts: list[Draft] = resource.held
        if drafts[0].bucket.id != one.bucket_id:  # it was deleted, and made anew
            raise LedgerError("NoSuchBucket", f"there is no bucket `{one.bucket}` any more")

        async def beside(tx: Transaction, made: Sequence[Issued]) -> None:
            current = await automations.find(tx, one.id)
            if current is None:
                raise Undelivered("there is no such automation any more", permanent=True)
            _refuse_inactive(current)
            share = made[0].share
            run = Run(one.id, delivery.id, call.now_us, uploaded.key, SHARED, share.id)
            if not await automation_runs.write(tx, run):
                raise AlreadyShared
            await telling.tell_link(tx, self.server, one, made[0], call.now_us)

        await issue_drafts(call, drafts, self.server, beside)

    async def _refused(
        self,
        one: Automation,
        call: Call,
        uploaded: Uploaded,
        delivery: Delivery,
        error: ApiError | LedgerError,
    ) -> None:
        """It is written down, and whoever is told of links is told that there is none; once."""
        knows = await self._may_know(one, call)
        key, reason = (uploaded.key, error.message) if knows else ("", "")
        run = Run(one.id, delivery.id, call.now_us, key, error.code, reason=reason)

        async def work(tx: Transaction) -> None:
            before = await automation_runs.find(tx, one.id, delivery.id)
            written = await automation_runs.write(tx, run)
            if written and before is None and error.code not in LOST:
                await telling.tell_refusal(tx, one, error.code, call.now_us)

        await self.server.catalog.run(work)

    async def _may_know(self, one: Automation, call: Call) -> bool:
        """Whether its owner may still know which keys there are."""
        target = Target(one.bucket, one.bucket_id, one.prefix, is_prefix=True)
        try:
            bucket = await find_bucket(one.bucket, self.server)
            await require_download(call.asking, target, bucket, self.server)
        except ApiError:
            return False
        return bucket.id == one.bucket_id


def _refuse_inactive(one: Automation) -> None:
    if one.state != "active":
        why = f"has stopped: {one.reason}" if one.state == "stopped" else "is paused"
        raise Undelivered(f"the automation {why}", permanent=True)


def _read(payload: str) -> Uploaded:
    """What was uploaded, from S3's message. Raises Undelivered."""
    try:
        told: Any = json.loads(payload)["Records"][0]["s3"]
        return Uploaded(str(told["bucket"]["name"]), unquote_plus(str(told["object"]["key"])))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Undelivered("this is no event of an upload", permanent=True) from error
