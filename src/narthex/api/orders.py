"""Bodies of the API as orders: shares to issue, changes of one.

This file never judges a value beyond its kind: `pure/share_orders.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from narthex.api.endpoint import Json
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import SECOND, Fields
from narthex.pure.durations import LONGEST
from narthex.pure.share_orders import Order
from narthex.pure.shares import Limits, Share

MOST = 1000  # shares of one request
_LIMITS = ("expires_in", "expires_at", "not_before", "max_downloads", "max_bytes", "allow_ips")
_ORDER = (
    *("bucket", "key", "prefix", "version", "pin", "password", "recipient", "filename", "note"),
    *_LIMITS,
    "raw",
)
_CHANGE = (*_LIMITS, "recipient", "note", "raw")


def orders_of(body: Json, now_us: int) -> list[Order]:
    """The shares that a body asks for: itself, or those in its `shares`. Raises ApiError."""
    if "shares" not in body:
        return [_order(Fields(body, _ORDER), now_us)]
    Fields(body, ("shares",))
    listed = body["shares"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        raise invalid("shares", f"this is a list of 1 to {MOST} shares")
    orders: list[Order] = []
    for place, one in enumerate(listed):
        if not isinstance(one, dict):
            raise invalid(f"shares[{place}]", "this is an object")
        orders.append(_order(Fields(one, _ORDER, f"shares[{place}]."), now_us))
    return orders


def _order(fields: Fields, now_us: int) -> Order:
    return Order(
        bucket=fields.needed("bucket"),
        key=fields.text("key") if fields.flag("prefix") else fields.needed("key"),
        is_prefix=fields.flag("prefix"),
        version=fields.text("version"),
        pin=fields.flag("pin"),
        limits=Limits(
            expires_us=_end(fields, now_us),
            not_before_us=fields.moment("not_before"),
            max_uses=fields.number("max_downloads"),
            max_bytes=fields.number("max_bytes"),
            networks=fields.texts("allow_ips"),
        ),
        password=fields.text("password") or None,
        recipient=fields.text("recipient"),
        filename=fields.text("filename"),
        note=fields.text("note"),
        raw=fields.flag("raw"),
    )


def change_of(body: Json, now_us: int) -> tuple[Callable[[Share], Share], bool]:
    """What a body makes of a share, and whether a raw link is asked for. Raises ApiError."""
    fields = Fields(body, _CHANGE)
    end = _end(fields, now_us)
    if end is None and ("expires_at" in fields or "expires_in" in fields):
        raise invalid("expires_at", "a share ends")
    begins = fields.moment("not_before")
    uses, size = fields.number("max_downloads"), fields.number("max_bytes")
    networks = fields.texts("allow_ips")
    recipient, note = fields.text("recipient"), fields.text("note")

    def changed(share: Share) -> Share:
        limits = share.limits
        return replace(
            share,
            limits=Limits(
                limits.expires_us if end is None else end,
                begins if "not_before" in fields else limits.not_before_us,
                uses if "max_downloads" in fields else limits.max_uses,
                size if "max_bytes" in fields else limits.max_bytes,
                networks if "allow_ips" in fields else limits.networks,
            ),
            recipient=recipient if "recipient" in fields else share.recipient,
            note=note if "note" in fields else share.note,
        )

    return changed, fields.flag("raw")


def _end(fields: Fields, now_us: int) -> int | None:
    """When it ends, told in either way."""
    seconds, at = fields.number("expires_in"), fields.moment("expires_at")
    if seconds is None:
        return at
    if at is not None:
        raise ApiError(
            "InvalidArgument", "say `expires_in` or `expires_at`, not both", "expires_in"
        )
    if not 1 <= seconds <= LONGEST:
        raise invalid("expires_in", "this is a number of seconds from 1 to a century")
    return now_us + seconds * SECOND
