"""A bucket and its documents, from one server to another: what narthex has too, and what it lacks.

This file never takes a document that it does not know by its root: servers that know no such
sub-resource answer with whatever they have.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narthex.cli import answers, calls
from narthex.cli.bodies import Bytes
from narthex.cli.client import Client
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.import_report import ImportReport

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# What both have: the name, the sub-resource, the root of its document. In this order: a policy is
# judged by the block of public access, and an ACL by the ownership.
DOCUMENTS = (
    ("ownership controls", "ownershipControls", "OwnershipControls"),
    ("block of public access", "publicAccessBlock", "PublicAccessBlockConfiguration"),
    ("policy", "policy", ""),
    ("CORS", "cors", "CORSConfiguration"),
    ("tags", "tagging", "Tagging"),
)
# What narthex has not, and what that means.
LACKING = (
    ("versioning", "versioning", "only current versions are taken over"),
    ("lifecycle", "lifecycle", "nothing expires by itself here"),
    ("replication", "replication", "the stores below replicate"),
    ("encryption", "encryption", "encrypt the disks below"),
    ("object lock", "object-lock", "nothing is locked here"),
    ("website", "website", "buckets are no websites here"),
    ("access logging", "logging", "see `narthex audit`"),
    ("notifications", "notification", "its targets are not ours: see `narthex targets`"),
)
ANY = "*"  # whatever the root is called: it is not taken over, only told
BLOCKED = "; a new bucket blocks public access here"
_GROUPS = "http://acs.amazonaws.com/groups/global/"
# (who, what they may) of the groups -> the canned ACL that says so.
_CANNED = {
    frozenset({("AllUsers", "READ")}): "public-read",
    frozenset({("AllUsers", "READ"), ("AllUsers", "WRITE")}): "public-read-write",
    frozenset({("AuthenticatedUsers", "READ")}): "authenticated-read",
}


@dataclass(frozen=True, slots=True)
class Buckets:
    """Takes buckets over. accounts: the source's account id and ours, to be put in its place."""

    source: Client
    target: Client
    report: ImportReport
    accounts: tuple[str, str] | None = None

    def take(self, bucket: str) -> None:
        """The bucket is there, with its documents. Raises Failure when it cannot be ours."""
        self.make(bucket)
        for name, query, root in DOCUMENTS:
            found = self._read(bucket, name, query, root)
            if found is not None:
                self._put(bucket, name, query, found)
        self._take_acl(bucket)
        self.tell_lacking(bucket)

    def make(self, bucket: str) -> None:
        """An empty bucket of ours, unless it is there. Raises Failure."""
        try:
            calls.create_bucket(self.target, bucket, "")
        except ServiceError as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise
        self.report.count("buckets")

    def tell_lacking(self, bucket: str) -> None:
        """Report what the bucket has at the source and cannot have here."""
        for name, query, why in LACKING:
            if self._read(bucket, name, query, ANY) is not None:
                self.report.leave(name, bucket, why)

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
        known = document.tag == root or (root == ANY and not document.tag.startswith("List"))
        return body if known and len(document) else None

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

    def _take_acl(self, bucket: str) -> None:
        try:
            body = self.source.call("GetBucketAcl", "GET", bucket, query=[("acl", "")]).body
            document = answers.read_document("GetBucketAcl", body)
        except Failure:
            return
        groups, others = granted(document)
        if others:
            self.report.leave("ACL", bucket, f"{others} grants to accounts of the source")
        if not groups:
            return
        canned = _CANNED.get(groups)
        if canned is None:
            self.report.leave("ACL", bucket, "no canned ACL says the same")
            return
        headers = [("x-amz-acl", canned)]
        try:
            self.target.call("PutBucketAcl", "PUT", bucket, query=[("acl", "")], headers=headers)
        except ServiceError as error:
            self.report.leave("ACL", bucket, f"`{canned}` is refused here: {error.code}")
        else:
            self.report.count("documents of buckets")


def granted(document: Element) -> tuple[frozenset[tuple[str, str]], int]:
    """What an ACL grants to groups, and how many grants it has to others than the owner."""
    owner = document.findtext("Owner/ID") or ""
    groups: set[tuple[str, str]] = set()
    others = 0
    for grant in document.iter("Grant"):
        uri = grant.findtext("Grantee/URI") or ""
        may = grant.findtext("Permission") or ""
        if uri.startswith(_GROUPS):
            groups.add((uri.removeprefix(_GROUPS), may))
        elif (grant.findtext("Grantee/ID") or owner) != owner:
            others += 1
    return frozenset(groups), others
