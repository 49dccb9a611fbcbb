"""What a reverse proxy in front changes: what it says of its client, and where a path begins.

This file never believes anybody but a trusted proxy: a client's own X-Forwarded-* headers are
dropped as heard.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

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


@dataclass(frozen=True, slots=True)
class Public:
    """A public URL with a path: whatever is below it there, begins here. host: in lower case."""

    host: str
    path: str

    @property
    def reserved(self) -> str:
        """What no bucket may be called, so that no path is taken for another."""
        return self.path[1:].partition("/")[0]


def below(public_url: str) -> Public | None:
    """Where clients meet us, when that is below a path."""
    parts = urlsplit(public_url)
    path = parts.path.rstrip("/")
    return Public(_plain(parts.netloc, parts.scheme), path) if path else None


def arrived(request: Request, public: Public) -> Request:
    """The request with its path as ours, whether the proxy has taken the public one away or not.

    Only what was asked of the public host is below its path; on this machine's own address paths
    begin as always.
    """
    if _plain(request.headers.get("host") or "", request.scheme) != public.host:
        return request
    raw = request.raw_path
    if raw == public.path or raw.startswith(f"{public.path}/"):
        return replace(request, raw_path=raw[len(public.path) :] or "/", sent_path=raw)
    return replace(request, sent_path=f"{public.path}{raw}")


def _plain(host: str, scheme: str) -> str:
    """A host without its scheme's own port."""
    return host.lower().removesuffix(":443" if scheme == "https" else ":80")
