"""Which addresses of the network we connect to when somebody else says where: public ones. Pure.

This file never resolves a name. Whoever connects asks here about the very address it connects to,
so that no name, redirect or second answer of a DNS server leads anywhere else.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from narthex.pure.shares import Address, Network

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_UNICAST = IPv6Network("2000::/3")  # all that IANA gives to hosts
# Public by their numbers, and yet none of the Internet's hosts: what clouds serve their machines'
# secrets on (IANA's protocol assignments, Azure's host), relays, and tunnels that lead to an IPv4
# address we cannot see (Teredo and its block, 6to4); addresses of documentation.
_SPECIAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
    )
)


def may_reach(text: str, allowed: tuple[str, ...] = ()) -> bool:
    """Whether we may connect to this IP address. What is no address, we may not.

    allowed: networks that are reached although they are not public, as CIDR.
    """
    try:
        address = _plain(ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if any(address.version == one.version and address in one for one in _compiled(allowed)):
        return True
    return _is_public(address)


def read_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it is one of those."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return not any(address.version == one.version and address in one for one in _SPECIAL)


@lru_cache(maxsize=16)
def _compiled(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return read_networks(texts)
