"""Keys as listings write them under encoding-type=url. Pure.

This file never decodes: clients do, each with a decoder of its own.
"""

from __future__ import annotations

from narthex.pure import uri


def encode_key(key: str) -> str:
    """A key, or part of one, percent-encoded in UTF-8; `/` stays.

    A space is %20 and a plus %2B, so that decoders which read a plus as a space agree with those
    that do not. Source: Amazon S3 API reference, ListObjectsV2, "encoding-type".
    """
    return uri.encode_path(key)
