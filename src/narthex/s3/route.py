"""What a request asks for: its bucket, its key, and the one operation that answers it.

This file never looks anything up and never falls through: a sub-resource that S3 knows and
narthex does not answers NotImplemented, whatever the plain operation would have done.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import lru_cache

from narthex.errors import S3Error
from narthex.http import Pairs, Request
from narthex.pure import names, uri
from narthex.s3 import operations as operations_package
from narthex.s3.operation import Operation, Target, declared

# Query parameters that choose another operation than the plain one. Closed: one that AWS adds
# later is an unknown parameter, and those are refused on every method that changes something.
# Source: the S3 API's operations and their request URIs.
SUBRESOURCES = frozenset(
    "abac accelerate acl analytics annotation annotations attributes cors delete encryption "
    "intelligent-tiering inventory legal-hold lifecycle location logging metadataConfiguration "
    "metadataInventoryTable metadataJournalTable metadataTable metrics notification object-lock "
    "ownershipControls policy policyStatus publicAccessBlock renameObject replication "
    "requestPayment restore retention select session tagging torrent uploadId uploads versioning "
    "versions website".split()
)
# Parameters of the plain operations on methods that change something.
PLAIN = frozenset(["partnumber", "versionid", "x-id", "select-type"])
# Parameters of every pre-signed URL, by lower-case name (SigV2's hoisted headers included).
SIGNING = frozenset(
    ["awsaccesskeyid", "signature", "expires", "content-type", "content-md5", "date"]
)
# Conditions and entity headers that SDKs hoist into the query of a pre-signed PUT.
HOISTED = frozenset(
    "if-match if-none-match cache-control content-disposition content-encoding content-language "
    "content-length".split()
)
RESPONSE = "response-"
# S3 Control: https://<account>.s3-control... on AWS, told by its header and its one path here.
CONTROL = "/v20180820/configuration/publicAccessBlock"
CONTROL_HEADER = "x-amz-account-id"
COPY_SOURCE = "x-amz-copy-source"
CHANGING = frozenset(["PUT", "POST", "DELETE"])
METHODS = frozenset(["GET", "HEAD", "PUT", "POST", "DELETE"])
# Links come again and again; an unusually long target is understood anew, to bound the memory.
REMEMBERED = 2048
REMEMBERED_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Route:
    """An operation and its target. bucket and key are "" where the target has none."""

    operation: Operation
    bucket: str
    key: str
    host_bucket: str = ""  # the bucket, when the Host header named it


def route(request: Request, domains: tuple[str, ...]) -> tuple[Route, Pairs]:
    """The operation a request asks for, and its decoded query. Raises S3Error when there is none.

    domains: names whose subdomains are buckets.
    """
    method, path, query = request.method, request.raw_path, request.raw_query
    host = (request.headers.get("host") or "") if domains else ""
    copies = COPY_SOURCE in request.headers
    if path == CONTROL and CONTROL_HEADER in request.headers:
        return _control(method), uri.decode_query(query)
    if len(path) + len(query) > REMEMBERED_BYTES:
        return _understand.__wrapped__(method, path, query, host, domains, copies)
    return _understand(method, path, query, host, domains, copies)


@lru_cache(REMEMBERED)
def _understand(
    method: str, raw_path: str, raw_query: str, host: str, domains: tuple[str, ...], copies: bool
) -> tuple[Route, Pairs]:
    query = uri.decode_query(raw_query)
    host_bucket = bucket_of_host(host, domains)
    bucket, key, target = locate(raw_path, host_bucket)
    if method not in METHODS:
        raise _not_allowed(method, target)
    chosen = selector(method, query, target, copies)
    operation = _table().get((method, target, chosen))
    if operation is None:
        if chosen:
            raise S3Error("NotImplemented", f"`{chosen}` is not implemented for this method")
        raise _not_allowed(method, target)
    if target != "service":
        names.check_bucket_name(bucket)
    if target == "object":
        names.check_key(key)
    return Route(operation, bucket, key, host_bucket), query


def _control(method: str) -> Route:
    """An operation of S3 Control. The path alone could be an object's: the header tells."""
    operation = _table().get((method, "account", ""))
    if operation is None:
        raise _not_allowed(method, "account")
    return Route(operation, "", "")


def locate(raw_path: str, host_bucket: str) -> tuple[str, str, Target]:
    """Bucket, key and kind of target. The path is split before it is decoded: `%2F` is no slash."""
    if host_bucket:
        bucket, rest = host_bucket, raw_path[1:]
    else:
        raw_bucket, _, rest = raw_path[1:].partition("/")
        bucket = uri.decode_path(raw_bucket)
        if not bucket and not rest:
            return "", "", "service"
    if not rest:
        return bucket, "", "bucket"
    return bucket, uri.decode_path(rest), "object"


def bucket_of_host(host: str, domains: tuple[str, ...]) -> str:
    """The bucket a virtual-host style Host header names; "" for path style."""
    if not domains:
        return ""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.lower()
    for domain in domains:
        if name.endswith("." + domain):
            return name[: -len(domain) - 1]
    return ""


def selector(method: str, query: Pairs, target: Target, copies: bool) -> str:
    """The sub-resource that picks the operation; "" for the plain one.

    copies: whether x-amz-copy-source was sent as a header; it may be signed into the query instead.
    Raises InvalidArgument when two of them are given, NotImplemented for an unknown parameter on
    a method that changes something.
    """
    chosen = {name for name, _ in query if name in SUBRESOURCES}
    if len(chosen) > 1:
        raise S3Error(
            "InvalidArgument",
            "Conflicting query string parameters: " + ", ".join(sorted(chosen)),
            detail=(("ArgumentName", "ResourceType"), ("ArgumentValue", sorted(chosen)[0])),
        )
    if method in CHANGING:
        _refuse_unknown(query)
    found = next(iter(chosen), "")
    if target == "object" and method == "PUT":
        part = any(name == "partNumber" for name, _ in query)
        if part and not found:
            raise S3Error("InvalidArgument", "partNumber needs an uploadId")
        if copies or any(name.lower() == COPY_SOURCE for name, _ in query):
            found = f"{found}&copy" if found else "copy"
    if target == "bucket" and not found and ("list-type", "2") in query:
        found = "list-type=2"
    return found


def _refuse_unknown(query: Pairs) -> None:
    for name, _ in query:
        lower = name.lower()
        if (
            name in SUBRESOURCES
            or lower.startswith(("x-", RESPONSE))
            or lower in PLAIN
            or lower in SIGNING
            or lower in HOISTED
        ):
            continue
        raise S3Error(
            "NotImplemented", f"the query parameter `{name[:64]}` is not known for this method"
        )


def _not_allowed(method: str, target: Target) -> S3Error:
    allowed = sorted({m for m, kind, chosen in _table() if kind == target and not chosen})
    return S3Error(
        "MethodNotAllowed",
        detail=(("Method", method), ("ResourceType", target.upper())),
        headers=(("allow", ", ".join(allowed)),),
    )


_found = False


def _table() -> dict[tuple[str, str, str], Operation]:
    global _found  # noqa: PLW0603 - the package is read once, on the first request
    if not _found:
        for module in pkgutil.iter_modules(operations_package.__path__):
            importlib.import_module(f"{operations_package.__name__}.{module.name}")
        _found = True
    return declared()
