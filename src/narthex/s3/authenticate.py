"""Who asks? Read the claim, look the key up, verify the signature, wrap the body.

This file never decides what the caller may do. Nothing of the body is read here: refusals come
before a byte of an unauthenticated body.
"""

from __future__ import annotations

from narthex.catalog import accounts
from narthex.errors import S3Error
from narthex.http import Pairs, Request
from narthex.model import ANONYMOUS, Principal
from narthex.pure import claims
from narthex.s3.body import checked_body
from narthex.server import Server


async def authenticate(
    request: Request, query: Pairs, host_bucket: str, server: Server
) -> tuple[Principal, Request]:
    """The caller, and the request with a body that proves itself while it is read.

    host_bucket: the bucket of a virtual-host style request, which SigV2 signs.
    Raises every refusal of authentication; a bad signature is never anonymous.
    """
    settings = server.settings
    claim = claims.read_claim(
        request, query, now_us=server.clock(), regions=settings.regions, sigv2=settings.sigv2
    )
    if claim is None:
        return ANONYMOUS, request.with_body(checked_body(request, None, ""))
    key = await accounts.find_key(server.catalog, claim.access_key_id)
    if key is None or not key.active:
        raise S3Error("InvalidAccessKeyId", detail=(("AWSAccessKeyId", claim.access_key_id),))
    if claim.token is not None:  # permanent keys have none: a token with one is never ignored
        raise S3Error("InvalidToken")
    secret = server.keyring.open(key.id, key.sealed)
    claims.verify(claim, request, query, secret, bucket_host=host_bucket)
    return key.principal, request.with_body(checked_body(request, claim, secret))
