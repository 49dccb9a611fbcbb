"""Links that were verified once, by everything that their signature depends on.

This file never takes time or a key for granted: whoever finds a link here judges its time anew, and
compares the secret of its key as it is now. Nothing is remembered of headers that are signed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from narthex.config import Settings
from narthex.http import Request
from narthex.pure import claim as claims
from narthex.pure import sigv4_query
from narthex.pure.claim import Claim

REMEMBERED = 1024  # the links that were verified last
REMEMBERED_BYTES = 1024  # of path and query; longer ones are verified each time

# Whoever guesses at a signature learns nothing from the time this takes: texts are found by a hash
# that is keyed anew in each process, and compared only when 64 bits of it are equal.
Place = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a link claims, and the secret with which it was found to be signed."""

    claim: Claim
    secret: bytes = field(repr=False)

    def check_time(self, now_us: int) -> None:
        """Refuse it when its time is over or has not come. Raises AccessDenied."""
        if self.claim.signed_at_us is None or self.claim.expires_in is None:
            raise TypeError("a link has a time")
        sigv4_query.check_time(self.claim.signed_at_us, self.claim.expires_in, now_us)

    def signed_with(self, secret: str) -> bool:
        """Whether this secret is the one that verified it."""
        return hmac.compare_digest(self.secret, secret.encode())


_verified: dict[Place, Verified] = {}


def place_of(request: Request, host_bucket: str, settings: Settings) -> Place | None:
    """All that a plain link's claim and signature depend on; None for any other request."""
    path, query, headers = request.raw_path, request.raw_query, request.headers
    if len(path) + len(query) > REMEMBERED_BYTES or not query:
        return None
    for name, _ in headers.pairs:
        if name[:6] == "x-amz-" or name == "authorization":
            return None
    host = tuple(headers.all("host"))
    place = request.method, path, query, host, host_bucket, settings.regions, settings.sigv2
    return (*place, request.sent_path) if request.sent_path else place


def find(place: Place | None) -> Verified | None:
    """The link, if it was verified before."""
    return None if place is None else _verified.get(place)


def remember(place: Place | None, claim: Claim, secret: str) -> None:
    """Keep a link that was just verified with `secret`, if nothing else was signed but the host."""
    if place is None or claim.kind != claims.QUERY or claim.version != claims.SIGV4:
        return
    if claim.signed_headers != ("host",):
        return
    if len(_verified) >= REMEMBERED:
        del _verified[next(iter(_verified))]
    _verified[place] = Verified(claim, secret.encode())
