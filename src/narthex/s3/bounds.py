"""How large a request's head may be. Checked before anything looks into it.

This file never looks at a body: bodies have bounds of their own, per operation.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Request

# S3 allows 8 KiB of headers; a session token and what proxies add need the rest.
MAX_HEADER_BYTES = 16 * 1024
# A key of 1024 bytes, percent-encoded, and a session token fit.
MAX_TARGET_BYTES = 16 * 1024
MAX_HEADERS = 200


def check_bounds(request: Request) -> None:
    """Raises RequestHeaderSectionTooLarge, InvalidURI."""
    if len(request.raw_path) + len(request.raw_query) > MAX_TARGET_BYTES:
        raise S3Error("InvalidURI")
    pairs = request.headers.pairs
    size = sum([len(name) + len(value) for name, value in pairs])
    if size > MAX_HEADER_BYTES or len(pairs) > MAX_HEADERS:
        raise S3Error(
            "RequestHeaderSectionTooLarge", detail=(("MaxSizeAllowed", str(MAX_HEADER_BYTES)),)
        )
