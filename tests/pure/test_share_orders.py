"""What is asked for when a share is issued: each rule, to its edge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from narthex.pure.durations import LONGEST
from narthex.pure.share_orders import MAX_COUNT, Order, OrderError, check_words, checked
from narthex.pure.shares import Limits

NOW = 1_795_521_600_000_000
SECOND = 1_000_000
LIMITS = Limits(NOW + 1)
ORDER = Order("b", "k", limits=LIMITS)

GOOD: list[dict[str, Any]] = [
    {},
    {"key": "", "is_prefix": True},
    {"limits": Limits(NOW + LONGEST * SECOND)},
    {"limits": Limits(NOW + 5, not_before_us=NOW + 4)},
    {"limits": replace(LIMITS, max_uses=1, max_bytes=MAX_COUNT)},
    {"password": "x" * 8},
    {"password": "x" * 128},
    {"password": "☃ pass word"},
    {"recipient": "x" * 256, "filename": "x" * 255, "note": "x" * 1024},
    {"note": "two\nlines\tand more"},
    {"pin": True, "version": "null", "raw": True},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"key": ""}, "key"),
    ({"is_prefix": True, "version": "v"}, "version"),
    ({"is_prefix": True, "pin": True}, "pin"),
    ({"is_prefix": True, "raw": True}, "raw"),
    ({"is_prefix": True, "filename": "f"}, "filename"),
    ({"limits": Limits()}, "expires_at"),
    ({"limits": Limits(NOW)}, "expires_at"),
    ({"limits": Limits(NOW + LONGEST * SECOND + 1)}, "expires_at"),
    ({"limits": Limits(NOW + 5, not_before_us=NOW + 5)}, "not_before"),
    ({"limits": replace(LIMITS, max_uses=0)}, "max_downloads"),
    ({"limits": replace(LIMITS, max_uses=MAX_COUNT + 1)}, "max_downloads"),
    ({"limits": replace(LIMITS, max_bytes=0)}, "max_bytes"),
    ({"limits": replace(LIMITS, networks=("10.0.0.1/8",))}, "allow_ips"),
    ({"limits": replace(LIMITS, networks=("::1",) * 65)}, "allow_ips"),
    ({"password": "x" * 7}, "password"),
    ({"password": "x" * 129}, "password"),
    ({"password": "\ud800" * 8}, "password"),
    ({"password": "x" * 8, "raw": True}, "raw"),
    ({"recipient": "x" * 257}, "recipient"),
    ({"filename": "x" * 256}, "filename"),
    ({"note": "x" * 1025}, "note"),
    ({"recipient": "a\tb"}, "recipient"),
    ({"filename": "a\x7fb"}, "filename"),
    ({"filename": "a\x9fb"}, "filename"),
    ({"version": "a\0b"}, "version"),
    ({"note": "a\rb"}, "note"),
    ({"note": "\udfff"}, "note"),
]


@pytest.mark.parametrize("more", GOOD, ids=str)
def test_what_can_be_meant_is_taken(more: dict[str, Any]) -> None:
    assert checked(replace(ORDER, **more), NOW) == replace(ORDER, **more)


@pytest.mark.parametrize(("more", "field"), BAD, ids=str)
def test_what_cannot_be_meant_is_refused_by_its_field(more: dict[str, Any], field: str) -> None:
    with pytest.raises(OrderError) as error:
        checked(replace(ORDER, **more), NOW)
    assert error.value.field == field


def test_networks_are_spelled_one_way_and_once() -> None:
    given = ("192.0.2.7", "192.0.2.7/32", "2001:DB8::/32", "::ffff:192.0.2.7")
    order = replace(ORDER, limits=replace(LIMITS, networks=given))
    assert checked(order, NOW).limits.networks == ("192.0.2.7/32", "2001:db8::/32")


def test_an_order_shows_no_password() -> None:
    assert "correct horse" not in repr(replace(ORDER, password="correct horse"))


def test_a_recipient_has_one_line_and_a_note_may_have_more() -> None:
    check_words("ana", "a\nb")
    with pytest.raises(OrderError):
        check_words("a\nb", "")
