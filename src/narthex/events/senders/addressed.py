"""Targets that are looked up: named ones by their ARNs, and the addresses of shares.

This file never sends anything: it finds whoever does.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import addresses, targets
from narthex.events.registry import register
from narthex.events.target import Delivery, Target, Undelivered
from narthex.events.targets import name_in, open_sealed, opened
from narthex.server import Server


@dataclass(frozen=True, slots=True)
class NamedByArn:
    """A target of an account, as a topic or a queue."""

    server: Server
    account: str
    arn: str

    async def check(self) -> None:
        """There is such a target, and it could deliver."""
        await (await self._found()).check()

    async def deliver(self, delivery: Delivery) -> None:
        """As the target does, with the URL it has now."""
        await (await self._found()).deliver(delivery)

    async def _found(self) -> Target:
        name = name_in(self.arn, self.account, self.server.settings.regions)
        found = await targets.find(self.server.catalog, self.account, name) if name else None
        if found is None:
            raise Undelivered("there is no such target", permanent=True)
        return opened(self.server, found)


@dataclass(frozen=True, slots=True)
class AddressOfHolder:
    """One of the addresses that a share, or whatever else, tells something."""

    server: Server
    account: str
    address: str

    async def check(self) -> None:
        """It is known, and could deliver."""
        await (await self._found()).check()

    async def deliver(self, delivery: Delivery) -> None:
        """As whatever is behind it does."""
        await (await self._found()).deliver(delivery)

    async def _found(self) -> Target:
        found = await addresses.find(self.server.catalog, self.address)
        if found is None or found.account != self.account or not found.sealed:
            raise Undelivered("whoever wanted to tell this address is gone", permanent=True)
        return open_sealed(self.server, found.holder, found.sealed)


register("arn:aws:sns:", NamedByArn)
register("arn:aws:sqs:", NamedByArn)
register(addresses.PREFIX, AddressOfHolder)
