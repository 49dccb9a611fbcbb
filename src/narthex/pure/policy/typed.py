"""Numbers, dates, booleans, binaries and addresses as policies write them, and as requests do.

This file never guesses: a text is of the type, exactly, or it is None. Pure: no I/O, no clock.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

Kind = Literal["string", "number", "date", "bool", "binary", "address"]
Address = int  # the IP version (4 or 6) above 128 bits of address
Block = tuple[int, int]  # a mask, and what an Address under it must be
Typed = Decimal | int | bool | bytes | str

_NUMBER = re.compile(r"[+-]?[0-9]{1,38}(?:\.[0-9]{1,38})?")
_EPOCH = re.compile(r"-?[0-9]{1,11}")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?"
)
LONGEST_ADDRESS = 45  # "0000:0000:0000:0000:0000:ffff:255.255.255.255"
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MAPPED = 0xFFFF << 32  # ::ffff:0:0/96, IPv4 addresses seen through an IPv6 socket


def number(text: str) -> Decimal | None:
    """A decimal number, exact. No exponents: `1e999999999` is one character of work per digit."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def date(text: str) -> int | None:
    """Microseconds since 1970: ISO 8601 (a missing zone is UTC), or whole seconds since 1970."""
    if _EPOCH.fullmatch(text):
        return int(text) * 1_000_000
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int((fraction or "0").ljust(6, "0")[:6])
    clock = int(hour or 0), int(minute or 0), int(second or 0), micros
    try:
        moment = datetime(int(year), int(month), int(day or 1), *clock, tzinfo=UTC)
        if zone not in (None, "Z"):
            away = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            moment = moment - away if zone[0] == "+" else moment + away
    except (ValueError, OverflowError):
        return None
    return (moment - _ORIGIN) // timedelta(microseconds=1)


def boolean(text: str) -> bool | None:
    """`true` or `false`, in any case."""
    return {"true": True, "false": False}.get(text.lower())


def binary(text: str) -> bytes | None:
    """The bytes that base64 stands for."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def address(text: str) -> Address | None:
    """An IPv4 or IPv6 address; IPv4 inside IPv6 (::ffff:192.0.2.1) is IPv4."""
    return _address(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return None
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
    return found.version << 128 | int(found)


def block(text: str) -> Block | None:
    """A CIDR block, or one address; host bits are cleared."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    version, mask, network = found.version, int(found.netmask), int(found.network_address)
    if version == 6 and "%" in text:
        return None
    if version == 6 and found.prefixlen >= 96 and network >> 32 << 32 == _MAPPED:
        version, mask, network = 4, mask & 0xFFFFFFFF, network & 0xFFFFFFFF
    return 7 << 128 | mask, version << 128 | network


READERS: dict[Kind, Callable[[str], Typed | None]] = {
    "string": lambda text: text,
    "number": number,
    "date": date,
    "bool": boolean,
    "binary": binary,
    "address": address,
}
