"""Automations as a service: made, found, paused, resumed, removed. What they do is done elsewhere.

INVARIANT: an automation stands on a permanent key of its owner: it can never do more than that key
can at the moment of an upload, and it ends with it. This file never asks policies: whoever calls
has. Shares create no objects, so nothing here can set off itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from narthex.catalog import Transaction, addresses, automation_runs, automations, buckets
from narthex.catalog.automation_runs import Run
from narthex.catalog.automations import Automation
from narthex.ledger.addresses import MOST as MOST_ADDRESSES
from narthex.ledger.addresses import new_secret, written
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import ID_BYTES, Issuer
from narthex.ledger.links import Place
from narthex.ledger.owning import Scope
from narthex.ledger.service import Ledger
from narthex.model import Bucket
from narthex.pure.automations import LONGEST
from narthex.pure.notify_urls import read_notify_url


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. terms: of its shares, as the API takes them. notify: whom it tells."""

    bucket: Bucket
    prefix: str
    suffix: str
    terms: dict[str, Any] = field(hash=False)
    notify: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Created:
    """An automation as it is told once. secret: what its webhooks are signed with, else ""."""

    automation: Automation
    secret: str = field(repr=False)


async def create(
    ledger: Ledger, issuer: Issuer, wanted: Wanted, place: Place, now_us: int
) -> Created:
    """A new automation, active from the next upload on. issuer: with a permanent key.

    Raises LedgerError (InvalidArgument), StoreError.
    """
    _check(issuer, wanted)
    urls = [read_notify_url(text) for text in wanted.notify]
    secret = new_secret(urls)
    made = Automation(
        id=secrets.token_hex(ID_BYTES),
        account=issuer.owner.account,
        owner=issuer.owner.key,
        arn=issuer.owner.arn,
        origin=issuer.origin,
        bucket=wanted.bucket.name,
        bucket_id=wanted.bucket.id,
        prefix=wanted.prefix,
        suffix=wanted.suffix,
        url=place.url,
        terms=wanted.terms,
        shown=tuple(url.shown for url in urls),
        state="active",
        reason="",
        created_us=now_us,
    )
    told = written(ledger.keyring, made.holder, made.account, place.region, urls, secret)

    async def work(tx: Transaction) -> None:
        await _refuse_lost_bucket(tx, made)
        if len(await automations.of_bucket(tx, made.bucket_id)) >= automations.MOST_OF_BUCKET:
            most = automations.MOST_OF_BUCKET
            raise LedgerError("InvalidArgument", f"a bucket has at most {most} automations")
        if len(await automations.every(tx, made.account, None)) >= automations.MOST_OF_ACCOUNT:
            most = automations.MOST_OF_ACCOUNT
            raise LedgerError("InvalidArgument", f"an account has at most {most} automations")
        await addresses.add(tx, told)
        await automations.add(tx, made)

    await ledger.catalog.run(work)
    return Created(made, secret)


def _check(issuer: Issuer, wanted: Wanted) -> None:
    if wanted.bucket.account != issuer.owner.account:
        told = "an automation is for a bucket of your own account"
        raise LedgerError("InvalidArgument", told, "bucket")
    if not 1 <= len(wanted.notify) <= MOST_ADDRESSES:
        told = f"1 to {MOST_ADDRESSES} addresses: who gets the links?"
        raise LedgerError("InvalidArgument", told, "notify")
    for name, text in (("prefix", wanted.prefix), ("suffix", wanted.suffix)):
        if len(text.encode()) > LONGEST:
            raise LedgerError("InvalidArgument", f"this has at most {LONGEST} bytes", name)


async def _refuse_lost_bucket(tx: Transaction, one: Automation) -> None:
    found = await buckets.find(tx, one.bucket)
    if found is None or found.id != one.bucket_id:
        raise LedgerError("NoSuchBucket", f"there is no bucket `{one.bucket}` any more", "bucket")


async def find(ledger: Ledger, scope: Scope, id: str) -> Automation:
    """One of the scope's. Raises LedgerError (NoSuchAutomation)."""
    found = await automations.find(ledger.catalog, id)
    if found is None or found.account != scope.account or scope.owner not in (None, found.owner):
        raise LedgerError("NoSuchAutomation", f"there is no automation `{id[:64]}`")
    return found


async def every(ledger: Ledger, scope: Scope) -> list[Automation]:
    """All of the scope's, the oldest first."""
    return await automations.every(ledger.catalog, scope.account, scope.owner)


async def log(ledger: Ledger, one: Automation, before: str, limit: int) -> list[Run]:
    """What came of the events before this one, "" for all, the newest first."""
    return await automation_runs.newest(ledger.catalog, one.id, before, limit)


async def pause(ledger: Ledger, one: Automation) -> Automation:
    """Uploads set it off no more."""

    async def work(tx: Transaction) -> None:
        await automations.set_state(tx, one, "paused")

    await ledger.catalog.run(work)
    return replace(one, state="paused", reason="")


async def resume(ledger: Ledger, one: Automation, issuer: Issuer) -> Automation:
    """Uploads from now on set it off. Resumed by its owner, it stands on the key that asks.

    Raises LedgerError (NoSuchBucket).
    """
    origin = issuer.origin if issuer.owner.key == one.owner else one.origin

    async def work(tx: Transaction) -> None:
        await _refuse_lost_bucket(tx, one)
        await automations.set_state(tx, one, "active", origin=origin)

    await ledger.catalog.run(work)
    return replace(one, state="active", reason="", origin=origin)


async def remove(ledger: Ledger, one: Automation) -> None:
    """It is gone. What it shared stays shared; what still waits for it fails."""

    async def work(tx: Transaction) -> None:
        await automations.remove(tx, one)
        await addresses.remove(tx, one.holder)

    await ledger.catalog.run(work)


async def prune(ledger: Ledger, before_us: int) -> int:
    """What came of events before this time is forgotten; how many rows were."""
    count = 0

    async def work(tx: Transaction) -> int:
        return await automation_runs.prune(tx, before_us)

    while done := await ledger.catalog.run(work):
        count += done
    return count
