"""Read the claim of a SigV4 pre-signed URL: its six parameters, its scope, its time. Pure.

This file never verifies a signature. INVARIANT: time is judged here, before anybody looks the key
up: a URL that is forged and expired answers "expired", whether its key exists or not.

Source: AWS's answers to altered URLs; their wording is kept to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from narthex.errors import S3Error
from narthex.http import Request
from narthex.pure import claim, payload, sigv4
from narthex.pure.claim import SECOND_US, Claim, Refusals
from narthex.pure.times import iso_seconds

CODE = "AuthorizationQueryParametersError"
# Any of these makes a request a pre-signed one.
DETECTED = frozenset(
    "x-amz-algorithm x-amz-credential x-amz-signature x-amz-signedheaders x-amz-expires".split()
)
REQUIRED = DETECTED | {"x-amz-date"}
PARAMETERS = REQUIRED | {claim.SESSION_HEADER, payload.HEADER}
ECDSA = "AWS4-ECDSA-P256-SHA256"

_refuse = Refusals(CODE, "Error parsing the X-Amz-Credential parameter; ", "")
_is_short_number = re.compile(r"[0-9]{1,6}", re.ASCII).fullmatch
_is_number = re.compile(r"-?[0-9]+", re.ASCII).fullmatch


def read(
    sent: Mapping[str, str],
    request: Request,
    now_us: int,
    services: frozenset[str],
    regions: tuple[str, ...],
) -> Claim:
    """The claim of a URL that is in time. sent: PARAMETERS by lower-case name, each given once.

    Raises AuthorizationQueryParametersError for what is missing or badly spelled, and AccessDenied
    for a URL whose time is over or has not come.
    """
    if not sent.keys() >= REQUIRED:
        raise S3Error(CODE)
    _check_algorithm(sent["x-amz-algorithm"])
    scope = claim.read_scope(sent["x-amz-credential"], _refuse, services, regions)
    timestamp = sent["x-amz-date"]
    signed_at_us = claim.parse_timestamp(timestamp)
    if signed_at_us is None:
        raise S3Error(
            CODE, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    claim.check_same_day(scope, timestamp, _refuse)
    expires_in = _read_expires(sent["x-amz-expires"])
    signed_headers = claim.read_signed_headers(sent["x-amz-signedheaders"])
    if signed_headers is None:
        raise S3Error(
            CODE, "X-Amz-SignedHeaders must list each signed header once, in lower case, with host"
        )
    check_time(signed_at_us, expires_in, now_us)
    return Claim(
        claim.QUERY,
        claim.SIGV4,
        scope,
        timestamp,
        signed_at_us,
        expires_in,
        signed_headers,
        _payload(sent, request, signed_headers) if scope.service == "s3" else "",
        sent["x-amz-signature"],
        _token(sent, request, signed_headers),
    )


def _check_algorithm(value: str) -> None:
    if value == claim.SIGV4:
        return
    if value == ECDSA:
        raise S3Error("NotImplemented", f"{ECDSA} is not implemented; use {claim.SIGV4}")
    raise S3Error(
        CODE, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
    )


def _read_expires(text: str) -> int:
    """Seconds of X-Amz-Expires: one to six ASCII digits, at most a week."""
    if _is_short_number(text):
        seconds = int(text)
        if seconds <= sigv4.MAX_EXPIRES:
            return seconds
    elif not _is_number(text):
        raise S3Error(CODE, "X-Amz-Expires should be a number")
    elif text.startswith("-"):
        raise S3Error(CODE, "X-Amz-Expires must be non-negative")
    raise S3Error(
        CODE,
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
        "must be less than 604800 seconds",
    )


def check_time(signed_at_us: int, expires_in: int, now_us: int) -> None:
    """A URL lives from 15 minutes before its date (clocks differ) until its last second began."""
    expires_us = signed_at_us + expires_in * SECOND_US
    if now_us >= expires_us:
        raise claim.expired(expires_us, now_us, str(expires_in))
    if signed_at_us > now_us + claim.MAX_SKEW_US:
        raise S3Error(
            "AccessDenied",
            "Request is not yet valid",
            detail=(
                ("X-Amz-Date", str(signed_at_us // 1000)),
                ("Expires", iso_seconds(expires_us)),
                ("ServerTime", iso_seconds(now_us)),
            ),
        )


def _payload(sent: Mapping[str, str], request: Request, signed_headers: tuple[str, ...]) -> str:
    """What was signed about the body: nothing, unless a hash was signed as a header or parameter.

    A header of this name that is not signed is ignored, as on AWS; but one that announces another
    framing of the body than the URL's signer meant would be stored as content, and is refused.
    """
    value = request.headers.get(payload.HEADER)
    hoisted = sent.get(payload.HEADER)
    if payload.HEADER in signed_headers:
        return payload.check_payload(value if value is not None else hoisted or "")
    if value is not None and value.startswith("STREAMING-"):
        raise claim.not_signed([payload.HEADER])
    return sigv4.UNSIGNED if hoisted is None else payload.check_payload(hoisted)


def _token(
    sent: Mapping[str, str], request: Request, signed_headers: tuple[str, ...]
) -> str | None:
    """The session token, sent as a parameter or as a signed header."""
    token = sent.get(claim.SESSION_HEADER)
    if token is None and claim.SESSION_HEADER in signed_headers:
        return request.headers.get(claim.SESSION_HEADER)
    return token
