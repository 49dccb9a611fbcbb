"""Issue shares: each gets a key, a token and its row, all of a request in one transaction.

This file never asks whether the owner may: whoever calls has asked. Secrets and tokens are told
once, to the owner, and kept sealed or hashed.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from narthex.catalog import Transaction, addresses, audit, objects, shares
from narthex.catalog.addresses import Address
from narthex.catalog.audit import Entry
from narthex.fresh_keys import new_key
from narthex.ledger.addresses import new_secret, written
from narthex.ledger.errors import LedgerError
from narthex.ledger.links import Place, RawLink, mint
from narthex.ledger.notices import await_end, holder_of
from narthex.ledger.service import Ledger
from narthex.model import Bucket
from narthex.pure.notify_urls import read_notify_url
from narthex.pure.share_orders import Order, OrderError, checked
from narthex.pure.shares import (
    TOKEN_BYTES,
    UNNOTED,
    Counts,
    Judged,
    Notices,
    Owner,
    Share,
    Target,
    Token,
)
from narthex.share_keys import SHARE

ID_BYTES = 8  # 16 hex digits; the catalog refuses the one in a million million that is there


@dataclass(frozen=True, slots=True)
class Issued:
    """A share as it is told once. link: the short one. raw: None when it was not asked for.

    notify_secret: what webhooks that are told of it are signed with, "" without any.
    """

    share: Share
    counts: Counts
    link: str = field(repr=False)
    raw: RawLink | None = field(repr=False, default=None)
    notify_secret: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Draft:
    """An order whose owner may give it out, and the bucket it is about.

    judged: what its review has seen.
    """

    order: Order
    bucket: Bucket
    judged: Judged = UNNOTED


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues. origin: the permanent key with which its shares end. actor: its ARN."""

    owner: Owner
    origin: str
    actor: str


def read_order(order: Order, now_us: int) -> Order:
    """The order within its rules. Raises LedgerError."""
    try:
        return checked(order, now_us)
    except OrderError as error:
        raise LedgerError("InvalidArgument", str(error), error.field) from error


# What else is written in the transaction that makes shares.
Beside = Callable[[Transaction, Sequence[Issued]], Awaitable[None]]


async def issue(
    ledger: Ledger,
    issuer: Issuer,
    drafts: Sequence[Draft],
    place: Place,
    now_us: int,
    beside: Beside | None = None,
) -> list[Issued]:
    """The shares, in the order of their drafts: all of them, or none. The orders were read.

    Raises LedgerError (NoSuchKey), StoreError, and what `beside` raises.
    """
    hashes: dict[str, str] = {}
    made: list[tuple[shares.Kept, Issued]] = []
    told: list[Address] = []
    for draft in drafts:
        order = draft.order
        target = await resolve(ledger, order, draft.bucket)
        if order.password is not None and order.password not in hashes:
            hashes[order.password] = await ledger.passwords.hash(order.password)
        password = hashes.get(order.password or "", "")
        kept, issued = _make(ledger, issuer, draft, target, password, place, now_us)
        made.append((kept, issued))
        told += _addresses(ledger, order, issued, place)

    async def work(tx: Transaction) -> None:
        for kept, _ in made:
            await shares.add(tx, kept)
            await await_end(tx, kept.share, ledger.notify_before)
        if told:
            await addresses.add(tx, told)
        await audit.add(tx, [_issued(kept.share, issuer, now_us) for kept, _ in made])
        if beside is not None:
            await beside(tx, [issued for _, issued in made])

    await ledger.catalog.run(work)
    return [issued for _, issued in made]


async def resolve(ledger: Ledger, order: Order, bucket: Bucket) -> Target:
    """What an order is about. Raises LedgerError when an object is not there."""
    if order.is_prefix or order.kind == "upload":
        return Target(bucket.name, bucket.id, order.key, order.is_prefix)
    found = await objects.find(ledger.catalog, bucket.id, order.key)
    if found is None or (order.version and order.version != found.version):
        raise LedgerError(
            "NoSuchKey", f"there is no `{order.key}` in bucket `{bucket.name}`", "key"
        )
    etag = found.etag if order.pin else ""
    return Target(bucket.name, bucket.id, order.key, version=order.version, etag=etag)


def _make(
    ledger: Ledger,
    issuer: Issuer,
    draft: Draft,
    target: Target,
    password: str,
    place: Place,
    now_us: int,
) -> tuple[shares.Kept, Issued]:
    order = draft.order
    urls = [read_notify_url(text) for text in order.notify]
    key = new_key(SHARE)
    token = Token(secrets.token_urlsafe(TOKEN_BYTES))
    share = Share(
        id=secrets.token_hex(ID_BYTES),
        kind=order.kind,
        owner=issuer.owner,
        origin=issuer.origin,
        access_key_id=key.id,
        target=target,
        limits=order.limits,
        created_us=now_us,
        has_password=bool(password),
        recipient=order.recipient,
        filename=order.filename,
        note=order.note,
        accepts=order.accepts,
        notices=Notices(order.notify_on, tuple(url.shown for url in urls)),
        judged=draft.judged,
    )
    raw = mint(share, key.secret, place, now_us) if order.raw else None
    kept = shares.Kept(share, key.sealed(ledger.keyring), token.hash, password)
    return kept, Issued(share, Counts(), place.short(token.text), raw, new_secret(urls))


def _addresses(ledger: Ledger, order: Order, issued: Issued, place: Place) -> list[Address]:
    """Whom a share tells what becomes of it."""
    urls = [read_notify_url(text) for text in order.notify]
    share = issued.share
    return written(
        ledger.keyring,
        holder_of(share.id),
        share.owner.account,
        place.region,
        urls,
        issued.notify_secret,
    )


def _issued(share: Share, issuer: Issuer, now_us: int) -> Entry:
    outcome = "" if share.judged.standing == "open" else "pending"
    return event(share, "issued", now_us, actor=issuer.actor, outcome=outcome)


_entries = itertools.count()


def new_entry_id(now_us: int) -> str:
    """The id of an entry, behind those that this process made in the same microsecond."""
    return audit.entry_id(now_us, f"{next(_entries) & 0xFFFF:04x}{secrets.token_hex(6)}")


def own_act(
    account: str, name: str, now_us: int, detail: str, *, resource: str = "", request: str = ""
) -> Entry:
    """What the server did by itself, as an entry of the log."""
    return Entry(
        id=new_entry_id(now_us),
        account=account,
        owner="",
        share="",
        at_us=now_us,
        event=name,
        outcome="done",
        detail=detail,
        resource=resource,
        request=request,
    )


def event(
    share: Share,
    name: str,
    now_us: int,
    *,
    actor: str = "",
    outcome: str = "",
    address: str = "",
    agent: str = "",
    key: str = "",
    size: int = 0,
    booking: str = "",
) -> Entry:
    """What the log says of a share. size: bytes that were sent."""
    return Entry(
        id=new_entry_id(now_us),
        account=share.owner.account,
        owner=share.owner.key,
        share=share.id,
        at_us=now_us,
        event=name,
        outcome=outcome,
        actor=actor,
        address=address,
        agent=agent,
        key=key or share.target.key,
        bytes=size,
        booking=booking,
    )
