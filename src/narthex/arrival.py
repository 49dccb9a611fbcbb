"""How a request arrived behind whatever is in front of this server: for our own self-test.

This file never tells anything that the asker has not sent, or could not see.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from narthex.http import Request, Response
from narthex.server import Server

PATH = "/-/health/"  # what follows is told as it arrived
NONCE = "nonce="
LONGEST = 256  # characters


def prove(fingerprint: str, nonce: str) -> str:
    """What only a server with the same master key answers to a nonce."""
    return hmac.new(fingerprint.encode(), nonce.encode(), hashlib.sha256).hexdigest()


def answer(request: Request, server: Server) -> Response:
    """The request's path, host and scheme as they are here, and that it is us who say so."""
    nonce = request.raw_query.removeprefix(NONCE)[:LONGEST]
    told = {
        "proof": prove(server.keyring.fingerprint, nonce),
        "path": request.raw_path[:LONGEST],
        "host": (request.headers.get("host") or "")[:LONGEST],
        "scheme": request.scheme,
    }
    body = json.dumps(told).encode() + b"\n"
    headers = (
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
    )
    return Response(200, headers, body)
