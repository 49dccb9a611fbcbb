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
from narthex.pure.shares import Accepts, Limits, Share

MOST = 1000  # shares of one request
ANSWER = ("justification", "justification_text", "decisions")  # beside what is ordered
_LIMITS = ("expires_in", "expires_at", "not_before", "max_downloads", "max_bytes", "allow_ips")
_NOTIFY = ("notify", "notify_on")
_ORDER = (
    *("bucket", "key", "prefix", "version", "pin", "password", "recipient", "filename", "note"),
    *_LIMITS,
    *_NOTIFY,
    "raw",
)
_CHANGE = (*_LIMITS, "recipient", "note", "raw")
_FILES = ("max_size", "types", "overwrite")
_OF_REQUEST = tuple("max_files" if name == "max_downloads" else name for name in _LIMITS)
_REQUEST = (
    *("bucket", "key", "prefix", "password", "recipient", "note"),
    *_OF_REQUEST,
    *_FILES,
    *_NOTIFY,
)
_REQUEST_CHANGE = (*_OF_REQUEST, "recipient", "note", *_FILES)


def orders_of(body: Json, now_us: int) -> list[Order]:
    """The shares that a body asks for: itself, or those in its `shares`. Raises ApiError."""
    if "shares" not in body:
        return [_order(Fields(body, (*_ORDER, *ANSWER)), now_us)]
    Fields(body, ("shares", *ANSWER))
    listed = body["shares"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        raise invalid("shares", f"this is a list of 1 to {MOST} shares")
    orders: list[Order] = []
    for place, one in enumerate(listed):
        if not isinstance(one, dict):
            raise invalid(f"shares[{place}]", "this is an object")
        orders.append(_order(Fields(one, _ORDER, f"shares[{place}]."), now_us))
    return orders


def request_of(body: Json, now_us: int) -> Order:
    """The request that a body asks for. Raises ApiError."""
    fields = Fields(body, _REQUEST)
    is_prefix = fields.flag("prefix", default=True)
    return Order(
        bucket=fields.needed("bucket"),
        key=fields.text("key") if is_prefix else fields.needed("key"),
        is_prefix=is_prefix,
        limits=_limits(fields, "max_files", now_us),
        password=fields.text("password") or None,
        recipient=fields.text("recipient"),
        note=fields.text("note"),
        kind="upload",
        accepts=Accepts(
            fields.number("max_size"), fields.texts("types"), _overwrites(fields) or False
        ),
        notify=_once(fields.texts("notify")),
        notify_on=fields.texts("notify_on"),
    )


def _once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _overwrites(fields: Fields) -> bool | None:
    """Whether files may be replaced; None when it is not said."""
    said = fields.text("overwrite")
    if said not in ("", "never", "always"):
        raise invalid("overwrite", "this is never or always")
    return None if not said else said == "always"


def _order(fields: Fields, now_us: int) -> Order:
    return Order(
        bucket=fields.needed("bucket"),
        key=fields.text("key") if fields.flag("prefix") else fields.needed("key"),
        is_prefix=fields.flag("prefix"),
        version=fields.text("version"),
        pin=fields.flag("pin"),
        limits=_limits(fields, "max_downloads", now_us),
        password=fields.text("password") or None,
        recipient=fields.text("recipient"),
        filename=fields.text("filename"),
        note=fields.text("note"),
        raw=fields.flag("raw"),
        notify=_once(fields.texts("notify")),
        notify_on=fields.texts("notify_on"),
    )


def _limits(fields: Fields, uses: str, now_us: int) -> Limits:
    """uses: what the number of uses is called."""
    return Limits(
        expires_us=_end(fields, now_us),
        not_before_us=fields.moment("not_before"),
        max_uses=fields.number(uses),
        max_bytes=fields.number("max_bytes"),
        networks=fields.texts("allow_ips"),
    )


def change_of(body: Json, now_us: int) -> tuple[Callable[[Share], Share], bool]:
    """What a body makes of a share, and whether a raw link is asked for. Raises ApiError."""
    fields = Fields(body, (*_CHANGE, *ANSWER))
    return _change(fields, "max_downloads", now_us), fields.flag("raw")


def request_change_of(body: Json, now_us: int) -> Callable[[Share], Share]:
    """What a body makes of a request. Raises ApiError."""
    fields = Fields(body, _REQUEST_CHANGE)
    size, types, overwrite = fields.number("max_size"), fields.texts("types"), _overwrites(fields)
    change = _change(fields, "max_files", now_us)

    def changed(share: Share) -> Share:
        accepts = share.accepts
        return replace(
            change(share),
            accepts=Accepts(
                size if "max_size" in fields else accepts.max_size,
                types if "types" in fields else accepts.types,
                accepts.overwrite if overwrite is None else overwrite,
            ),
        )

    return changed


def _change(fields: Fields, uses: str, now_us: int) -> Callable[[Share], Share]:
    end = _end(fields, now_us)
    if end is None and ("expires_at" in fields or "expires_in" in fields):
        raise invalid("expires_at", "a share ends")
    given = _limits(fields, uses, now_us)
    recipient, note = fields.text("recipient"), fields.text("note")

    def changed(share: Share) -> Share:
        limits = share.limits
        return replace(
            share,
            limits=Limits(
                limits.expires_us if end is None else end,
                given.not_before_us if "not_before" in fields else limits.not_before_us,
                given.max_uses if uses in fields else limits.max_uses,
                given.max_bytes if "max_bytes" in fields else limits.max_bytes,
                given.networks if "allow_ips" in fields else limits.networks,
            ),
            recipient=recipient if "recipient" in fields else share.recipient,
            note=note if "note" in fields else share.note,
        )

    return changed


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
