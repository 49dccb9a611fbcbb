"""Who asks? Read the claim, look the key up, read the bounded body, verify the signature over it.

This file never decides what the caller may do. An unknown key is refused before a byte of the body
is read, and few large bodies are read at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac

from narthex.errors import S3Error
from narthex.functions.errors import LambdaError
from narthex.http import Pairs, Request, read_all
from narthex.identity import Identity
from narthex.lambda_.operation import SMALL
from narthex.pure import claims, uri
from narthex.pure.claims import Claim
from narthex.server import Server

SERVICE = "lambda"
MOST_LARGE = 2  # large bodies in the memory of one worker
_INVALID = "The security token included in the request is invalid."
_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
# What S3 refuses with, and what Lambda says instead; without a message: S3's own.
_TRANSLATED: dict[str, tuple[str, str]] = {
    "InvalidAccessKeyId": ("UnrecognizedClientException", _INVALID),
    "InvalidToken": ("UnrecognizedClientException", _INVALID),
    "ExpiredToken": (
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
    "SignatureDoesNotMatch": ("InvalidSignatureException", _SIGNATURE),
    "RequestTimeTooSkewed": (
        "InvalidSignatureException",
        "Signature expired or not yet current: the request is more than 15 min. away from now",
    ),
    "AccessDenied": ("AccessDeniedException", ""),
    "MaxMessageLengthExceeded": ("RequestEntityTooLargeException", "Request too large"),
    "IncompleteBody": ("InvalidRequestContentException", ""),
    "RequestTimeout": ("InvalidRequestContentException", ""),
    "InvalidURI": ("ValidationException", ""),
}
_large = asyncio.Semaphore(MOST_LARGE)


async def authenticate(
    request: Request, most: int, server: Server
) -> tuple[Identity, Claim, Pairs, bytes]:
    """The caller, its claim, the decoded query and the body. Raises LambdaError, StoreError."""
    try:
        query = uri.decode_query(request.raw_query)
        now_us = server.clock()
        claim = claims.read_claim(
            request, query, now_us=now_us, regions=(), sigv2=False, services=frozenset([SERVICE])
        )
        if claim is None:
            raise LambdaError("MissingAuthenticationTokenException", "Missing Authentication Token")
        identity = await server.identities.identify(claim, now_us)
        body = await _read(request, most)
        payload = hashlib.sha256(body).hexdigest()
        claims.verify(claim, request, query, identity.secret, payload_hash=payload)
        _check_payload(claim, payload)
    except S3Error as error:
        raise translated(error) from error
    server.identities.note_use(identity, SERVICE, claim.region, now_us)
    plain = tuple(pair for pair in query if not pair[0].lower().startswith("x-amz-"))
    return identity, claim, plain, body


async def _read(request: Request, most: int) -> bytes:
    if most <= SMALL:
        return await read_all(request.body, at_most=most)
    async with _large:
        return await read_all(request.body, at_most=most)


def _check_payload(claim: Claim, payload: str) -> None:
    """A hash that was signed in a header must be the body's: the signature alone covers the header.

    Raises InvalidSignatureException.
    """
    if claim.payload and not hmac.compare_digest(claim.payload.encode(), payload.encode()):
        raise LambdaError("InvalidSignatureException", _SIGNATURE)


def translated(error: S3Error) -> LambdaError:
    """A refusal of authentication in Lambda's words."""
    code, message = _TRANSLATED.get(error.code, ("IncompleteSignatureException", ""))
    return LambdaError(code, message or error.message)
