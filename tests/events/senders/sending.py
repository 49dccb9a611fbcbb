"""What the tests of senders have in common: a delivery to send, and how it failed."""

from __future__ import annotations

import json

import pytest

from narthex.events.target import Delivery, Target, Undelivered

LOOPBACK = ("127.0.0.0/8", "::1/128")
PAYLOAD = json.dumps({"Event": "s3:TestEvent", "Bucket": "bucketofbigsecrets"})


def delivery(payload: str = PAYLOAD, kind: str = "s3", id: str = "000000000000002a") -> Delivery:
    """A first attempt."""
    return Delivery(id, "123456789012", "somewhere", "lane", kind, payload, 0, 1)


async def failure(target: Target, given: Delivery | None = None) -> Undelivered:
    """Why it was not delivered."""
    with pytest.raises(Undelivered) as error:
        await target.deliver(given or delivery())
    return error.value


async def refusal(target: Target) -> Undelivered:
    """Why it could not deliver."""
    with pytest.raises(Undelivered) as error:
        await target.check()
    return error.value
