"""What is told only to whoever it is for: its payload is sealed until the moment it is delivered.

A link in a delivery would lie in the catalog for a week, and be shown with it. INVARIANT: what
stands in the catalog opens with the master key alone, and for the same address only.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, replace

from narthex.errors import Corrupt
from narthex.events.registry import register, target_of
from narthex.events.target import Delivery, Target, Undelivered
from narthex.keyring import NONCE, Keyring
from narthex.server import Server

PREFIX = "sealed:"  # before the address that a delivery is for


def seal(keyring: Keyring, address: str, payload: str) -> tuple[str, str]:
    """What a delivery is addressed to, and its payload, so that only this address is told."""
    sealed = keyring.seal(_holder(address), payload, os.urandom(NONCE))
    return f"{PREFIX}{address}", json.dumps({"sealed": base64.b64encode(sealed).decode()})


@dataclass(frozen=True, slots=True)
class Sealed:
    """An address, told what was sealed for it."""

    server: Server
    account: str
    address: str

    async def check(self) -> None:
        """It could deliver."""
        await self._inner().check()

    async def deliver(self, delivery: Delivery) -> None:
        """As the address does, with the payload open."""
        keyring, inner = self.server.keyring, self.address.removeprefix(PREFIX)
        try:
            sealed = base64.b64decode(json.loads(delivery.payload)["sealed"], validate=True)
            payload = keyring.open(_holder(inner), sealed)
        except (ValueError, KeyError, TypeError, Corrupt) as error:
            raise Undelivered("it does not open with this master key", permanent=True) from error
        await self._inner().deliver(replace(delivery, target=inner, payload=payload))

    def _inner(self) -> Target:
        return target_of(self.server, self.account, self.address.removeprefix(PREFIX))


def _holder(address: str) -> str:
    return f"delivery:{address}"


register(PREFIX, Sealed)
