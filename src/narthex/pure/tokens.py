"""Continuation tokens: the last key of a page, opaque and URL-safe. Pure.

A token is no secret and gives no right: it only says where a listing goes on.
"""

from __future__ import annotations

import base64
import binascii

from narthex.errors import invalid_argument

MARK = b"\x01"  # the first byte of every token, so that an odd text is no token by chance
LONGEST = 1024 * 4 // 3 + 16


def seal_token(key: str) -> str:
    """The token that makes a listing go on behind `key`."""
    return base64.urlsafe_b64encode(MARK + key.encode()).decode()


def open_token(token: str) -> str:
    """The key behind which a listing goes on. Raises InvalidArgument when it is not one of ours."""
    try:
        if len(token) > LONGEST:
            raise ValueError
        data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        if not data.startswith(MARK) or len(data) < 2:
            raise ValueError
        return data[1:].decode()
    except (ValueError, binascii.Error) as error:
        raise invalid_argument(
            "The continuation token provided is incorrect", "continuation-token", token[:64]
        ) from error
