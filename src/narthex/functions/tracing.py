"""The trace of an invocation: taken from the request that caused it, else a new one.

This file never keeps one.
"""

from __future__ import annotations

import re

from narthex.http import Request
from narthex.server import Server

HEADER = "x-amzn-trace-id"
_TRACE = re.compile(r"[A-Za-z0-9=;:_-]{1,256}")


def trace_of(request: Request | None, server: Server) -> str:
    """What `_X_AMZN_TRACE_ID` will be."""
    given = None if request is None else request.headers.get(HEADER)
    if given is not None and _TRACE.fullmatch(given):
        return given
    digits = server.new_id()
    seconds = server.clock() // 1_000_000
    return f"Root=1-{seconds:08x}-{digits[:24]};Parent={server.new_id()[:16]};Sampled=0"
