"""SigV2 pre-signed URLs: read the claim, and verify it. Pure.

This file never takes a SigV2 Authorization header, and never a URL that outlives a week: HMAC-SHA1
over few of a request's parts is kept only because AWS's own tools still make such links.
INVARIANT: a parameter that chooses another operation is part of what was signed, also where AWS's
list is older than the operation; else the holder of a link could turn it into another one.

Source: Amazon S3 developer guide, "Signing and authenticating REST requests".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping

from narthex.errors import S3Error
from narthex.http import Pairs, Request
from narthex.pure import canonical, claim, payload, sigv4
from narthex.pure.claim import MAX_SKEW_US, SECOND_US, Claim, Scope
from narthex.pure.times import iso_seconds

PARAMETERS = frozenset(["AWSAccessKeyId", "Signature", "Expires"])
METHODS = frozenset(["GET", "HEAD", "PUT", "DELETE"])
MAX_LIFETIME_US = sigv4.MAX_EXPIRES * SECOND_US
HINT = "set signature_version = s3v4"

# Parameters of the signed resource. Source: the guide above, and what AWS's SDKs sign.
_LISTED = frozenset(
    "accelerate acl cors defaultObjectAcl location logging partNumber policy requestPayment "
    "torrent versioning versionId versions website uploads uploadId response-content-type "
    "response-content-language response-expires response-cache-control "
    "response-content-disposition response-content-encoding delete lifecycle tagging restore "
    "storageClass notification replication analytics metrics inventory select select-type "
    "object-lock".split()
)
# Sub-resources that are younger than SigV2. No SigV2 signer signs them, so no such link verifies.
_YOUNGER = frozenset(
    "abac annotation annotations attributes encryption intelligent-tiering legal-hold "
    "metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable "
    "ownershipControls policyStatus publicAccessBlock renameObject retention session".split()
)
SIGNED_PARAMETERS = _LISTED | _YOUNGER

_is_epoch = re.compile(r"[0-9]{1,12}", re.ASCII).fullmatch


def not_supported() -> S3Error:
    """The refusal of SigV2 where it is not taken: always in headers, in URLs by a setting."""
    return S3Error(
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use "
        "AWS4-HMAC-SHA256.",
        detail=(("Hint", HINT),),
    )


def read(sent: Mapping[str, str], request: Request, query: Pairs, now_us: int) -> Claim:
    """The claim of a URL that is in time. sent: PARAMETERS by name, each given once.

    Raises AccessDenied for a missing parameter, a bad or too distant Expires and a URL whose time
    is over; InvalidRequest for other methods than GET, HEAD, PUT and DELETE.
    """
    if request.method not in METHODS:
        raise not_supported()
    if len(sent) < len(PARAMETERS):
        raise S3Error(
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
            "parameters",
        )
    expires = sent["Expires"]
    if not _is_epoch(expires):
        raise S3Error("AccessDenied", f"Invalid date (should be seconds since epoch): {expires}")
    expires_us = int(expires) * SECOND_US
    if now_us >= expires_us:
        raise claim.expired(expires_us, now_us)
    if expires_us > now_us + MAX_LIFETIME_US + MAX_SKEW_US:
        raise S3Error(
            "AccessDenied",
            "Expires must be less than a week ahead of the server's time",
            detail=(("Expires", expires), ("ServerTime", iso_seconds(now_us))),
        )
    return Claim(
        claim.QUERY,
        claim.SIGV2,
        Scope(sent["AWSAccessKeyId"], "", "", "s3", ""),
        expires,
        None,
        None,
        (),
        payload.check_payload(_field(request, query, payload.HEADER) or sigv4.UNSIGNED),
        sent["Signature"],
        _field(request, query, claim.SESSION_HEADER),
    )


def verify(claimed: Claim, request: Request, query: Pairs, secret: str, bucket_host: str) -> None:
    """Refuse unless the URL was signed with `secret`. Raises SignatureDoesNotMatch.

    bucket_host: the bucket that the Host header named; it is part of the signed resource.
    """
    head = "\n".join(
        (
            request.method,
            _field(request, query, "content-md5") or "",
            _field(request, query, "content-type") or "",
            claimed.timestamp,
            *_amz_lines(request, query),
        )
    )
    given = claimed.signature.encode()
    key = secret.encode()
    for resource in _resources(request, query, bucket_host):
        text = f"{head}\n{resource}".encode("latin-1")
        expected = b64encode(hmac.digest(key, text, hashlib.sha1))
        if hmac.compare_digest(expected, given):
            return
    first = next(_resources(request, query, bucket_host))
    signed = f"{head}\n{first}".encode("latin-1").decode("utf-8", "replace")
    raise claim.mismatch(claimed.access_key_id, claimed.signature, signed)


def _amz_lines(request: Request, query: Pairs) -> list[str]:
    """The x-amz-* headers, and those that signers moved into the query, as "name:value"."""
    values: dict[str, list[str]] = {}
    for name, value in request.headers:
        if name.startswith("x-amz-"):
            values.setdefault(name, []).append(value.strip())
    for name, value in query:
        lower = name.lower()
        if lower.startswith("x-amz-"):
            text = canonical.wire(value.strip())
            known = values.setdefault(canonical.wire(lower), [])
            if text not in known:  # sent twice, as header and as parameter, it is one value
                known.append(text)
    return [f"{name}:{','.join(values[name])}" for name in sorted(values)]


def _resources(request: Request, query: Pairs, bucket_host: str) -> Iterator[str]:
    """The spellings of the signed resource, the usual one first.

    The path is signed as it was sent, but some clients encode it again on the way, and botocore
    signs `/b/` for a bucket and sends `/b`. A parameter without a value is signed without `=`, or
    with it where the client sends it so.
    """
    raw = request.raw_path
    paths = [raw, canonical.canonical_path(raw)]
    if bucket_host:
        paths = [f"/{bucket_host}{path}" for path in paths]
    elif "/" not in raw[1:]:
        paths = [f"{path}/" for path in paths] + paths if len(raw) > 1 else paths
    signed = sorted((pair for pair in query if pair[0] in SIGNED_PARAMETERS), key=lambda p: p[0])
    bare = "&".join(
        [f"{name}={canonical.wire(value)}" if value else name for name, value in signed]
    )
    full = "&".join([f"{name}={canonical.wire(value)}" for name, value in signed])
    for path in dict.fromkeys(paths):
        for parameters in dict.fromkeys((bare, full)):
            yield f"{path}?{parameters}" if parameters else path


def _field(request: Request, query: Pairs, name: str) -> str | None:
    """A header, or the parameter that signers make of it; as the wire has it."""
    value = request.headers.get(name)
    if value is not None:
        return value.strip()
    for key, text in query:
        if key.lower() == name:
            return canonical.wire(text)
    return None
