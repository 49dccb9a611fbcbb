"""Keys as listings write them under encoding-type=url. Pure.

This file never decodes: clients do. It is not the encoding that signatures use (see uri.py), which
leaves other characters alone.
"""

from __future__ import annotations

from urllib.parse import quote

SAFE = "/-_.~"  # with letters and digits, all that stays; a space is %20, a plus %2B


def encode_key(key: str) -> str:
    """A key, or part of one, percent-encoded in UTF-8; `/` stays.

    Any decoder reads it back: no raw plus is written, which some read as a space.
    Source: Amazon S3 API reference, ListObjectsV2, "encoding-type".
    """
    return quote(key, safe=SAFE)
