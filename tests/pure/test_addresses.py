"""Where we may connect to: public addresses, and networks that the settings allow."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.pure.addresses import may_reach

PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
)
# Each is a way into a machine or a network of ours that somebody has used elsewhere.
REFUSED = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192"),
    *("192.88.99.1", "198.18.0.1", "192.0.2.1", "203.0.113.5", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "168.63.129.16", "::1", "::", "::7f00:1", "::ffff:127.0.0.1"),
    *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1"),
    *("2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "3fff::1", "4000::1", "5f00::1"),
)
NO_ADDRESS = ("", "localhost", "1", "2130706433", "0x7f000001", "127.1", "8.8.8.8 ", "8.8.8.8/32")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str) -> None:
    assert may_reach(address)


@pytest.mark.parametrize("address", [*REFUSED, *NO_ADDRESS])
def test_others_are_not(address: str) -> None:
    assert not may_reach(address)


def test_a_network_of_the_settings_is_reached_and_its_neighbour_is_not() -> None:
    allowed = ("127.0.0.0/8", "fd12::/16")
    assert may_reach("127.0.0.1", allowed)
    assert may_reach("::ffff:127.0.0.1", allowed)
    assert may_reach("fd12::1", allowed)
    assert not may_reach("10.0.0.1", allowed)
    assert not may_reach("fd13::1", allowed)
    assert not may_reach("::1", allowed)


@given(st.integers(0, 2**32 - 1))
def test_an_address_is_judged_the_same_however_it_is_written(number: int) -> None:
    plain = IPv4Address(number)
    wanted = may_reach(str(plain))
    assert may_reach(f"::ffff:{plain}") is wanted
    assert may_reach(str(IPv6Address(int(IPv6Address("64:ff9b::")) | number))) is wanted


@given(st.integers(0, 2**128 - 1))
def test_only_unicast_that_is_given_to_hosts_is_public(number: int) -> None:
    address = IPv6Address(number)
    if may_reach(str(address)) and address.ipv4_mapped is None:
        assert number >> 125 == 1 or str(address).startswith("64:ff9b:")
