"""What ListObjects, its second version and ListObjectVersions share: parameters, page, entries.

This file never decides what comes next: `pure/listing.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import objects
from narthex.errors import invalid_argument
from narthex.model import Object
from narthex.pure import encoding, times, xml
from narthex.s3.held import without_held
from narthex.s3.operation import Call
from narthex.server import Server

MOST = 1000
# What S3 says of an object in a bucket that never kept versions.
ONLY_VERSION: tuple[xml.Child, ...] = (("VersionId", "null"), ("IsLatest", "true"))


@dataclass(frozen=True, slots=True)
class Listing:
    """The parameters of a listing, checked. encoded: encoding-type=url was asked for."""

    prefix: str
    delimiter: str
    limit: int
    encoded: bool

    @classmethod
    def of(cls, call: Call) -> Listing:
        """From the query. Raises InvalidArgument."""
        return cls(
            call.parameter("prefix") or "",
            call.parameter("delimiter") or "",
            limit(call, "max-keys"),
            wants_url_encoding(call),
        )

    def text(self, value: str) -> str:
        """A key or a part of one, as this listing writes it."""
        return encoding.encode_key(value) if self.encoded else value

    async def page(self, call: Call, server: Server, after: str) -> objects.Page:
        """One page of the bucket behind `after`."""
        if self.limit == 0:
            return objects.Page((), False, "")
        page = await objects.page(
            server.catalog,
            call.held.id,
            prefix=self.prefix,
            delimiter=self.delimiter,
            after=after,
            limit=self.limit,
        )
        if call.asking.identity.share is None:
            return page
        return await without_held(call.held, page, server)


def limit(call: Call, name: str) -> int:
    """A page size from the query: 0 to 1000, larger ones silently capped."""
    value = call.parameter(name)
    if value is None:
        return MOST
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and int(value) < 1 << 31):
        raise invalid_argument(
            f"Provided {name} not an integer or within integer range", name, value[:64]
        )
    return min(int(value), MOST)


def number(call: Call, name: str) -> int:
    """A marker that is a number; 0 when it was not sent."""
    value = call.parameter(name)
    if value is None or value == "":
        return 0
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise invalid_argument(f"Provided {name} not an integer", name, value[:64])
    return int(value)


def wants_url_encoding(call: Call) -> bool:
    """Whether keys are to be percent-encoded. Raises InvalidArgument for another encoding."""
    value = call.parameter("encoding-type")
    if value not in (None, "url"):
        raise invalid_argument(
            "Invalid Encoding Method specified in Request", "encoding-type", (value or "")[:64]
        )
    return value == "url"


def entries(
    asked: Listing, page: objects.Page, *, owner: bool, versions: bool = False
) -> list[xml.Child]:
    """Contents, then CommonPrefixes, as S3 orders them. versions: each as its only version."""
    name = "Version" if versions else "Contents"
    contents: list[xml.Child] = []
    prefixes: list[xml.Child] = []
    for entry in page.entries:
        if isinstance(entry, Object):
            facts = _contents(asked, entry, owner)
            contents.append((name, [*facts, *ONLY_VERSION] if versions else facts))
        else:
            prefixes.append(("CommonPrefixes", [("Prefix", asked.text(entry))]))
    return contents + prefixes


def _contents(asked: Listing, found: Object, owner: bool) -> list[xml.Child]:
    facts: list[xml.Child] = [
        ("Key", asked.text(found.key)),
        ("LastModified", times.iso(found.modified_us)),
        ("ETag", f'"{found.etag}"'),
    ]
    if found.checksum is not None:
        facts.append(("ChecksumAlgorithm", found.checksum.algorithm))
        facts.append(("ChecksumType", found.checksum.type))
    facts.append(("Size", str(found.size)))
    if owner:
        facts.append(("Owner", [("ID", found.owner)]))
    facts.append(("StorageClass", found.storage_class))
    return facts
