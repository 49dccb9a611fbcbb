"""Load on a live server through pre-signed links, remembering exactly what was acknowledged.

Loopback only; bounded by the number of rounds of its caller; a thread ends when its server does.
"""

from __future__ import annotations

import hashlib
import http.client
import random
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from narthex import Presigner
from narthex.cli.serve import Endpoint

BUCKET = "kept"
SIZES = (0, 1, 900, 5_000, 16_384, 16_385, 70_000, 300_000, 1_500_000)


@dataclass
class Kept:
    """Key -> digests of what may be found there: the last acknowledged body, or a later one.

    A write that was cut off may have been done or not; both are right. What was acknowledged and
    then overwritten may not come back.
    """

    digests: dict[str, set[str]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)  # keys of which a write was acknowledged
    acknowledged: int = 0


def presigner(endpoint: Endpoint) -> Presigner:
    """Signs as the server's root."""
    return Presigner(
        endpoint.access_key_id, endpoint.secret, region="us-east-1", endpoint_url=endpoint.url
    )


def ask(endpoint: Endpoint, url: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
    """Status and body of one request on a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body=body or None)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Writer(threading.Thread):
    """Puts objects, one after the other, until the server is gone. Its keys are its own."""

    def __init__(self, endpoint: Endpoint, kept: Kept, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self._sign = presigner(endpoint)
        self._endpoint = endpoint
        self._kept = kept
        self._random = random.Random(seed)

    def run(self) -> None:
        """Ends at the first connection that breaks."""
        while True:
            key = f"{self.name}/{self._random.randrange(40)}"
            body = self._random.randbytes(self._random.choice(SIZES))
            digest = hashlib.sha256(body).hexdigest()
            may_be = self._kept.digests.setdefault(key, set())
            may_be.add(digest)
            try:
                url = self._sign.url("PUT", BUCKET, key)
                status, _ = ask(self._endpoint, url, "PUT", body)
            except (OSError, http.client.HTTPException):
                return
            assert status == 200, status
            self._kept.digests[key] = {digest}
            self._kept.held.add(key)
            self._kept.acknowledged += 1
