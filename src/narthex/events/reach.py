"""Where deliveries may go on the network: names resolved, each address judged, then connected to.

This file never connects. Whoever does connects to an address from here and not to the name, since
a name may lead elsewhere a moment later.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from narthex.events.target import Undelivered
from narthex.pure.addresses import may_reach

RESOLVE_SECONDS = 5.0
MOST = 4  # addresses of one name that are tried


@dataclass(frozen=True, slots=True)
class Reach:
    """allowed: networks that may be reached although they are not public, as CIDR."""

    allowed: tuple[str, ...] = ()

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of which may be connected to. Raises Undelivered.

        One that may not be is enough to refuse them all.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise Undelivered(f"the address of `{host}` was not found in time") from error
        except (OSError, UnicodeError) as error:
            raise Undelivered(_absent(host)) from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))[:MOST]
        if not addresses or not all(may_reach(one, self.allowed) for one in addresses):
            raise Undelivered(_absent(host), permanent=True)
        return addresses


def _absent(host: str) -> str:
    """The same words for no address and for a private one: which names we have is not told."""
    return (
        f"`{host}` has no address on the public network; the setting notify_allow names other"
        " networks to reach"
    )
