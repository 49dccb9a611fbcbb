"""Signed requests for tests: the vectors, and links and headers made of the published example key.

Nothing here is narthex's own signing but `sigv4`, which the vectors prove.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from narthex.http import Headers, Request
from narthex.pure import claims, sigv4, uri
from narthex.pure.claim import Claim, parse_timestamp

VECTORS = Path(__file__).parent.parent / "vectors" / "sigv4"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
SECOND = 1_000_000
STAMP = "20261124T120000Z"
NOON = parse_timestamp(STAMP) or 0
HOST = "narthex.test:9000"
EMPTY = sigv4.EMPTY_SHA256
Pairs = tuple[tuple[str, str], ...]


def vectors(name: str) -> dict[str, Any]:
    """One file of vectors."""
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return found


def cases(name: str) -> list[Any]:
    """The cases of a file of vectors, for `parametrize`."""
    found: list[Any] = vectors(name)["cases"]
    return found


def with_headers(request: Request, *headers: tuple[str, str]) -> Request:
    """The request with more headers."""
    return replace(request, headers=Headers((*request.headers.pairs, *headers)))


def signed(
    method: str = "GET",
    raw_path: str = "/bucket/key",
    query: Pairs = (),
    headers: Pairs = (("host", HOST),),
    *,
    payload: str = EMPTY,
    service: str = "s3",
    region: str = REGION,
    token: str | None = None,
    now_us: int = NOON,
) -> Request:
    """A request signed in its headers."""
    keys = sigv4.Credentials(ACCESS_KEY, SECRET, token)
    added = sigv4.sign_headers(
        method, raw_path, query, headers, payload, keys, region, service, now_us
    )
    return Request(method, raw_path, uri.join_query(query), Headers((*headers, *added)))


@dataclass(frozen=True)
class Link:
    """A pre-signed URL in parts, each of which a test may change before it is signed."""

    method: str = "GET"
    raw_path: str = "/bucket/key"
    query: Pairs = ()
    headers: Pairs = (("host", HOST),)
    stamp: str = STAMP
    expires: str = "3600"
    credential: str = f"{ACCESS_KEY}/20261124/{REGION}/s3/aws4_request"
    names: str = "host"
    algorithm: str = "AWS4-HMAC-SHA256"
    token: str | None = None
    payload: str = "UNSIGNED-PAYLOAD"

    def parameters(self) -> dict[str, str]:
        """What signing adds to the query, without the signature."""
        found = {
            "X-Amz-Algorithm": self.algorithm,
            "X-Amz-Credential": self.credential,
            "X-Amz-Date": self.stamp,
            "X-Amz-Expires": self.expires,
            "X-Amz-SignedHeaders": self.names,
        }
        if self.token is not None:
            found["X-Amz-Security-Token"] = self.token
        return found

    def request(self) -> Request:
        """The signed request."""
        sent = (*self.query, *self.parameters().items())
        lines = "".join(
            f"{name}:{dict(self.headers).get(name) or dict(self.query).get(name, '')}\n"
            for name in sorted(self.names.split(";"))
        )
        path = uri.encode_path(uri.decode_path(self.raw_path))
        text = sigv4.canonical_request(
            self.method,
            path,
            uri.join_query(sent),
            lines,
            ";".join(sorted(self.names.split(";"))),
            self.payload,
        )
        parts = self.credential.rsplit("/", 4)
        scope = "/".join(parts[1:])
        date, region, service = (*parts[1:4], "", "", "")[:3]
        key = sigv4.signing_key(SECRET, date, region, service)
        signature = key.sign(sigv4.string_to_sign(self.stamp, scope, text.encode()).encode())
        raw = query_text((*sent, ("X-Amz-Signature", signature)))
        return Request(self.method, self.raw_path, raw, Headers(self.headers))


def query_text(pairs: Iterable[tuple[str, str]]) -> str:
    """A query as clients write it, in the order given."""
    return "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs)


def with_parameters(request: Request, changed: Mapping[str, str | None]) -> Request:
    """The request with parameters of its query set, or left out when None."""
    pairs = dict(uri.decode_query(request.raw_query))
    for name, value in changed.items():
        if value is None:
            pairs.pop(name, None)
        else:
            pairs[name] = value
    return replace(request, raw_query=query_text(pairs.items()))


def read(request: Request, now_us: int = NOON, **settings: Any) -> Claim:
    """The claim of a request; it must have one."""
    found = read_any(request, now_us, **settings)
    assert found is not None
    return found


def read_any(request: Request, now_us: int = NOON, **settings: Any) -> Claim | None:
    """The claim of a request, or None."""
    given: dict[str, Any] = {"regions": (REGION,), "sigv2": True, **settings}
    return claims.read_claim(request, uri.decode_query(request.raw_query), now_us=now_us, **given)


def check(
    request: Request,
    now_us: int = NOON,
    *,
    secret: str = SECRET,
    bucket_host: str = "",
    payload_hash: str = "",
    **settings: Any,
) -> Claim:
    """Read the claim and verify it; the claim when it is good."""
    found = read(request, now_us, **settings)
    query = uri.decode_query(request.raw_query)
    claims.verify(found, request, query, secret, bucket_host=bucket_host, payload_hash=payload_hash)
    return found
