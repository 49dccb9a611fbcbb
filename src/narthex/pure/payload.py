"""What x-amz-content-sha256 may say of a body: its hash, or how it will prove itself. Pure.

This file never reads a body, and a word it does not know is refused, never taken for "unsigned".
Source: Amazon S3 API reference, "Authenticating requests", x-amz-content-sha256.
"""

from __future__ import annotations

import re

from narthex.errors import S3Error, invalid_argument
from narthex.pure.sigv4 import UNSIGNED

HEADER = "x-amz-content-sha256"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
STREAMING = frozenset([SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER, UNSIGNED_TRAILER])
# Asymmetric signatures, for requests to many regions at once; narthex has one.
ECDSA = frozenset(
    [
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
    ]
)
_is_hash = re.compile(r"[0-9A-Fa-f]{64}").fullmatch


def check_payload(value: str) -> str:
    """The value, when it is one that narthex can verify. Raises InvalidArgument, NotImplemented."""
    if value == UNSIGNED or value in STREAMING or _is_hash(value):
        return value
    if value in ECDSA:
        raise S3Error("NotImplemented", detail=(("Header", HEADER),))
    raise invalid_argument(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        HEADER,
        value,
    )
