"""The documents that S3 requests carry, read into values. Pure.

This file never acts on a document and never passes over what it does not know: an element that is
not in a document's schema may be a condition, and is refused.
Source: Amazon S3 API reference; the request shapes of the S3 service model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from narthex.errors import S3Error, invalid_argument
from narthex.http import Pairs
from narthex.model import Checksum
from narthex.pure import checksums, part_checksums, xml

MOST_DELETED = 1000
MOST_PARTS = 10_000
# Known to S3 where narthex has no answer yet: refused, since ignoring a condition is no answer.
DELETE_CONDITIONS = ("LastModifiedTime", "Size")
CREATE_OPTIONS = ("Location", "Bucket", "Tags")

_REGION = re.compile(r"[A-Za-z0-9-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_CHECKSUMS = {checksums.element(algorithm): algorithm for algorithm in checksums.ALGORITHMS}
# What the children of an element may be called: those it must have, and all it may have.
_Schema = tuple[frozenset[str], frozenset[str]]
_PART: _Schema = (
    frozenset(["PartNumber", "ETag"]),
    frozenset(["PartNumber", "ETag", *_CHECKSUMS]),
)
_OBJECT: _Schema = (frozenset(["Key"]), frozenset(["Key", "VersionId", "ETag"]))
_TAG: _Schema = (frozenset(["Key", "Value"]), frozenset(["Key", "Value"]))
_CREATE: _Schema = (frozenset(), frozenset(["LocationConstraint"]))


@dataclass(frozen=True, slots=True)
class PartAsked:
    """One part that CompleteMultipartUpload names. etag is without quotes."""

    number: int
    etag: str
    checksum: Checksum | None


@dataclass(frozen=True, slots=True)
class DeleteAsked:
    """One object that DeleteObjects names. etag is a condition: without quotes, or `*`."""

    key: str
    version: str | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class Delete:
    """quiet: tell only what failed."""

    objects: tuple[DeleteAsked, ...]
    quiet: bool


def read_complete(data: bytes) -> list[PartAsked]:
    """The parts a CompleteMultipartUpload document lists, in its order (which is not checked).

    Raises MalformedXML, InvalidRequest (no parts), InvalidArgument (number below 1, checksum).
    """
    root = xml.read(data, "CompleteMultipartUpload", most=1 + MOST_PARTS * (len(_CHECKSUMS) + 3))
    if not root.children:
        raise S3Error("InvalidRequest", "You must specify at least one part")
    if len(root.children) > MOST_PARTS:
        raise S3Error("MalformedXML")
    return [_part(child) for child in root.children]


def read_delete(data: bytes) -> Delete:
    """The objects a Delete document lists, 1 to 1000. Raises MalformedXML, NotImplemented."""
    root = xml.read(data, "Delete", most=2 + MOST_DELETED * 4)
    quiet = [child for child in root.children if child.name == "Quiet"]
    objects = [child for child in root.children if child.name != "Quiet"]
    if not 1 <= len(objects) <= MOST_DELETED or len(quiet) > 1:
        raise S3Error("MalformedXML")
    return Delete(
        tuple(_deleted(child) for child in objects), bool(quiet) and _boolean(_text(quiet[0]))
    )


def read_tagging(data: bytes) -> Pairs:
    """The tags of a Tagging document, in order; their rules are in tags.py. Raises MalformedXML."""
    root = xml.read(data, "Tagging")
    if [child.name for child in root.children] != ["TagSet"]:
        raise S3Error("MalformedXML")
    return tuple(_tag(child) for child in _elements(root.children[0]))


def read_create_bucket(data: bytes) -> str | None:
    """The LocationConstraint of a CreateBucketConfiguration; None when there is none.

    The body may be empty. Raises MalformedXML, InvalidLocationConstraint, NotImplemented.
    """
    if not data.strip():
        return None
    root = xml.read(data, "CreateBucketConfiguration")
    for child in root.children:
        if child.name in CREATE_OPTIONS:
            raise _not_implemented(child.name)
    region = _fields(root, _CREATE).get("LocationConstraint", "").strip()
    if not region:
        return None
    if _REGION.fullmatch(region) is None:
        raise S3Error("InvalidLocationConstraint", detail=(("LocationConstraint", region[:64]),))
    return region


def _part(element: xml.Element) -> PartAsked:
    if element.name != "Part":
        raise S3Error("MalformedXML")
    found = _fields(element, _PART)
    number = found["PartNumber"].strip()
    if _NUMBER.fullmatch(number.removeprefix("-")) is None:
        raise S3Error("MalformedXML")
    if int(number) < 1:
        raise invalid_argument("PartNumber must be >= 1", "PartNumber", number)
    told = [(_CHECKSUMS[name], text) for name, text in found.items() if name in _CHECKSUMS]
    return PartAsked(int(number), _etag(found["ETag"]), part_checksums.read_part_values(told))


def _deleted(element: xml.Element) -> DeleteAsked:
    if element.name != "Object":
        raise S3Error("MalformedXML")
    for child in element.children:
        if child.name in DELETE_CONDITIONS:
            raise _not_implemented(child.name)
    found = _fields(element, _OBJECT)
    if not found["Key"]:
        raise S3Error("MalformedXML")
    etag = found.get("ETag")
    return DeleteAsked(
        found["Key"], found.get("VersionId") or None, None if etag is None else _etag(etag)
    )


def _tag(element: xml.Element) -> tuple[str, str]:
    if element.name != "Tag":
        raise S3Error("MalformedXML")
    found = _fields(element, _TAG)
    return found["Key"], found["Value"]


def _fields(element: xml.Element, schema: _Schema) -> dict[str, str]:
    """The texts of an element's children, each at most once, the required ones at least once."""
    required, known = schema
    found: dict[str, str] = {}
    for child in _elements(element):
        if child.name not in known or child.name in found:
            raise S3Error("MalformedXML")
        found[child.name] = _text(child)
    if not required <= found.keys():
        raise S3Error("MalformedXML")
    return found


def _elements(element: xml.Element) -> tuple[xml.Element, ...]:
    """The children of an element that holds no text of its own."""
    if element.text.strip():
        raise S3Error("MalformedXML")
    return element.children


def _text(element: xml.Element) -> str:
    """The text of an element that holds nothing else. Not trimmed: blanks belong to a key."""
    if element.children:
        raise S3Error("MalformedXML")
    return element.text


def _etag(text: str) -> str:
    return text.strip().removeprefix('"').removesuffix('"')


def _boolean(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise S3Error("MalformedXML")
    return text.strip().lower() == "true"


def _not_implemented(name: str) -> S3Error:
    return S3Error("NotImplemented", f"the element `{name}` is not implemented")
