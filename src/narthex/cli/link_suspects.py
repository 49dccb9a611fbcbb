"""Which part of a link differs from what was signed: try one change at a time. Pure.

Needs the secret of the link's key. A signature says only "differs"; but of the ways a link gets
changed on its way, most can be undone, and the one that makes the signature right is the culprit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, unquote

from narthex.cli.link import SIGV2, SIGV4, Link, read_link
from narthex.errors import S3Error
from narthex.http import Headers, Request
from narthex.pure import claims, uri

METHODS = ("GET", "PUT", "HEAD", "DELETE", "POST")
USUAL_SECONDS = (
    60,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    14400,
    21600,
    28800,
    43200,
    86400,
    172800,
    259200,
    432000,
    604800,
)
SIGNING = frozenset(
    (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "AWSAccessKeyId",
        "Signature",
        "Expires",
    )
)


def method_of(link: Link, secret: str, bucket_host: str = "") -> str:
    """The method that the link, as it is, was signed for; empty when for none."""
    return next((name for name in METHODS if _is_right(link, name, secret, bucket_host)), "")


def find_change(link: Link, secret: str, hosts: tuple[str, ...] = ()) -> str:
    """What was changed, in words; empty when no single change explains the signature.

    hosts: names the server is known by, which the signer may have used.
    """
    for what, original in _suspects(link, hosts):
        method = method_of(original, secret)
        if method:
            return what if method == "GET" else f"{what} (and it is a link for {method})"
    return ""


def canonical_of(link: Link, method: str = "GET") -> str:
    """The canonical request of the link as we see it; empty for one that cannot have any."""
    refusal = _refusal(link, method, "no secret at all", "")
    return dict(refusal.detail).get("CanonicalRequest", "") if refusal else ""


def _is_right(link: Link, method: str, secret: str, bucket_host: str) -> bool:
    return _refusal(link, method, secret, bucket_host) is None


def _refusal(link: Link, method: str, secret: str, bucket_host: str) -> S3Error | None:
    """The refusal of a server with this secret, at a moment when the link is in time."""
    headers = Headers((("host", link.host),))
    request = Request(method, link.raw_path, link.raw_query, headers, link.scheme)
    moment = link.signed_at or link.ends
    if moment is None:
        return S3Error("AccessDenied")
    now_us = int(moment.timestamp() * 1_000_000) - (1_000_000 if link.kind == SIGV2 else 0)
    try:
        query = uri.decode_query(link.raw_query)
        claim = claims.read_claim(request, query, now_us=now_us, regions=(), sigv2=True)
        if claim is None:
            return S3Error("AccessDenied")
        claims.verify(claim, request, query, secret, bucket_host=bucket_host)
    except S3Error as error:
        return error
    return None


def _suspects(link: Link, hosts: tuple[str, ...]) -> Iterator[tuple[str, Link]]:
    """(what would have been changed, the link before that change), the likelier first."""
    yield from _other_queries(link)
    for host in hosts:
        if host != link.host:
            yield f"it was signed for the host {host}, not {link.host}", replace(link, host=host)
    yield from _other_paths(link)
    yield from _other_lifetimes(link)


def _other_queries(link: Link) -> Iterator[tuple[str, Link]]:
    parts = link.raw_query.split("&")
    extra = [part for part in parts if unquote(part.partition("=")[0]) not in SIGNING]
    for part in extra:
        rest = "&".join(other for other in parts if other != part)
        name = unquote(part.partition("=")[0])
        yield f"the parameter `{name}` was added or changed", _with_query(link, rest)
    if len(extra) > 1:
        rest = "&".join(part for part in parts if part not in extra)
        names = ", ".join(unquote(part.partition("=")[0]) for part in extra)
        yield f"parameters were added: {names}", _with_query(link, rest)
    if "&amp;" in link.raw_query:
        fixed = link.raw_query.replace("&amp;", "&")
        yield "its `&` were turned into `&amp;`", _with_query(link, fixed)
    trimmed = re.sub(r"[.,;:)>\]\"']+$", "", link.raw_query)
    if trimmed != link.raw_query:
        yield "punctuation sticks to its end", _with_query(link, trimmed)
    lower = re.sub(r"(?<=X-Amz-Signature=)[0-9A-F]{64}", lambda m: m[0].lower(), link.raw_query)
    if lower != link.raw_query:
        yield "its signature was turned into capitals", _with_query(link, lower)
    once = unquote(link.raw_query)
    if "%25" in link.raw_query:
        yield "it was percent-encoded twice", _with_query(link, once)


def _with_query(link: Link, raw_query: str) -> Link:
    return read_link(f"{link.scheme}://{link.host}{link.raw_path}?{raw_query}")


def _other_paths(link: Link) -> Iterator[tuple[str, Link]]:
    path = unquote(link.raw_path)
    spellings = {
        "a `+` in the path stood for a blank": quote(path.replace("+", " "), safe="/~"),
        "the path was percent-encoded twice": quote(unquote(path), safe="/~"),
        "the path was decoded once too often": quote(link.raw_path, safe="/~"),
        "a slash at the end of the path was added": link.raw_path.rstrip("/"),
        "a slash at the end of the path was dropped": link.raw_path + "/",
    }
    for what, raw_path in spellings.items():
        if raw_path and raw_path != link.raw_path:
            yield what, replace(link, raw_path=raw_path)


def _other_lifetimes(link: Link) -> Iterator[tuple[str, Link]]:
    given = link.get("X-Amz-Expires")
    if link.kind != SIGV4 or given is None:
        return
    for seconds in USUAL_SECONDS:
        if str(seconds) != given:
            text = re.sub(r"(?<=X-Amz-Expires=)[^&]*", str(seconds), link.raw_query)
            what = f"X-Amz-Expires was changed from {seconds} to {given}"
            yield what, _with_query(link, text)
