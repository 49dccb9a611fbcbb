"""A pasted URL, read: a short link, or a pre-signed URL and what its signature claims.

This file never asks whether it works, and never keeps it: what is remembered of it is a digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from narthex.api.errors import invalid
from narthex.config import Settings
from narthex.errors import S3Error
from narthex.forwarded import below
from narthex.http import Headers, Request
from narthex.ledger.errors import LedgerError
from narthex.ledger.links import SHORT
from narthex.pure import claims, uri
from narthex.pure.claim import QUERY
from narthex.pure.claims import Claim
from narthex.s3.route import bucket_of_host

ARN = "arn:aws:s3:::"
LONGEST = 16 * 1024  # characters
SIGNED = ("GET", "PUT", "HEAD", "DELETE", "POST")  # methods, the likeliest first


@dataclass(frozen=True, slots=True)
class ShortLink:
    """The token of a short link."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedLink:
    """A pre-signed URL. path: raw. arn: of what it is about, as a path-style URL says it."""

    claim: Claim
    path: str
    arn: str
    host: str
    query: str = field(repr=False)

    def is_signed_with(self, secret: str, settings: Settings) -> bool:
        """Whether this secret has signed it, as far as a URL alone can tell.

        A damaged URL must not pass for taken back while the whole one still works. Its method is
        not in it, so each is tried; with other headers signed than the host nothing can be told.
        """
        if self.claim.signed_headers not in (("host",), ()):
            return True
        prefix = urlsplit(settings.public_url).path.rstrip("/")
        paths = {self.path, self.path.removeprefix(prefix)}
        return any(
            self._fits(secret, method, path, settings) for path in paths for method in SIGNED
        )

    def _fits(self, secret: str, method: str, path: str, settings: Settings) -> bool:
        request = Request(method, path, self.query, Headers([("host", self.host)]))
        bucket = bucket_of_host(self.host, settings.domain)
        try:
            query = uri.decode_query(self.query)
            claims.verify(self.claim, request, query, secret, bucket_host=bucket)
        except S3Error:
            return False
        return True


def read_url(url: str, now_us: int, settings: Settings) -> ShortLink | SignedLink:
    """What a URL is. Raises InvalidArgument; NoSuchLink when it has expired by itself."""
    text = url.strip()
    parts = _split(text)
    _, short, token = parts.path.rpartition(SHORT)
    if short and token and not parts.query:
        return ShortLink(token.rstrip("/"))
    request = Request("GET", parts.path, parts.query, Headers([("host", parts.netloc)]))
    try:
        query = uri.decode_query(parts.query)
        claim = claims.read_claim(request, query, now_us=now_us, regions=(), sigv2=True)
    except S3Error as error:
        if error.message == "Request has expired":
            raise LedgerError("NoSuchLink", "this URL has expired by itself", "url") from error
        raise invalid("url", f"this is no URL that works: {error.message}") from error
    if claim is None or claim.kind != QUERY:
        raise invalid("url", "this is neither a short link nor a pre-signed URL")
    public = below(settings.public_url)  # no bucket is called like its path
    path = parts.path if public is None else parts.path.removeprefix(public.path)
    arn = f"{ARN}{_decoded(path)}"
    return SignedLink(claim, parts.path, arn, parts.netloc, parts.query)


def _split(text: str) -> _Parts:
    if len(text) > LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise invalid("url", "this is no URL")
    try:
        found = urlsplit(text)
    except ValueError as error:
        raise invalid("url", "this is no URL") from error
    if found.scheme not in ("http", "https") or not found.netloc:
        raise invalid("url", "this is no URL with http:// or https:// in front")
    return _Parts(found.netloc, found.path, found.query)


def _decoded(path: str) -> str:
    try:
        return uri.decode_path(path[1:])
    except S3Error as error:
        raise invalid("url", "its path is not percent-encoded UTF-8") from error


@dataclass(frozen=True, slots=True)
class _Parts:
    netloc: str
    path: str
    query: str
