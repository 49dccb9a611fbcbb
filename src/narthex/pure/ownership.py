"""Object Ownership: who owns what is uploaded, and whether ACLs count at all. Pure.

This file never decides who may change it.
Source: Amazon S3, "Controlling ownership of objects"; OwnershipControls of the S3 service model.
"""

from __future__ import annotations

from narthex.errors import S3Error, invalid_argument
from narthex.pure import xml

ENFORCED = "BucketOwnerEnforced"  # the bucket's owner owns every object; ACLs grant nothing
PREFERRED = "BucketOwnerPreferred"  # the bucket's owner, if the writer says so by canned ACL
WRITER = "ObjectWriter"  # whoever uploads it
KINDS = frozenset([ENFORCED, PREFERRED, WRITER])
HEADER = "x-amz-object-ownership"


def read_controls(data: bytes) -> str:
    """The one rule's ownership: one of KINDS. Raises MalformedXML."""
    root = xml.read(data, "OwnershipControls", most=8)
    rules = root.children
    if len(rules) != 1 or rules[0].name != "Rule" or len(rules[0].children) != 1:
        raise S3Error("MalformedXML")
    named = rules[0].children[0]
    if named.name != "ObjectOwnership" or named.children or named.text not in KINDS:
        raise S3Error("MalformedXML")
    return named.text


def read_header(value: str | None) -> str:
    """The ownership that CreateBucket asks for. Raises InvalidArgument."""
    if value is None:
        return ENFORCED
    if value not in KINDS:
        raise invalid_argument(f"Invalid x-amz-object-ownership header: {value}", HEADER, value)
    return value


def elements(ownership: str) -> list[xml.Child]:
    """The children of an OwnershipControls document."""
    return [("Rule", [("ObjectOwnership", ownership)])]
