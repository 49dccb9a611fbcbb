"""Signed webhooks: the secret of one, and the headers that prove who sent it. Pure.

This file never sends anything. Source: the Standard Webhooks specification, so that receivers in
any language verify with a library that exists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from narthex.http import Pairs

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64


def write_secret(data: bytes) -> str:
    """A secret as it is told to its owner: `whsec_` and base64."""
    return PREFIX + base64.b64encode(data).decode()


def read_secret(text: str) -> bytes:
    """The bytes of a secret. Raises ValueError."""
    if not text.startswith(PREFIX):
        raise ValueError("a webhook's secret begins with whsec_")
    return base64.b64decode(text.removeprefix(PREFIX), validate=True)


def signature(secret: str, id: str, seconds: int, body: bytes) -> str:
    """What stands in `webhook-signature` for a message of this id, sent at this Unix time."""
    signed = b".".join([id.encode(), str(seconds).encode(), body])
    digest = hmac.digest(read_secret(secret), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secret: str, id: str, seconds: int, body: bytes) -> Pairs:
    """The three headers of a message. id: the same at every attempt to deliver it."""
    return (
        ("webhook-id", id),
        ("webhook-timestamp", str(seconds)),
        ("webhook-signature", signature(secret, id, seconds, body)),
    )
