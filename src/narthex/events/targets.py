"""Named targets of an account as a service: made, found, opened, tried, removed.

This file never asks whether the caller may. A webhook's secret is told once, when it is made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from narthex.catalog import Transaction, targets
from narthex.catalog.targets import NamedTarget
from narthex.errors import Conflict
from narthex.events.schemes import open_target
from narthex.events.target import Delivery, Target, Undelivered
from narthex.ledger import addresses
from narthex.pure.notify_urls import NotifyUrl, read_notify_url, read_target_name
from narthex.pure.times import iso_seconds
from narthex.server import Server

_SERVICES = ("sns", "sqs")


class TargetError(Exception):
    """What cannot be. code: InvalidArgument, NoSuchTarget or TargetExists. field: of the order."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.field = field


@dataclass(frozen=True, slots=True)
class Created:
    """A target as it is told once. secret: of a webhook, else ""."""

    target: NamedTarget
    secret: str = field(repr=False)


async def create(server: Server, account: str, name: str, text: str) -> Created:
    """A new target that could deliver now. Raises TargetError, StoreError."""
    try:
        read_target_name(name)
    except ValueError as error:
        raise TargetError("InvalidArgument", str(error), "name") from error
    url = await checked(server, account, text, "url", named=False)
    secret = addresses.new_secret([url])
    sealed = addresses.seal(server.keyring, holder_of(account, name), text, secret)
    target = NamedTarget(account, name, url.shown, sealed, server.clock())

    async def work(tx: Transaction) -> None:
        if len(await targets.every(tx, account)) >= targets.MOST:
            raise TargetError("InvalidArgument", f"an account has at most {targets.MOST} targets")
        await targets.add(tx, target)

    try:
        await server.catalog.run(work)
    except Conflict as error:
        raise TargetError("TargetExists", f"there is a target `{name}`", "name") from error
    return Created(target, secret)


async def checked(
    server: Server, account: str, text: str, field: str, *, named: bool = True
) -> NotifyUrl:
    """An address that can be meant, is known, and leads where we may go. Raises TargetError.

    named: whether the name of a target of the account will do.
    """
    try:
        url = read_notify_url(text)
        if url.kind != "target":
            await open_target(url, "", server.settings).check()
    except (ValueError, Undelivered) as error:
        raise TargetError("InvalidArgument", str(error), field) from error
    if url.kind == "target":
        if not named:
            raise TargetError("InvalidArgument", "a URL begins with its scheme", field)
        if await targets.find(server.catalog, account, url.text) is None:
            raise TargetError("InvalidArgument", f"there is no target `{text}`", field)
    return url


async def find(server: Server, account: str, name: str) -> NamedTarget:
    """The account's target of this name. Raises TargetError."""
    found = await targets.find(server.catalog, account, name)
    if found is None:
        raise TargetError("NoSuchTarget", f"there is no target `{name[:64]}`")
    return found


async def remove(server: Server, account: str, name: str) -> None:
    """The target is gone; what is still to be delivered to it fails. Raises TargetError."""

    async def work(tx: Transaction) -> bool:
        return await targets.remove(tx, account, name)

    if not await server.catalog.run(work):
        raise TargetError("NoSuchTarget", f"there is no target `{name[:64]}`")


async def try_out(server: Server, target: NamedTarget) -> str:
    """Why a test message was not delivered at once; "" when it was."""
    now_us = server.clock()
    arn = addresses.topic_arn(server.settings.home_region, target.account, target.name)
    payload = {
        "type": "narthex.test",
        "timestamp": iso_seconds(now_us),
        "data": {"target": target.name},
        "subject": f"narthex: a test of target {target.name}",
        "text": "This is a test. What happens to files will be told here.\n",
    }
    delivery = Delivery(
        server.new_id(), target.account, arn, target.name, "test", json.dumps(payload), now_us, 1
    )
    try:
        await opened(server, target).deliver(delivery)
    except Undelivered as error:
        return error.reason
    return ""


def opened(server: Server, target: NamedTarget) -> Target:
    """What delivers to a named target. Raises Undelivered, Corrupt."""
    holder = holder_of(target.account, target.name)
    return open_sealed(server, holder, target.sealed)


def open_sealed(server: Server, holder: str, sealed: bytes) -> Target:
    """What delivers to a sealed address. Raises Undelivered, Corrupt."""
    text, secret = addresses.unseal(server.keyring, holder, sealed)
    try:
        return open_target(read_notify_url(text), secret, server.settings)
    except ValueError as error:  # the plug-in that knew it is gone, or knows better now
        raise Undelivered(str(error), permanent=True) from error


def holder_of(account: str, name: str) -> str:
    """What a named target's URL is sealed for."""
    return f"target:{account}:{name}"


def name_in(arn: str, account: str, regions: tuple[str, ...]) -> str:
    """The name of an account's target in one of its ARNs, "" when it is none of the account's.

    regions: those that an ARN may name; () for any.
    """
    parts = arn.split(":")
    if len(parts) != 6 or parts[:2] != ["arn", "aws"] or parts[2] not in _SERVICES:
        return ""
    if parts[4] != account or (regions and parts[3] not in regions):
        return ""
    return parts[5]
