"""Who says they sent this request, and did they sign it? The one door of authentication. Pure.

This file never looks a key up: `read_claim` names the key, the caller finds its secret, `verify`
judges. INVARIANT: whatever looks like authentication is verified or refused; only a request with
no trace of it is anonymous. Signatures are compared in constant time.

The order of refusals is AWS's: mechanism, parameters, scope, time; (the caller: key, token;) then
headers that were not signed, and the signature. So a URL both forged and expired answers
"expired", and tells nothing about its key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace

from narthex.errors import S3Error, invalid_argument
from narthex.http import Pairs, Request
from narthex.pure import canonical, claim, payload, sigv4, sigv4_header, sigv4_query, uri
from narthex.pure import sigv2 as sigv2_links
from narthex.pure.claim import Claim, Scope

__all__ = ["Claim", "Scope", "read_claim", "verify"]

S3 = frozenset(["s3"])
SPELLED = {
    name: name.lower()
    for name in "X-Amz-Algorithm X-Amz-Credential X-Amz-Date X-Amz-Expires X-Amz-SignedHeaders "
    "X-Amz-Security-Token X-Amz-Signature".split()
}
DEFAULT_PORTS = (":80", ":443")


def read_claim(
    request: Request,
    query: Pairs,
    *,
    now_us: int,
    regions: tuple[str, ...],
    sigv2: bool,
    services: frozenset[str] = S3,
) -> Claim | None:
    """What the request says of its signer, when it is well-formed and in time; None if nothing.

    query: decoded. regions: those a scope may name, ours first; empty accepts any. sigv2: whether
    SigV2 links are taken. services: those a scope may name. Raises S3Error.
    """
    v4, v2 = _sent(query)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        found = _read_header(authorization, request, v4, v2, now_us, services, regions)
    elif not v4.keys().isdisjoint(sigv4_query.DETECTED):
        if v2.keys() - {"Expires"}:
            raise _one_only("Signature", v2.get("Signature", ""))
        found = sigv4_query.read(v4, request, now_us, services, regions)
    elif v2:
        if not sigv2 or "s3" not in services:
            raise sigv2_links.not_supported()
        found = sigv2_links.read(v2, request, query, now_us)
    else:
        return None
    claim.check_access_key_id(found.access_key_id)
    return found


def verify(
    claimed: Claim,
    request: Request,
    query: Pairs,
    secret: str,
    *,
    bucket_host: str = "",
    payload_hash: str = "",
) -> None:
    """Refuse unless the request was signed with `secret`.

    bucket_host: the bucket that the Host header named, which SigV2 signs. payload_hash: SHA-256 of
    the body in hex, for claims that say nothing of it (services other than S3); S3's claims do.
    A path whose beginning a proxy took away may be signed with it, as clients do, or without, as
    our own links are. Raises SignatureDoesNotMatch; AccessDenied when x-amz-* headers are not
    signed.
    """
    if request.sent_path:
        whole = replace(request, raw_path=request.sent_path, sent_path="")
        try:
            verify(
                claimed, whole, query, secret, bucket_host=bucket_host, payload_hash=payload_hash
            )
        except S3Error as error:
            if error.code != "SignatureDoesNotMatch":
                raise
        else:
            return
    if claimed.version == claim.SIGV2:
        sigv2_links.verify(claimed, request, query, secret, bucket_host)
        return
    _refuse_unsigned_headers(claimed, request)
    host = request.headers.get("host") or ""
    signed, text = _match(claimed, request, query, secret, payload_hash, host)
    if signed is None:
        return
    for other in _other_hosts(host):
        if _match(claimed, request, query, secret, payload_hash, other)[0] is None:
            return
    raise claim.mismatch(claimed.access_key_id, claimed.signature, signed, text)


def _sent(query: Pairs) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters of both mechanisms that a query has: SigV4's by lower-case name, SigV2's.

    Raises for one that is given twice: both are signed, but which counts must not be a guess.
    """
    v4: dict[str, str] = {}
    v2: dict[str, str] = {}
    for name, value in query:
        lower = SPELLED.get(name) or name.lower()
        if lower in sigv4_query.PARAMETERS:
            if lower in v4:
                raise S3Error(sigv4_query.CODE, f"{name} must be given once")
            v4[lower] = value
        elif name in sigv2_links.PARAMETERS:
            if name in v2:
                raise S3Error("AccessDenied", f"{name} must be given once")
            v2[name] = value
    return v4, v2


def _read_header(
    authorization: str,
    request: Request,
    v4: dict[str, str],
    v2: dict[str, str],
    now_us: int,
    services: frozenset[str],
    regions: tuple[str, ...],
) -> Claim:
    if not v4.keys().isdisjoint(sigv4_query.DETECTED) or v2.keys() - {"Expires"}:
        raise _one_only("Authorization", authorization)
    if len(request.headers.all("authorization")) > 1:
        raise _one_only("Authorization", authorization)
    scheme = sigv4_header.scheme(authorization)
    if scheme == claim.SIGV2:
        raise sigv2_links.not_supported()
    if scheme != claim.SIGV4:
        raise invalid_argument("Unsupported Authorization Type", "Authorization", authorization)
    return sigv4_header.read(authorization, request, now_us, services, regions)


def _one_only(name: str, value: str) -> S3Error:
    return invalid_argument(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
        "query string parameter or the Authorization header should be specified",
        name,
        value,
    )


def _refuse_unsigned_headers(claimed: Claim, request: Request) -> None:
    """x-amz-* headers act, so whoever holds a link must not be able to add one.

    One is tolerated on links, as on AWS: a content hash, which is then ignored.
    """
    signed = claimed.signed_headers
    unsigned = [name for name, _ in request.headers if name[:6] == "x-amz-" and name not in signed]
    if unsigned and claimed.kind == claim.QUERY:
        unsigned = [name for name in unsigned if name != payload.HEADER]
    if unsigned:
        raise claim.not_signed(list(dict.fromkeys(unsigned)))


def _match(
    claimed: Claim, request: Request, query: Pairs, secret: str, payload_hash: str, host: str
) -> tuple[str | None, bytes]:
    """The string to sign, None when its signature is the claimed one; and the canonical request.

    A signed header that was not sent matches nothing: it cannot have been signed.
    """
    scope = claimed.scope
    path = canonical.canonical_path(request.raw_path)
    if scope.service != "s3":
        path = uri.encode_path(path)
    names = claimed.signed_headers
    lines, complete = canonical.header_lines(names, request.headers, query, host)
    text = sigv4.canonical_request(
        request.method,
        path,
        canonical.canonical_query(request.raw_query, query),
        lines,
        ";".join(names),
        claimed.payload or payload_hash,
    ).encode("latin-1")
    signed = sigv4.string_to_sign(claimed.timestamp, scope.text, text)
    key = sigv4.signing_key(secret, scope.date, scope.region, scope.service)
    computed = key.sign(signed.encode()).encode()
    if complete and hmac.compare_digest(computed, claimed.signature.encode()):
        return None, text
    return signed, text


def _other_hosts(host: str) -> Iterator[str]:
    """Equals of a Host header: in lower case, with and without a default port.

    Signers leave a default port out; clients and proxies between may put it back, or drop it.
    """
    lower = host.lower()
    if lower != host:
        yield lower
    for port in DEFAULT_PORTS:
        yield lower.removesuffix(port) if lower.endswith(port) else lower + port
