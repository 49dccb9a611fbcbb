"""How often a password may be tried: by one address, and by all the world.

This file never reads a clock and remembers at most MOST tries; the oldest is forgotten first. What
it knows is of one process: with N workers, the bounds are N times as high.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

SECOND_US = 1_000_000
FREE = 5  # wrong passwords of one address until it has to wait
FIRST_WAIT = 30  # seconds; doubles with each further one
LONGEST_WAIT = 3600
FORGOTTEN = 3600  # seconds after the last wrong one
# Of one share by all addresses together, in one MINUTE: 8 characters hold for ages at this rate.
EVERYBODY = 60
MINUTE = 60
MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Tries:
    count: int
    until_us: int  # no try before
    last_us: int


class Throttle:
    """Counts wrong passwords. A right one forgets those of its address."""

    __slots__ = ("_by_address", "_by_share")

    def __init__(self) -> None:
        self._by_address: dict[tuple[str, str], _Tries] = {}
        self._by_share: dict[str, _Tries] = {}

    def wait(self, share: str, client: str, now_us: int) -> int:
        """Seconds until the next try is looked at; 0 for now. A try that waits is not counted."""
        waits = [0]
        for tries in (
            self._by_address.get((share, network_of(client))),
            self._by_share.get(share),
        ):
            if tries is not None and now_us < tries.until_us:
                waits.append(-((now_us - tries.until_us) // SECOND_US))
        return max(waits)

    def note_try(self, share: str, client: str, now_us: int) -> None:
        """A password is about to be looked at: it counts as wrong until it was right.

        Counted before the slow comparison, so that many at once do not slip through together.
        """
        key = (share, network_of(client))
        before = self._by_address.pop(key, None)
        fresh = before is None or now_us - before.last_us >= FORGOTTEN * SECOND_US
        count = 1 if before is None or fresh else before.count + 1
        wait = min(FIRST_WAIT << (count - FREE), LONGEST_WAIT) if count >= FREE else 0
        _bound(self._by_address)
        self._by_address[key] = _Tries(count, now_us + wait * SECOND_US, now_us)
        self._note_everybody(share, now_us)

    def forget(self, share: str, client: str) -> None:
        """The password was right."""
        self._by_address.pop((share, network_of(client)), None)

    def _note_everybody(self, share: str, now_us: int) -> None:
        before = self._by_share.pop(share, None)
        began = before.last_us if before is not None else now_us
        count = before.count + 1 if before is not None else 1
        if now_us - began >= MINUTE * SECOND_US:
            began, count = now_us, 1
        until = began + MINUTE * SECOND_US if count >= EVERYBODY else 0
        _bound(self._by_share)
        self._by_share[share] = _Tries(count, until, began)


def network_of(client: str) -> str:
    """What one person has of addresses: an IPv4 address, 64 bits of IPv6."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return address.exploded[:19]
    return str(address)


def _bound(tries: dict[Any, _Tries]) -> None:
    if len(tries) >= MOST:
        del tries[next(iter(tries))]
