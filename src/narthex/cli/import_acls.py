"""Access control lists of buckets and objects: those that a canned one expresses are taken over.

This file never grants to anybody but the groups that the source granted to: accounts of the source
are nobody here. Where the bucket's ownership allows no ACL here, that is reported.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from narthex.cli import answers
from narthex.cli.client import Client, Pairs
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.import_report import ImportReport
from narthex.cli.s3_uri import Location

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

T = TypeVar("T")
ROOT = "AccessControlPolicy"
ENFORCED = b"BucketOwnerEnforced"  # of a bucket's ownership: its ACLs count for nothing
WITHOUT = "MinIO"  # a server that answers with the same list for everything
_GROUPS = "http://acs.amazonaws.com/groups/global/"
# (who, what they may) of the groups -> the canned ACL that says so.
_CANNED = {
    frozenset({("AllUsers", "READ")}): "public-read",
    frozenset({("AllUsers", "READ"), ("AllUsers", "WRITE")}): "public-read-write",
    frozenset({("AuthenticatedUsers", "READ")}): "authenticated-read",
}


@dataclass(frozen=True, slots=True)
class Acls:
    """Takes ACLs over. Safe to share between threads."""

    source: Client
    target: Client
    report: ImportReport
    _having: set[str] = field(default_factory=set)  # buckets whose objects are asked for theirs
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_bucket(self, bucket: str, ownership: bytes) -> None:
        """A bucket's own; and whether its objects have any that count. ownership: its document."""
        if ENFORCED in ownership:
            return
        document = self._read(Location(bucket, ""))
        if document is not None:
            self._having.add(bucket)
            self._put(bucket, document)

    def of_object(self, at: Location) -> str:
        """The canned ACL of an object at the source; empty where it grants to nobody."""
        if at.bucket not in self._having:
            return ""
        document = self._read(at)
        if document is None:
            with self._lock:
                self._having.discard(at.bucket)
            return ""
        return self._canned(at, document)

    def stored(self, at: Location, canned: str, store: Callable[[Pairs], T]) -> T:
        """What `store` returned, with the header of this ACL, or without where that is refused."""
        if not canned:
            return store([])
        try:
            answer = store([("x-amz-acl", canned)])
        except ServiceError as error:
            if error.status not in (400, 403):
                raise
            answer = store([])
            self.report.leave("ACL", _shown(at), f"`{canned}` is refused here: {error.code}")
        else:
            self.report.count("ACLs")
        return answer

    def _read(self, at: Location) -> Element | None:
        """None where there is no such thing at the source."""
        try:
            answer = self.source.call("GetAcl", "GET", *at, query=[("acl", "")])
            document = answers.read_document("GetAcl", answer.body)
        except ServiceError as error:
            if error.status == 403:
                self.report.leave("ACL", _shown(at), "the source does not let us read it")
            return None
        except Failure:
            return None
        known = document.tag == ROOT and WITHOUT not in answer.headers.get("server", "")
        return document if known else None

    def _put(self, bucket: str, document: Element) -> None:
        canned = self._canned(Location(bucket, ""), document)
        if not canned:
            return
        headers, query = [("x-amz-acl", canned)], [("acl", "")]
        try:
            self.target.call("PutBucketAcl", "PUT", bucket, query=query, headers=headers)
        except ServiceError as error:
            self.report.leave("ACL", bucket, f"`{canned}` is refused here: {error.code}")
        else:
            self.report.count("ACLs")

    def _canned(self, at: Location, document: Element) -> str:
        """The canned ACL that says what it grants to groups; empty when it grants them nothing."""
        groups, others = granted(document)
        if others:
            self.report.leave("ACL", _shown(at), f"{others} grants to accounts of the source")
        if groups and groups not in _CANNED:
            self.report.leave("ACL", _shown(at), "no canned ACL says the same")
        return _CANNED.get(groups, "")


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


def _shown(at: Location) -> str:
    return str(at) if at.key else at.bucket
