"""The link by which GetFunction hands out a function's zip: signed by who asked, good for minutes.

This file never reads the zip. The link is the caller's own: what the caller may not do any more
when it is followed, it does not do.
Source: SigV4, "Authenticating requests: using query parameters".
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from narthex.lambda_.operation import Call
from narthex.pure import sigv4, uri
from narthex.server import Server

MINUTES_10 = 600  # seconds, as on AWS
PATH = "/2015-03-31/functions/{name}/code"
NOTHING = hashlib.sha256(b"").hexdigest()


def code_link(call: Call, name: str, qualifier: str, server: Server) -> str:
    """A URL of the zip of one version. name: as a path of ours may hold it."""
    settings = server.settings
    host = call.request.headers.get("host") or "localhost"
    base = settings.public_url.rstrip("/") or f"{call.request.scheme}://{host}"
    raw_path = PATH.format(name=uri.encode(name))
    stamp = sigv4.timestamp(call.now_us)
    scope = sigv4.scope(stamp[:8], call.region, "lambda")
    query = [
        ("X-Amz-Algorithm", sigv4.ALGORITHM),
        ("X-Amz-Credential", f"{call.identity.principal.access_key_id}/{scope}"),
        ("X-Amz-Date", stamp),
        ("X-Amz-Expires", str(MINUTES_10)),
        ("X-Amz-SignedHeaders", "host"),
    ]
    if call.claim.token is not None:
        query.append(("X-Amz-Security-Token", call.claim.token))
    if qualifier:
        query.append(("Qualifier", qualifier))
    joined = uri.join_query(query)
    lines = f"host:{urlsplit(base).netloc}\n"
    path = uri.encode_path(raw_path)  # services but S3 encode twice
    text = sigv4.canonical_request("GET", path, joined, lines, "host", NOTHING)
    key = sigv4.signing_key(call.identity.secret, stamp[:8], call.region, "lambda")
    signature = key.sign(sigv4.string_to_sign(stamp, scope, text.encode()).encode())
    return f"{base}{raw_path}?{joined}&X-Amz-Signature={signature}"
