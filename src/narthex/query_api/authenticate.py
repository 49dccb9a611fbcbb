"""Who asks? Read the claim, look the key up, read the bounded form, verify the signature over it.

This file never decides what the caller may do. The signature covers the whole form, so the form is
read before it can be verified; an unknown key is refused before any of it is read.
"""

from __future__ import annotations

import hashlib

from narthex.errors import S3Error
from narthex.http import Pairs, Request, read_all
from narthex.identity import Identity
from narthex.pure import claims, uri
from narthex.pure.claims import Claim
from narthex.query_api.errors import QueryError
from narthex.query_api.parameters import read_form, unrepeated
from narthex.server import Server

# A policy of 131,072 characters, each percent-encoded in UTF-8 at worst, and all else of a form.
MAX_FORM_BYTES = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
SIGNING = "x-amz-"  # names of parameters that are of the signature, not of the action

_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
# What S3 refuses with, and what IAM and STS say instead; without a message: S3's own.
_TRANSLATED: dict[str, tuple[str, str]] = {
    "InvalidAccessKeyId": (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ),
    "InvalidToken": (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    ),
    "ExpiredToken": ("ExpiredToken", "The security token included in the request is expired"),
    "SignatureDoesNotMatch": ("SignatureDoesNotMatch", _SIGNATURE),
    "AccessDenied": ("AccessDenied", ""),
    "MaxMessageLengthExceeded": ("RequestEntityTooLarge", ""),
    "IncompleteBody": ("MalformedQueryString", ""),
    "RequestTimeout": ("MalformedQueryString", ""),
    "InvalidURI": ("MalformedQueryString", "The query is not URL-encoded UTF-8"),
    "RequestHeaderSectionTooLarge": ("MalformedQueryString", ""),
}


async def authenticate(
    request: Request, service: str, server: Server
) -> tuple[Identity, Claim, dict[str, str]]:
    """The caller, what it claimed, and the form it signed. Raises QueryError, StoreError."""
    try:
        query = uri.decode_query(request.raw_query)
        now_us = server.clock()
        claim = claims.read_claim(
            request, query, now_us=now_us, regions=(), sigv2=False, services=frozenset([service])
        )
        if claim is None:
            raise QueryError(
                "MissingAuthenticationToken", "Request is missing Authentication Token"
            )
        identity = await server.identities.identify(claim, now_us)
        body = await read_all(request.body, at_most=MAX_FORM_BYTES)
        payload = hashlib.sha256(body).hexdigest()
        claims.verify(claim, request, query, identity.secret, payload_hash=payload)
    except S3Error as error:
        raise _translated(error) from error
    server.identities.note_use(identity, service, claim.region, now_us)
    return identity, claim, _form(request, query, body)


def _form(request: Request, query: Pairs, body: bytes) -> dict[str, str]:
    """The parameters: of the query, and of a form in the body. None is in both."""
    plain = [(name, value) for name, value in query if not name.lower().startswith(SIGNING)]
    if not body:
        return unrepeated(plain)
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if request.method != "POST" or kind != FORM:
        raise QueryError("MalformedQueryString", f"a body is sent by POST, as {FORM}")
    return unrepeated([*plain, *read_form(body.decode("latin-1")).items()])


def _translated(error: S3Error) -> QueryError:
    if error.code == "RequestTimeTooSkewed":
        told = dict(error.detail)
        return QueryError(
            "SignatureDoesNotMatch",
            f"Signature expired or not yet current: {told.get('RequestTime', '')} is more than "
            f"15 min. away from {told.get('ServerTime', '')}",
        )
    if error.code == "AccessDenied" and "x-amz-date" in error.message:
        return QueryError("IncompleteSignature", error.message)
    code, message = _TRANSLATED.get(error.code, ("IncompleteSignature", ""))
    return QueryError(code, message or error.message)
