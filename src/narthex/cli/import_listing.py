"""What of a bucket has to be taken: its listing and ours, side by side, in the order of their keys.

So what is here already costs no question, and neither listing is ever held whole. A source that
lists in another order is asked for one object after the other (`known` is False).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from narthex.cli import calls
from narthex.cli.answers import Listed
from narthex.cli.client import Client
from narthex.cli.failure import ServiceError
from narthex.cli.import_report import ImportReport
from narthex.cli.items import Item
from narthex.cli.s3_uri import Location


@dataclass(frozen=True, slots=True)
class Found(Item):
    """An object that may have to be taken. here: what our listing tells; known: whether it does."""

    here: Listed | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Listing:
    """overwrite: what is here already is found all the same."""

    source: Client
    target: Client
    report: ImportReport
    overwrite: bool = False

    def missing(self, bucket: str, prefix: str) -> Iterator[Found]:
        """Objects of the source that are not here with the same size and ETag."""
        ours = self._ours(bucket, prefix)
        here, last = next(ours, None), b""
        for theirs in self._theirs(bucket, prefix):
            key = theirs.key.encode()
            known = key >= last
            last = max(key, last)
            while known and here is not None and here.key.encode() < key:
                here = next(ours, None)
            same = here if here is not None and here.key == theirs.key else None
            if same is not None and _is_same(theirs, same) and not self.overwrite:
                self.report.count("skipped")
                continue
            yield _found(bucket, theirs, same, known=known)

    def _theirs(self, bucket: str, prefix: str) -> Iterator[Listed]:
        for page in calls.list_pages(self.source, bucket, prefix):
            yield from page.objects

    def _ours(self, bucket: str, prefix: str) -> Iterator[Listed]:
        try:
            for page in calls.list_pages(self.target, bucket, prefix):
                yield from page.objects
        except ServiceError as error:
            if error.code != "NoSuchBucket":  # a dry run makes none
                raise


def bare(etag: str) -> str:
    """An ETag without its quotes: some servers list them without."""
    return etag.strip('"')


def _is_same(one: Listed, other: Listed) -> bool:
    return bool(one.etag) and (one.size, bare(one.etag)) == (other.size, bare(other.etag))


def _found(bucket: str, theirs: Listed, here: Listed | None, *, known: bool) -> Found:
    at = Location(bucket, theirs.key)
    told = (theirs.size, theirs.modified, theirs.etag, theirs.storage_class)
    return Found(at, at, *told, here=here, known=known)
