"""Lists in pages: MaxItems says how many, Marker where to go on, IsTruncated whether there is more.

This file never knows what is listed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from narthex.catalog.entities import Span
from narthex.query_api.document import Fields, Value
from narthex.query_api.errors import invalid
from narthex.query_api.operation import Call

T = TypeVar("T")
DEFAULT = 100  # items of a page without MaxItems
PAGING = "Marker MaxItems"  # the parameters of every list


def limit_of(call: Call) -> int:
    """How many items the page has at most."""
    return call.arguments.number("MaxItems", DEFAULT)


def after_of(call: Call) -> str:
    """Behind what the page begins. Raises ValidationError for a marker that is none of ours."""
    marker = call.arguments.maybe("Marker")
    if marker is None:
        return ""
    try:
        place = base64.urlsafe_b64decode(marker.encode("ascii")).decode()
    except (ValueError, binascii.Error) as error:
        raise invalid("Invalid Marker.") from error
    if "\0" in place:  # TEXT holds none, and no place has one
        raise invalid("Invalid Marker.")
    return place


def span_of(call: Call) -> Span:
    """The rows to ask for: one more than the page holds, to know whether there is more."""
    return Span(after_of(call), call.arguments.text("PathPrefix", "/"), limit_of(call) + 1)


def page(
    name: str,
    rows: Sequence[T],
    limit: int,
    show: Callable[[T], Value],
    place: Callable[[T], str],
) -> Fields:
    """The page of these rows. place: the text behind which the next page begins."""
    shown = rows[:limit]
    last = place(shown[-1]) if shown else ""
    return ((name, [show(row) for row in shown]), *more(len(rows) > limit, last))


def more(truncated: bool, place: str) -> Fields:
    """IsTruncated, and the marker when it is true."""
    marker = base64.urlsafe_b64encode(place.encode()).decode() if truncated else None
    return (("IsTruncated", truncated), ("Marker", marker))
