"""What a trusted reverse proxy says about the client it speaks for.

This file never believes anybody else: a client's own X-Forwarded-* headers are dropped as heard.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from narthex.http import Headers, Request


def believe(request: Request, proxies: Set[str]) -> Request:
    """The request as the client sent it to the proxy, if the peer is one of `proxies`.

    X-Forwarded-For: the last address that is not a proxy's. X-Forwarded-Host replaces Host, which
    SigV4 signs; X-Forwarded-Proto replaces the scheme.
    """
    if request.client not in proxies:
        return request
    headers = request.headers
    chain = ",".join(headers.all("x-forwarded-for")).split(",")
    hops = [hop.strip() for hop in chain if hop.strip()]
    client = next((hop for hop in reversed(hops) if hop not in proxies), request.client)
    scheme = headers.get("x-forwarded-proto") or request.scheme
    host = headers.get("x-forwarded-host")
    pairs = headers.pairs
    if host is not None:
        pairs = tuple(pair for pair in pairs if pair[0] != "host")
        pairs = (("host", host), *pairs)
    return replace(
        request,
        headers=Headers(pairs),
        client=client,
        scheme=scheme if scheme in ("http", "https") else request.scheme,
    )
