"""Numbers, dates, booleans, bytes and addresses: what is one, which, and what is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from narthex.pure.policy import typed

NOON_US = 1_793_534_400_000_000  # 2026-11-01T12:00:00Z


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("-1", -1), ("+7", 7), ("007", 7), ("2.50", Decimal("2.5")),
        ("1" * 38, int("1" * 38)),
        ("", None), (".5", None), ("1.", None), ("1e3", None), (" 1", None), ("1_000", None),
        ("1" * 39, None), ("NaN", None), ("Infinity", None), ("0x10", None), ("１", None),
        ("1\n", None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: object) -> None:
    assert typed.number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-01T12:00:00Z", NOON_US),
        ("2026-11-01T12:00:00", NOON_US),
        ("2026-11-01T12:00Z", NOON_US),
        ("2026-11-01T14:00:00+02:00", NOON_US),
        ("2026-11-01T06:30:00-0530", NOON_US),
        ("2026-11-01T12:00:00.5Z", NOON_US + 500_000),
        ("2026-11-01T12:00:00.123456789Z", NOON_US + 123_456),
        ("2026-11-01", NOON_US - 43_200_000_000),
        ("2026-11", NOON_US - 43_200_000_000),
        ("1793534400", NOON_US),
        ("-1", -1_000_000),
        ("2026", 2_026_000_000),
        ("2026-13-01", None),
        ("2026-02-29", None),
        ("2026-11-01T24:00:00Z", None),
        ("2026-11-01T12", None),
        ("2026-11-01 12:00:00Z", None),
        ("2026-11-01T12:00:00z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("20261101", 20_261_101_000_000),
        ("99999999999", 99_999_999_999_000_000),
        ("999999999999", None),
        ("", None),
        ("today", None),
    ],
)
def test_dates(text: str, value: int | None) -> None:
    assert typed.date(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("TRUE", True), ("False", False), ("", None), ("1", None), ("true ", None)],
)
def test_booleans(text: str, value: bool | None) -> None:
    assert typed.boolean(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [("YW5h", b"ana"), ("", b""), ("YW5", None), ("YW5h\n", None), ("YW5-", None), ("é", None)],
)
def test_bytes(text: str, value: bytes | None) -> None:
    assert typed.binary(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "203.0.113", "203.0.113.256", "203.0.113.09", "203.0.113.9:80", " 203.0.113.9",
     "fe80::1%eth0", "[::1]", "203.0.113.9, 10.0.0.1", "0xcb.0.113.9", "203.0.113.0/24", "unix:"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    assert typed.address(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "203.0.113.0/33",
        "203.0.113.0/-1",
        "2001:db8::/129",
        "203.0.113/24",
        "fe80::%1/64",
        "x/8",
    ],
)
def test_what_is_no_block(text: str) -> None:
    assert typed.block(text) is None


@pytest.mark.parametrize(
    ("block", "inside", "outside"),
    [
        ("203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
        ("203.0.113.77/24", "203.0.113.1", "203.0.112.77"),
        ("203.0.113.9", "203.0.113.9", "203.0.113.8"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "::1", "1.2.3.4"),
        ("::/0", "ffff::", "::ffff:1.2.3.4"),
        ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
        ("::ffff:203.0.113.0/120", "203.0.113.9", "203.0.114.9"),
        ("::ffff:0:0/96", "1.2.3.4", "::1"),
        ("203.0.113.0/255.255.255.0", "203.0.113.9", "203.0.114.9"),
    ],
)
def test_blocks_and_addresses(block: str, inside: str, outside: str) -> None:
    mask, network = typed.block(block) or (0, -1)
    assert (typed.address(inside) or 0) & mask == network
    assert (typed.address(outside) or 0) & mask != network
