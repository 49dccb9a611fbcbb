"""Who asks? Read the claim, look the key up, verify the signature, wrap the body.

This file never decides what the caller may do. Nothing of the body is read here: refusals come
before a byte of an unauthenticated body.
"""

from __future__ import annotations

from narthex.http import Pairs, Request
from narthex.identity import NOBODY
from narthex.pure import claims
from narthex.pure.claim import Claim
from narthex.s3 import links
from narthex.s3.asking import Asking
from narthex.s3.body import checked_body
from narthex.server import Server


async def authenticate(request: Request, query: Pairs, host_bucket: str, server: Server) -> Asking:
    """The caller behind the request, whose body proves itself from now on while it is read.

    host_bucket: the bucket of a virtual-host style request, which SigV2 signs.
    Raises every refusal of authentication; a bad signature is never anonymous.
    """
    settings = server.settings
    now_us = server.clock()
    place = links.place_of(request, host_bucket, settings)
    known = links.find(place)
    claim: Claim | None
    if known is not None:
        claim = known.claim
        known.check_time(now_us)
    else:
        claim = claims.read_claim(
            request, query, now_us=now_us, regions=settings.regions, sigv2=settings.sigv2
        )
    if claim is None:
        return Asking(NOBODY, None, request.with_body(checked_body(request, None, "")), query)
    identity = await server.identities.identify(claim, now_us)
    if known is None or not known.signed_with(identity.secret):
        claims.verify(claim, request, query, identity.secret, bucket_host=host_bucket)
        links.remember(place, claim, identity.secret)
    server.identities.note_use(identity, claim.service, claim.region, now_us)
    request = request.with_body(checked_body(request, claim, identity.secret))
    return Asking(identity, claim, request, query)
