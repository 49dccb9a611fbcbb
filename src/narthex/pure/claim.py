"""Who a request says it is from: the claim, before anything of it is verified. Pure.

This file never believes a claim; `claims.verify` does that. Its repr shows neither signature nor
token.
"""

from __future__ import annotations

import hashlib
from calendar import timegm
from dataclasses import dataclass, field
from datetime import date as calendar_date

from narthex.errors import S3Error
from narthex.pure import sigv4
from narthex.pure.times import iso_seconds

SIGV4 = "AWS4-HMAC-SHA256"  # the values of the condition key s3:signatureversion
SIGV2 = "AWS"
HEADER = "REST-HEADER"  # the values of the condition key s3:authType
QUERY = "REST-QUERY-STRING"
POST = "POST"

SECOND_US = 1_000_000
MAX_SKEW_US = 15 * 60 * SECOND_US  # what AWS allows a clock to be wrong
SESSION_HEADER = "x-amz-security-token"  # a parameter of the same name in links
MAX_KEY_ID = 128  # characters, as IAM limits it

REMEMBERED = 1024
_scopes: dict[str, Scope] = {}
_instants: dict[str, int] = {}
_signed_lists: dict[str, tuple[str, ...] | None] = {}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a credential names: a key, and the day, region and service it signs for."""

    access_key_id: str
    date: str  # YYYYMMDD; "" for SigV2, which has no scope
    region: str
    service: str
    text: str  # as strings to sign hold it: all but the id


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of its signer, well-formed and in time, but not yet verified.

    timestamp: the signed instant, YYYYMMDDTHHMMSSZ; of a SigV2 URL the text of Expires, its only
    one; "" of a SigV2 form.
    signed_at_us and expires_in (seconds) are None where a mechanism does not tell them.
    payload: what the signature says of the body: 64 hex digits, a word of `payload`, or "" when
    the caller hashes the body itself (services other than S3).
    """

    kind: str  # HEADER, QUERY or POST
    version: str  # SIGV4 or SIGV2
    scope: Scope
    timestamp: str
    signed_at_us: int | None
    expires_in: int | None
    signed_headers: tuple[str, ...]  # sorted, in lower case
    payload: str
    signature: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def access_key_id(self) -> str:
        """The id of the key that is said to have signed."""
        return self.scope.access_key_id

    @property
    def region(self) -> str:
        """The region of the scope; "" for SigV2."""
        return self.scope.region

    @property
    def service(self) -> str:
        """The service of the scope."""
        return self.scope.service

    @property
    def expires_at_us(self) -> int | None:
        """When a pre-signed URL ends; None for a signed header, and for a form: its policy ends."""
        if self.kind == POST:
            return None
        if self.version == SIGV2:
            return int(self.timestamp) * SECOND_US
        if self.signed_at_us is None or self.expires_in is None:
            return None
        return self.signed_at_us + self.expires_in * SECOND_US

    @property
    def digest(self) -> str:
        """SHA-256 of the signature in hex: names one URL in a deny list without being usable.

        A verified signature has one spelling only, so one URL has one digest.
        """
        return hashlib.sha256(self.signature.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Refusals:
    """How one place of a signature words its refusals. lead opens every sentence about a scope."""

    code: str
    lead: str
    date_lead: str

    def __call__(self, message: str, *detail: tuple[str, str]) -> S3Error:
        return S3Error(self.code, f"{self.lead}{message}", detail=detail)


def read_scope(
    credential: str, refuse: Refusals, services: frozenset[str], regions: tuple[str, ...]
) -> Scope:
    """The scope of a credential "ID/YYYYMMDD/region/service/aws4_request".

    It is split from the right: an id may hold slashes. regions: those accepted, ours first; empty
    accepts any. Raises by `refuse` what is wrong with it.
    """
    scope = _scopes.get(credential)
    if scope is None:
        scope = _split(credential, refuse, services)
        if len(credential) <= 2 * MAX_KEY_ID:
            if len(_scopes) >= REMEMBERED:
                _scopes.clear()
            _scopes[credential] = scope
    elif scope.service not in services:
        raise _wrong_service(scope.service, refuse, services)
    if regions and scope.region not in regions:
        raise refuse(
            f"the region '{scope.region}' is wrong; expecting '{regions[0]}'",
            ("Region", regions[0]),
        )
    return scope


def check_same_day(scope: Scope, timestamp: str, refuse: Refusals) -> None:
    """Refuse a scope of another day than the signed instant's."""
    if scope.date != timestamp[:8]:
        raise S3Error(
            refuse.code,
            f'{refuse.date_lead}Invalid credential date "{scope.date}". This date is not the same '
            f'as X-Amz-Date: "{timestamp[:8]}".',
        )


def check_access_key_id(access_key_id: str) -> None:
    """Refuse an id that no key can have, before anybody looks it up. Raises InvalidAccessKeyId."""
    if access_key_id.isalnum() and access_key_id.isascii() and len(access_key_id) <= MAX_KEY_ID:
        return
    if (
        len(access_key_id) > MAX_KEY_ID
        or not access_key_id.isascii()
        or not access_key_id.isprintable()
        or " " in access_key_id
    ):
        raise S3Error("InvalidAccessKeyId", detail=(("AWSAccessKeyId", access_key_id),))


def parse_timestamp(text: str) -> int | None:
    """Microseconds of "YYYYMMDDTHHMMSSZ"; None for any other spelling and for no real instant."""
    found = _instants.get(text)
    if found is None and len(text) == 16:
        found = _parse(text)
        if found is not None:
            if len(_instants) >= REMEMBERED:
                _instants.clear()
            _instants[text] = found
    return found


def _parse(text: str) -> int | None:
    if text[8] != "T" or text[15] != "Z":
        return None
    clock = text[9:15]
    midnight = _midnight(text[:8])
    if midnight is None or not clock.isascii() or not clock.isdigit():
        return None
    hour, minute, second = int(clock[:2]), int(clock[2:4]), int(clock[4:])
    if hour > 23 or minute > 59 or second > 59:
        return None
    return (midnight + hour * 3600 + minute * 60 + second) * SECOND_US


def read_signed_headers(text: str) -> tuple[str, ...] | None:
    """The names of a SignedHeaders list, sorted; None for a list that cannot be meant.

    Such a list has an empty name, one twice, one not in lower case or not printable, or no `host`.
    """
    try:
        return _signed_lists[text]
    except KeyError:
        pass
    names = text.split(";")
    known = frozenset(names)
    good = (
        "host" in known
        and "" not in known
        and len(known) == len(names)
        and text == text.lower()
        and text.isascii()
        and text.isprintable()
        and " " not in text
    )
    found = tuple(sorted(names)) if good else None
    if len(text) <= 2 * MAX_KEY_ID:
        if len(_signed_lists) >= REMEMBERED:
            _signed_lists.clear()
        _signed_lists[text] = found
    return found


def expired(claim_expires_us: int, now_us: int, expires_in: str | None = None) -> S3Error:
    """The refusal of a URL whose time is over. expires_in: its X-Amz-Expires; SigV2 has none."""
    lifetime = () if expires_in is None else (("X-Amz-Expires", expires_in),)
    return S3Error(
        "AccessDenied",
        "Request has expired",
        detail=(
            *lifetime,
            ("Expires", iso_seconds(claim_expires_us)),
            ("ServerTime", iso_seconds(now_us)),
        ),
    )


def not_signed(names: list[str]) -> S3Error:
    """The refusal of x-amz-* headers that a signature does not cover."""
    return S3Error(
        "AccessDenied",
        "There were headers present in the request which were not signed",
        detail=(("HeadersNotSigned", ", ".join(names)),),
    )


def mismatch(
    access_key_id: str, signature: str, text: str, canonical: bytes | None = None
) -> S3Error:
    """The refusal of a signature, with what the server signed, so that a signer can compare.

    text: the string to sign. Neither it nor the canonical request is of use without the secret.
    """
    detail = [
        ("AWSAccessKeyId", access_key_id),
        ("StringToSign", text),
        ("SignatureProvided", signature),
        ("StringToSignBytes", text.encode().hex(" ")),
    ]
    if canonical is not None:
        detail.append(("CanonicalRequest", canonical.decode("utf-8", "replace")))
        detail.append(("CanonicalRequestBytes", canonical.hex(" ")))
    return S3Error("SignatureDoesNotMatch", detail=detail)


def _split(credential: str, refuse: Refusals, services: frozenset[str]) -> Scope:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or "" in parts:
        raise refuse(
            "the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    access_key_id, date, region, service, terminator = parts
    if service not in services:
        raise _wrong_service(service, refuse, services)
    if terminator != sigv4.TERMINATOR:
        raise refuse(f'incorrect terminal "{terminator}". This endpoint uses "{sigv4.TERMINATOR}".')
    if _midnight(date) is None:
        raise refuse(
            f'incorrect date format "{date}". This date in the credential must be in the format '
            '"yyyyMMdd".'
        )
    return Scope(access_key_id, date, region, service, sigv4.scope(date, region, service))


def _wrong_service(service: str, refuse: Refusals, services: frozenset[str]) -> S3Error:
    ours = '" or "'.join(sorted(services))
    return refuse(f'incorrect service "{service}". This endpoint belongs to "{ours}".')


def _midnight(day: str) -> int | None:
    """Seconds of the first instant of "YYYYMMDD"; None for no real day."""
    if len(day) != 8 or not day.isascii() or not day.isdigit():
        return None
    try:
        return timegm(calendar_date(int(day[:4]), int(day[4:6]), int(day[6:])).timetuple())
    except ValueError:
        return None
