"""A bucket and its documents, from one server to another: those that narthex has too.

This file never takes a document that it does not know by its root: servers that know no such
sub-resource answer with whatever they have.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from xml.etree.ElementTree import tostring

from narthex.cli import answers, calls
from narthex.cli.bodies import Bytes
from narthex.cli.client import Client
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.import_acls import Acls
from narthex.cli.import_report import ImportReport

OWNERSHIP = "ownershipControls"
LIFECYCLE = "lifecycle"
# What both have: the name, the sub-resource, the root of its document. In this order: a policy is
# judged by the block of public access, and an ACL by the ownership.
DOCUMENTS = (
    ("ownership controls", OWNERSHIP, "OwnershipControls"),
    ("block of public access", "publicAccessBlock", "PublicAccessBlockConfiguration"),
    ("policy", "policy", ""),
    ("CORS", "cors", "CORSConfiguration"),
    ("lifecycle rules", LIFECYCLE, "LifecycleConfiguration"),
    ("tags", "tagging", "Tagging"),
)
# What of a lifecycle rule moves objects; and what of one does something else.
_MOVING = ("Transition", "NoncurrentVersionTransition")
_ENDING = ("Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
BLOCKED = "; a new bucket blocks public access here"


@dataclass(frozen=True, slots=True)
class Buckets:
    """Takes buckets over. accounts: the source's account id and ours, to be put in its place."""

    source: Client
    target: Client
    report: ImportReport
    acls: Acls
    accounts: tuple[str, str] | None = None

    def take(self, bucket: str) -> None:
        """The bucket is there, with its documents. Raises Failure when it cannot be ours."""
        self.make(bucket)
        ownership = b""
        for name, query, root in DOCUMENTS:
            found = self._read(bucket, name, query, root)
            if found is not None and query == LIFECYCLE:
                found = self._without_transitions(bucket, found)
            if found is not None:
                self._put(bucket, name, query, found)
            if query == OWNERSHIP:
                ownership = found or b""
        self.acls.take_bucket(bucket, ownership)

    def make(self, bucket: str) -> None:
        """An empty bucket of ours, unless it is there. Raises Failure."""
        try:
            calls.create_bucket(self.target, bucket, "")
        except ServiceError as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise
        self.report.count("buckets")

    def _read(self, bucket: str, name: str, query: str, root: str) -> bytes | None:
        """The document; None when there is none, or it says nothing."""
        try:
            body = self.source.call(f"Get bucket {name}", "GET", bucket, query=[(query, "")]).body
            if not root:
                return body if body.lstrip().startswith(b"{") else None
            document = answers.read_document(name, body)
        except ServiceError as error:
            if error.status == 403:
                self.report.leave(name, bucket, "the source does not let us read it")
            return None
        except Failure:  # not XML: this server has no such thing
            return None
        return body if document.tag == root and len(document) else None

    def _without_transitions(self, bucket: str, data: bytes) -> bytes | None:
        """Lifecycle rules but for what moves objects to other storage, which is reported."""
        found, transitions = without_transitions(data)
        if transitions:
            why = "there is one kind of storage here"
            self.report.leave("transitions", bucket, f"{transitions} of them: {why}")
        return found

    def _put(self, bucket: str, name: str, query: str, data: bytes) -> None:
        if self.accounts is not None and query == "policy":
            theirs, ours = (f"arn:aws:iam::{account}:".encode() for account in self.accounts)
            data = data.replace(theirs, ours)
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        kind = "application/json" if query == "policy" else "application/xml"
        headers = [("content-type", kind), ("content-md5", base64.b64encode(digest).decode())]
        try:
            asked = [(query, "")]
            self.target.call(
                f"Put bucket {name}", "PUT", bucket, query=asked, headers=headers, body=Bytes(data)
            )
        except ServiceError as error:
            why = f"refused here: {error.code} {error.message}"
            blocked = BLOCKED if error.code == "AccessDenied" else ""
            self.report.leave(name, bucket, why + blocked)
        else:
            self.report.count("documents of buckets")


def without_transitions(data: bytes) -> tuple[bytes | None, int]:
    """Lifecycle rules without those that only move objects, and how many transitions there were.

    None where no rule is left. What has none comes back as it was.
    """
    document = answers.read_document("lifecycle", data)
    count = 0
    for rule in document.findall("Rule"):
        moving = [one for one in rule if one.tag in _MOVING]
        count += len(moving)
        for one in moving:
            rule.remove(one)
        if moving and not any(one.tag in _ENDING for one in rule):
            document.remove(rule)
    if not count:
        return data, 0
    return (tostring(document) if len(document) else None), count
