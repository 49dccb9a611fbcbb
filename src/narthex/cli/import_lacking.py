"""What a bucket has at the source and cannot have here, told exactly.

This file never takes anything over.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narthex.cli import answers
from narthex.cli.client import Client
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.import_report import ImportReport

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


ANY = "*"
AT_ONCE = 4  # questions


@dataclass(frozen=True, slots=True)
class Lacking:
    """One setting. element: what its document must hold to say anything (`*`: any element).

    root: of its document, by which it is known where any element will do: servers that know no such
    setting answer with whatever they have. text: what the element must say, if not anything.
    """

    name: str
    query: str
    root: str
    element: str
    why: str
    text: str = ""


LACKING = (
    Lacking(
        *("replication", "replication", "ReplicationConfiguration", "Rule"),
        "the stores below replicate",
    ),
    Lacking(
        *("encryption", "encryption", "ServerSideEncryptionConfiguration", "Rule"),
        "encrypt the disks below",
    ),
    Lacking(
        *("object lock", "object-lock", "ObjectLockConfiguration", ANY),
        "nothing is locked here",
    ),
    Lacking(
        *("website", "website", "WebsiteConfiguration", ANY),
        "buckets are no websites here",
    ),
    Lacking(
        *("access logging", "logging", "BucketLoggingStatus", "LoggingEnabled"),
        "see `narthex audit`",
    ),
    Lacking(
        *("notifications", "notification", "NotificationConfiguration", ANY),
        "its targets are not ours: see `narthex targets`",
    ),
    Lacking(
        *("transfer acceleration", "accelerate", "AccelerateConfiguration", "Status"),
        "there is one place only",
        text="Enabled",
    ),
    Lacking(
        *("requester pays", "requestPayment", "RequestPaymentConfiguration", "Payer"),
        "nobody pays for requests here",
        text="Requester",
    ),
    Lacking(
        *("inventory", "inventory", "ListInventoryConfigurationsResult"),
        *("InventoryConfiguration", "list the bucket instead"),
    ),
    Lacking(
        *("analytics", "analytics", "ListBucketAnalyticsConfigurationsResult"),
        *("AnalyticsConfiguration", "there are no storage classes to choose from"),
    ),
    Lacking(
        *("metrics", "metrics", "ListMetricsConfigurationsResult"),
        *("MetricsConfiguration", "see the log"),
    ),
    Lacking(
        *("intelligent tiering", "intelligent-tiering"),
        *("ListBucketIntelligentTieringConfigurationsOutput", "IntelligentTieringConfiguration"),
        "there are no tiers here",
    ),
)
VERSIONING = Lacking("versioning", "versioning", "VersioningConfiguration", "Status", "")


@dataclass(frozen=True, slots=True)
class Teller:
    """Reports what is lacking. It only reads."""

    source: Client
    report: ImportReport

    def tell(self, bucket: str) -> None:
        """Every setting that has no counterpart here; they are asked for side by side."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda lacking: self._has(bucket, lacking), LACKING))
        for lacking, there in zip(LACKING, found, strict=True):
            if there:
                self.report.leave(lacking.name, bucket, lacking.why)

    def tell_versions(self, bucket: str, prefix: str) -> None:
        """How many versions but the current ones there are, and markers of what was deleted."""
        if not self._has(bucket, VERSIONING):
            return
        older = markers = 0
        where = f"s3://{bucket}/{prefix}" if prefix else bucket
        try:
            for version in self._versions(bucket, prefix):
                markers += version.tag == "DeleteMarker"
                older += version.tag == "Version" and version.findtext("IsLatest") != "true"
        except Failure as error:
            self.report.leave("versions", where, f"the source does not let us count them: {error}")
            return
        if older or markers:
            why = f"{older} older versions and {markers} delete markers: current ones are taken"
            self.report.leave("versions", where, why)

    def _versions(self, bucket: str, prefix: str) -> Iterator[Element]:
        more: list[tuple[str, str]] = []
        while True:
            query = [("versions", ""), ("prefix", prefix), *more]
            asked = self.source.call("ListObjectVersions", "GET", bucket, query=query)
            page = answers.read_document("ListObjectVersions", asked.body)
            yield from page
            if page.findtext("IsTruncated") != "true":
                return
            told = [("key-marker", page.findtext("NextKeyMarker") or "")]
            told.append(("version-id-marker", page.findtext("NextVersionIdMarker") or ""))
            if told == more or not told[0][1]:
                raise Failure("it gave the same page of a listing twice")
            more = told

    def _has(self, bucket: str, lacking: Lacking) -> bool:
        try:
            answer = self.source.call(
                f"Get bucket {lacking.name}", "GET", bucket, query=[(lacking.query, "")]
            )
            document = answers.read_document(lacking.name, answer.body)
        except ServiceError as error:
            if error.status == 403:
                why = "the source does not let us read it"
                self.report.leave(lacking.name, bucket, why)
            return False
        except Failure:  # not XML: this server has no such thing
            return False
        known = lacking.element != ANY or document.tag == lacking.root
        found = document.find(lacking.element) if known else None
        return found is not None and lacking.text in ("", found.text)
