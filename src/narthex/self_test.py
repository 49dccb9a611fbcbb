"""Would a link work? Ask ourselves by the public URL, as whoever gets one will, and say why not.

This file never keeps a server from serving, and never takes longer than PATIENCE.
"""

from __future__ import annotations

import hmac
import http.client
import json
import secrets
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog

from narthex.arrival import NONCE, PATH, prove

log = structlog.get_logger("narthex")

TIMEOUT = 5.0  # seconds of one try
TRIES = 4  # a proxy may be started after us
PAUSE = 3.0  # seconds between two tries
PATIENCE = TRIES * (TIMEOUT + PAUSE)
MOST = 4096  # bytes of an answer
# What keys may have in them, and proxies like to tidy up; signatures are over it as it was sent.
TRICKY = "a%2Fb//c/../%C3%A9%20d"


def report(public_url: str, fingerprint: str, pause: Callable[[float], object] = time.sleep) -> str:
    """Why links would not work, also in the log; "" when they do."""
    why = ""
    for number in range(TRIES):
        if number:
            pause(PAUSE)
        why = fault(public_url, fingerprint)
        if not why:
            log.info("links work", url=public_url)
            return ""
    log.warning("links will not work", url=public_url, why=why)
    return why


def fault(public_url: str, fingerprint: str, timeout: float = TIMEOUT) -> str:
    """What is wrong between this URL and us, in words for whoever runs the server; "" for nothing.

    fingerprint: of our master key.
    """
    nonce = secrets.token_hex(16)
    path = f"{PATH}{TRICKY}"
    url = f"{public_url.rstrip('/')}{path}?{NONCE}{nonce}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
    try:
        with opener.open(url, timeout=timeout) as answer:
            told = _read(answer.read(MOST))
    except urllib.error.HTTPError as error:
        return _refused(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _unreachable(error)
    if not hmac.compare_digest(str(told.get("proof")), prove(fingerprint, nonce)):
        return "something else answers there, not this server: a proxy that leads elsewhere?"
    return _changed(told, path, public_url)


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is told, not followed: signatures are for one host and one path."""

    def redirect_request(self, *_: Any) -> None:
        """None: the answer stands as it is."""


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(error: urllib.error.HTTPError) -> str:
    if 300 <= error.code < 400:
        place = str(error.headers.get("location") or "")[:200]
        return f"it redirects to {place}: name that as the public URL"
    if error.code in (502, 503, 504):
        return f"a proxy answers {error.code}: it does not reach this server"
    return (
        f"{error.code} is answered there: another server, or a proxy that hands on another path "
        "than the one behind the public URL's own"
    )


def _unreachable(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLError):
        return f"its certificate is not trusted: {reason}"[:300]
    return (
        f"nobody answers there ({reason}): is the name known, the port open, the proxy running? "
        "(A router may keep this server from its own public address; then try from elsewhere.)"
    )[:400]


def _changed(told: dict[str, Any], path: str, public_url: str) -> str:
    parts = urlsplit(public_url)
    if told.get("path") != path:
        return (
            "a proxy tidies up paths, so that signatures of keys with //, .. or %2F fail: hand "
            "them on as they came (nginx: proxy_pass without a path)"
        )
    if str(told.get("host")).lower() != parts.netloc.lower():
        return (
            f"a proxy changes the Host header to {told.get('host')}, which is signed: hand it on "
            "(nginx: proxy_set_header Host $http_host)"
        )
    if told.get("scheme") != parts.scheme:
        return (
            "a proxy is in front that is not believed: name its address in trusted_proxies and "
            "let it say X-Forwarded-Proto and X-Forwarded-For; until then every client has the "
            "proxy's address"
        )
    return ""
