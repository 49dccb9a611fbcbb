"""Cross-origin requests: what the bucket's rules tell a browser, before a request and with it.

This file never authenticates and never authorises: a preflight carries no credentials, and what it
learns is only what the bucket's owner wrote for browsers to read. Requests without an Origin header
never come here.
"""

from __future__ import annotations

from narthex.catalog import Reader, buckets, recall
from narthex.errors import Corrupt, S3Error
from narthex.http import Pairs, Request, Response
from narthex.model import Bucket
from narthex.pure import cors
from narthex.pure.cors import Rule
from narthex.s3.route import bucket_of_host, locate
from narthex.server import Server

CORS = "cors"  # the kind of document that is kept of a bucket
REMEMBERED = 4096  # buckets

# INVARIANT: what is remembered counts only while the bucket's revision stands (see `rules`).
_remembered: dict[str, tuple[int, tuple[Rule, ...]]] = {}


async def cors_headers(request: Request, server: Server) -> Pairs:
    """The headers with which every answer to this request is told to the page behind it.

    None for a request without Origin, without a bucket, and when no rule of it matches.
    """
    headers = request.headers
    origin = headers.get("origin")
    if origin is None:
        return ()
    bucket = await _bucket(request, server)
    if bucket is None:
        return ()
    asked = cors.ask(
        origin,
        request.method,
        headers.get("access-control-request-method"),
        headers.get("access-control-request-headers"),
    )
    rule = cors.select(await _rules(server.catalog, bucket), asked)
    return () if rule is None else cors.answer(rule, asked)


async def preflight(request: Request, told: Pairs, server: Server) -> Response:
    """The answer to OPTIONS. told: what `cors_headers` said; the caller adds it to the answer.

    Raises BadRequest without an Origin, AccessForbidden when no rule matches.
    """
    headers = request.headers
    if "origin" not in headers:
        raise S3Error("BadRequest", "Insufficient information. Origin request header needed.")
    if told:
        return Response(200, (("content-length", "0"),))
    method = headers.get("access-control-request-method") or request.method
    bucket = await _bucket(request, server)
    if bucket is None:
        raise _forbidden("Bucket not found", method, "BUCKET")
    if not await _rules(server.catalog, bucket):
        raise _forbidden("CORS is not enabled for this bucket.", method, "BUCKET")
    raise _forbidden(
        "This CORS request is not allowed. This is usually because the evalution of Origin, "
        "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not "
        "whitelisted by the resource's CORS spec.",
        method,
        "OBJECT",
    )


async def _rules(reader: Reader, bucket: Bucket) -> tuple[Rule, ...]:
    """The rules of a bucket as they are now. Raises Corrupt: never taken for absent."""
    if not bucket.revision:
        return ()
    found = _remembered.get(bucket.id)
    if found is not None and found[0] == bucket.revision:
        return found[1]
    text = await buckets.attached(reader, bucket.id, CORS)
    try:
        rules = () if text is None else cors.read(text.encode())
    except S3Error as error:
        raise Corrupt(f"the cors rules of bucket {bucket.id} cannot be read") from error
    if len(_remembered) >= REMEMBERED:
        del _remembered[next(iter(_remembered))]
    _remembered[bucket.id] = (bucket.revision, rules)
    return rules


async def _bucket(request: Request, server: Server) -> Bucket | None:
    host = bucket_of_host(request.headers.get("host") or "", server.settings.domain)
    name, _, _ = locate(request.raw_path, host)
    return await recall(server.catalog, buckets.find, name)


def _forbidden(reason: str, method: str, kind: str) -> S3Error:
    return S3Error(
        "AccessForbidden",
        f"CORSResponse: {reason}",
        detail=(("Method", method[:64]), ("ResourceType", kind)),
    )
