"""Read the XML that S3 answers with, into plain values.

Answers come from whatever server was asked: parsed without DTDs or entities, and only so many
bytes of them. This file never sends anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http.client import responses
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from narthex.cli.failure import Failure, ServiceError

MOST_BYTES = 64 * 1024 * 1024  # the longest answer read whole; a page of 1000 keys has about 1 MiB


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing. modified: aware. etag: with its quotes, as sent."""

    key: str
    size: int
    modified: datetime
    etag: str
    storage_class: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, in the server's order. token: None on the last page."""

    objects: tuple[Listed, ...]
    prefixes: tuple[str, ...]
    token: str | None


@dataclass(frozen=True, slots=True)
class ListedBucket:
    """One bucket. created: aware."""

    name: str
    created: datetime


def read_document(operation: str, body: bytes) -> Element:
    """The root element, names without namespace. Raises Failure when it is not (safe) XML."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Failure(
            f"The answer to the {operation} operation is not XML that can be read"
        ) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def read_error(operation: str, status: int, body: bytes) -> ServiceError:
    """A refusal; without a document (HEAD, a proxy's page) its code is the status."""
    fields: dict[str, str] = {}
    try:
        root = read_document(operation, body) if body else None
    except Failure:
        root = None
    if root is not None:
        error = root if root.tag == "Error" else root.find("Error")
        fields = {} if error is None else {child.tag: child.text or "" for child in error}
    code = fields.get("Code") or str(status)
    message = fields.get("Message") or ("" if "Code" in fields else responses.get(status, ""))
    return ServiceError(operation, status, code, message, fields)


def read_page(body: bytes) -> Page:
    """A ListObjectsV2 answer."""
    root = read_document("ListObjectsV2", body)
    decode = unquote_plus if _text(root, "EncodingType") == "url" else str
    return Page(
        tuple(_listed(item, decode(_text(item, "Key"))) for item in root.iter("Contents")),
        tuple(decode(_text(item, "Prefix")) for item in root.iter("CommonPrefixes")),
        _text(root, "NextContinuationToken") or None
        if _text(root, "IsTruncated") == "true"
        else None,
    )


def _listed(item: Element, key: str) -> Listed:
    return Listed(
        key,
        int(_text(item, "Size") or "0"),
        read_time(_text(item, "LastModified")),
        _text(item, "ETag"),
        _text(item, "StorageClass") or "STANDARD",
    )


def read_buckets(body: bytes) -> tuple[list[ListedBucket], str | None]:
    """A ListBuckets answer: buckets, and the token of the next page."""
    root = read_document("ListBuckets", body)
    buckets = [
        ListedBucket(_text(item, "Name"), read_time(_text(item, "CreationDate")))
        for item in root.iter("Bucket")
    ]
    return buckets, _text(root, "ContinuationToken") or None


def read_deleted(body: bytes) -> Iterator[tuple[str, ServiceError]]:
    """The keys that a DeleteObjects did not delete, and why."""
    for item in read_document("DeleteObjects", body).iter("Error"):
        yield (
            _text(item, "Key"),
            ServiceError("DeleteObjects", 200, _text(item, "Code"), _text(item, "Message")),
        )


def read_tags(body: bytes) -> list[tuple[str, str]]:
    """A GetObjectTagging answer."""
    root = read_document("GetObjectTagging", body)
    return [(_text(item, "Key"), _text(item, "Value")) for item in root.iter("Tag")]


def read_text(operation: str, body: bytes, name: str) -> str:
    """The text of one element of a document; empty when it is not there."""
    return _text(read_document(operation, body), name)


def _text(element: Element, name: str) -> str:
    return element.findtext(name) or ""


def read_time(text: str) -> datetime:
    """A moment of a listing (ISO 8601). Raises Failure when it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Failure(f"The server answered with `{text[:64]}` where a time belongs") from error
