"""Pages of lists: how many, and from where on.

This file never reads rows.
"""

from __future__ import annotations

import base64
import binascii

from narthex.functions.errors import invalid
from narthex.lambda_.operation import Call
from narthex.lambda_.reading import unfit

MOST = 50


def span(call: Call) -> tuple[int, str]:
    """How many to list, and behind what. Raises ValidationException."""
    given = call.parameter("MaxItems")
    if given and not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= 10_000):
        raise unfit(given, "maxItems", "Member must have value between 1 and 10000")
    most = min(int(given), MOST) if given else MOST
    return most, _behind(call.parameter("Marker"))


def marker(last: str) -> str:
    """What a client hands back to go on behind `last`."""
    return base64.urlsafe_b64encode(last.encode()).decode()


def _behind(text: str) -> str:
    try:
        found = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid("The Marker is none that was given") from error
    if "\0" in found:
        raise invalid("The Marker is none that was given")
    return found
