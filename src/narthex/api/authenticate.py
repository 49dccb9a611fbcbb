"""Who asks? Read the claim, look the key up, read the bounded body, verify the signature over it.

This file never decides what the caller may do. An unknown key is refused before a byte of the body
is read.
"""

from __future__ import annotations

import hashlib

from narthex.api.errors import ApiError
from narthex.errors import S3Error
from narthex.http import Pairs, Request, read_all
from narthex.pure import claims, uri
from narthex.pure.claim import HEADER
from narthex.s3.asking import Asking
from narthex.server import Server

SERVICE = "narthex"
MAX_BODY_BYTES = 2 * 1024 * 1024  # a thousand shares to issue, with room
# What S3 refuses with, and what the API says instead.
_TRANSLATED = {
    "AccessDenied": "IncompleteSignature",
    "MaxMessageLengthExceeded": "TooLarge",
    **{
        code: code
        for code in (
            "ExpiredToken",
            "InvalidAccessKeyId",
            "InvalidToken",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
        )
    },
}


async def authenticate(request: Request, server: Server) -> tuple[Asking, bytes]:
    """The caller, and the body it signed. Raises ApiError, StoreError."""
    try:
        query = uri.decode_query(request.raw_query)
        now_us = server.clock()
        claim = claims.read_claim(
            request, query, now_us=now_us, regions=(), sigv2=False, services=frozenset([SERVICE])
        )
        if claim is None or claim.kind != HEADER:
            raise ApiError("MissingAuthentication", "the request is not signed in its headers")
        identity = await server.identities.identify(claim, now_us)
        body = await read_all(request.body, at_most=MAX_BODY_BYTES)
        payload = hashlib.sha256(body).hexdigest()
        claims.verify(claim, request, query, identity.secret, payload_hash=payload)
    except S3Error as error:
        code = _TRANSLATED.get(error.code, "IncompleteSignature")
        raise ApiError(code, error.message) from error
    server.identities.note_use(identity, SERVICE, claim.region, now_us)
    return Asking(identity, claim, request, _unsigned(query)), body


def _unsigned(query: Pairs) -> Pairs:
    """The parameters of a request; the API takes each once. Raises ApiError."""
    names = [name for name, _ in query]
    if len(set(names)) != len(names):
        raise ApiError("InvalidArgument", "a parameter is given twice")
    return query
