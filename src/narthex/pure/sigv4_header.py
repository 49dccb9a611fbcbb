"""Read the claim of a SigV4 Authorization header: its components, its scope, its time. Pure.

This file never verifies a signature and never takes a scheme it does not know for "anonymous".

Source: AWS's answers to altered headers; their wording is kept to the letter.
"""

from __future__ import annotations

from narthex.errors import S3Error, invalid_argument
from narthex.http import Request
from narthex.pure import claim, payload, sigv4
from narthex.pure.claim import MAX_SKEW_US, Claim, Refusals
from narthex.pure.times import iso_seconds, parse_http

CODE = "AuthorizationHeaderMalformed"
LEAD = "The authorization header is malformed; "
COMPONENTS = ("Credential", "SignedHeaders", "Signature")

_refuse = Refusals(CODE, LEAD, LEAD)


def scheme(authorization: str) -> str:
    """The word before the first space. Raises InvalidArgument unless exactly one space follows."""
    word, space, rest = authorization.partition(" ")
    if not word or not space or not rest or rest.startswith(" "):
        raise invalid_argument(
            "Authorization header is invalid -- one and only one ' ' (space) required.",
            "Authorization",
            authorization,
        )
    return word


def read(
    authorization: str,
    request: Request,
    now_us: int,
    services: frozenset[str],
    regions: tuple[str, ...],
) -> Claim:
    """The claim of a header of scheme AWS4-HMAC-SHA256, made within 15 minutes of now.

    Raises AuthorizationHeaderMalformed, AccessDenied (no date), RequestTimeTooSkewed, and for S3
    InvalidRequest without x-amz-content-sha256.
    """
    parts = _components(authorization.partition(" ")[2])
    scope = claim.read_scope(parts["Credential"], _refuse, services, regions)
    signed_headers = claim.read_signed_headers(parts["SignedHeaders"])
    if signed_headers is None:
        raise _refuse("SignedHeaders must list each signed header once, in lower case, with host.")
    timestamp, sent, signed_at_us = _instant(request)
    claim.check_same_day(scope, timestamp, _refuse)
    if abs(now_us - signed_at_us) > MAX_SKEW_US:
        raise S3Error(
            "RequestTimeTooSkewed",
            detail=(
                ("RequestTime", sent),
                ("ServerTime", iso_seconds(now_us)),
                ("MaxAllowedSkewMilliseconds", str(MAX_SKEW_US // 1000)),
            ),
        )
    return Claim(
        claim.HEADER,
        claim.SIGV4,
        scope,
        timestamp,
        signed_at_us,
        None,
        signed_headers,
        _payload(request) if scope.service == "s3" else "",
        parts["Signature"],
        request.headers.get(claim.SESSION_HEADER),
    )


def _components(text: str) -> dict[str, str]:
    """Credential, SignedHeaders and Signature, in any order, separated by commas."""
    items = text.split(",")
    if len(items) < len(COMPONENTS):
        raise _refuse(
            "the authorization header requires three components: Credential, SignedHeaders, and "
            "Signature."
        )
    parts: dict[str, str] = {}
    for item in items:
        name, found, value = item.strip(" ").partition("=")
        if not found or not name or name in parts:
            raise _refuse(f'the authorization component "{item.strip(" ")}" is malformed.')
        parts[name] = value
    for name in COMPONENTS:
        if name not in parts:
            raise _refuse(f"missing {name}.")
    return parts


def _instant(request: Request) -> tuple[str, str, int]:
    """The signed instant: as strings to sign hold it, as it was sent, and in microseconds.

    x-amz-date counts before Date, which may be an HTTP date or the same long form.
    """
    sent = request.headers.get("x-amz-date")
    if sent is None:
        sent = request.headers.get("date") or ""
        at_us = claim.parse_timestamp(sent)
        if at_us is None:
            at_us = parse_http(sent)
    else:
        at_us = claim.parse_timestamp(sent)
    if at_us is None:
        raise S3Error(
            "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"
        )
    return sigv4.timestamp(at_us) if len(sent) != 16 else sent, sent, at_us


def _payload(request: Request) -> str:
    value = request.headers.get(payload.HEADER)
    if value is None:
        raise S3Error(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
        )
    return payload.check_payload(value)
