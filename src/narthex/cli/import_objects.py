"""One object from one server to another: streamed, held against its ETag, and whole or not at all.

Memory does not grow with the object: a piece of more than a few MiB waits in a temporary file.
INVARIANT: what is known to differ from the source is never completed here.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import urlencode

from narthex.cli import calls
from narthex.cli.bodies import Body, Bytes, Slice
from narthex.cli.calls import Facts, Part, Upload
from narthex.cli.client import Answer, Client, Pairs, read_blocks
from narthex.cli.copying import COPIED
from narthex.cli.failure import Failure, ServiceError, Unreachable
from narthex.cli.import_acls import Acls
from narthex.cli.import_listing import Found, bare
from narthex.cli.import_report import ImportReport
from narthex.cli.items import Item
from narthex.cli.results import Results
from narthex.cli.s3_uri import Location
from narthex.cli.workers import Workers
from narthex.pure.metadata import STORAGE_CLASSES
from narthex.pure.part_checksums import multipart_etag

MIB = 1024 * 1024
IN_MEMORY = 8 * MIB  # of each thread
LARGEST_PUT = 5 * 1024 * MIB
SMALLEST_PART = 5 * MIB
PART = 64 * MIB  # of what has no parts at the source and is too large for one PUT
MOST_PARTS = 10_000
TRIES = 3  # of one piece that breaks off
# Sizes of parts that clients are known to take, where the source does not tell them.
USUAL = tuple(n * MIB for n in (5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024))
_MD5 = re.compile(r"[0-9a-f]{32}")
_PARTS = re.compile(r"[0-9a-f]{32}-([1-9][0-9]{0,4})")
SUMS = tuple(
    f"x-amz-checksum-{name}" for name in ("crc64nvme", "crc32c", "crc32", "sha256", "sha1")
)
Span = tuple[int, int]  # the first byte, and the one behind the last
# Of objects that may not be read here as they were there.
_LOST = {
    "x-amz-object-lock-mode": "object lock",
    "x-amz-object-lock-legal-hold": "legal hold",
    "x-amz-website-redirect-location": "website redirect",
}


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes objects over. overwrite: also those that are here already."""

    source: Client
    target: Client
    workers: Workers
    results: Results
    report: ImportReport
    acls: Acls
    overwrite: bool = False

    def take(self, item: Item) -> None:
        """The object is here, as it is there. Raises Failure, OSError, Stopped."""
        source, target = item.source, item.target
        if not isinstance(source, Location) or not isinstance(target, Location):
            raise TypeError("an import goes from an object to an object")
        size, etag = item.size or 0, bare(item.etag)
        if not self.overwrite and self.is_here(item, target):
            self.results.moved(size)
            return
        if _PARTS.fullmatch(etag) or size > LARGEST_PUT:
            _InParts(self, source, target, size, etag).take()
        else:
            self._take_whole(source, target, size, etag)
        self.report.count("objects")
        self.report.count("bytes", size)

    def is_here(self, item: Item, target: Location) -> bool:
        """Whether nothing is to be taken: the same is here, as far as the source tells."""
        here = item.here if isinstance(item, Found) and item.known else self._head(target)
        if here is None or here.size != item.size:
            return False
        if bare(here.etag) == bare(item.etag):
            self.report.count("skipped")
            return True
        if here.modified is None or item.modified is None or here.modified < item.modified:
            return False
        if not self._tells_nothing(target, item):
            return False
        self.report.count("skipped by size and time")
        return True

    def _head(self, target: Location) -> Facts | None:
        try:
            return calls.head_object(self.target, target)
        except ServiceError as error:
            if error.status == 404:
                return None
            raise

    def _tells_nothing(self, source: Location, item: Item) -> bool:
        """Whether an ETag of the source is no checksum, so that ours cannot be the same."""
        etag = bare(item.etag)
        parts = _PARTS.fullmatch(etag)
        if not parts and not _MD5.fullmatch(etag):
            return True
        if is_opaque(calls.head_object(self.source, source).headers):
            return True
        if parts is None:
            return False
        return not told_parts(self.source, source, int(parts[1]), item.size or 0)

    def _take_whole(self, source: Location, target: Location, size: int, etag: str) -> None:
        with self.fetched(source, None, size, etag) as piece:
            sums = checksums_of(piece.headers)
            check_etag(piece.md5, etag, piece.headers, source, self.report)
            kept = self.headers_of(source, piece.headers)
            headers = [*kept, *sums, ("content-md5", piece.content_md5)]

            def store(more: Pairs) -> Answer:
                sent = [*headers, *more]
                return self.target.call("PutObject", "PUT", *target, headers=sent, body=piece.body)

            answer = self.acls.stored(source, self.acls.of_object(source), store)
        arrived = bare(answer.headers.get("etag", ""))
        if arrived != piece.md5:
            raise Failure(f"it arrived with another ETag, {arrived}")

    def headers_of(self, source: Location, told: dict[str, str]) -> list[tuple[str, str]]:
        """What the object carries: its content's headers, its metadata and its tags."""
        kept = [
            (name, _decoded(value))
            for name, value in told.items()
            if name in COPIED or name.startswith("x-amz-meta-")
        ]
        if told.get("x-amz-tagging-count", "0") != "0":
            kept.append(("x-amz-tagging", urlencode(calls.get_tagging(self.source, source))))
        for name, kind in _LOST.items():
            if name in told:
                self.report.leave(kind, str(source), "objects have none here")
        if is_opaque(told):
            why = "objects lie here as they came: encrypt the disks below"
            self.report.leave_each("encryption of objects", source.bucket, why)
        stored = told.get("x-amz-storage-class", "STANDARD")
        if stored in STORAGE_CLASSES:
            kept.append(("x-amz-storage-class", stored))
        else:
            why = f"class {stored} is unknown here: they are STANDARD"
            self.report.leave_each("storage class", source.bucket, why)
        return kept

    @contextlib.contextmanager
    def fetched(self, source: Location, span: Span | None, size: int, etag: str) -> Iterator[Piece]:
        """`size` bytes of the object, for as long as the block runs. span: None for all of it.

        Raises Failure when the object changed since it was listed, Unreachable.
        """
        with contextlib.ExitStack() as files:
            file = None
            if size > IN_MEMORY:
                file = files.enter_context(tempfile.TemporaryFile(buffering=0))
            for attempt in range(1, TRIES + 1):
                try:
                    piece = self._fetch(source, span, size, etag, file)
                    break
                except Unreachable:
                    if attempt == TRIES:
                        raise
            yield piece

    def _fetch(
        self,
        source: Location,
        span: Span | None,
        size: int,
        etag: str,
        file: IO[bytes] | None,
    ) -> Piece:
        headers: Pairs = [("x-amz-checksum-mode", "ENABLED")]
        if etag:
            headers = [*headers, ("if-match", f'"{etag}"')]
        if span is not None:
            headers = [*headers, ("range", f"bytes={span[0]}-{span[1] - 1}")]
        answer = self.source.call("GetObject", "GET", *source, headers=headers, stream=True)
        if span is not None and not answer.headers.get("content-range", "").startswith(
            f"bytes {span[0]}-{span[1] - 1}/"
        ):
            answer.close()
            raise Failure("the source answered with another range than it was asked for")
        digest, blocks, count = hashlib.md5(usedforsecurity=False), [], 0
        if file is not None:
            file.seek(0)
        for block in read_blocks(answer):
            self.workers.check()
            count += len(block)
            if count > size:
                break
            digest.update(block)
            if file is None:
                blocks.append(block)
            else:
                write_all(file, block)
        if count != size:
            raise Unreachable(f"{count} bytes came instead of {size}")
        self.results.moved(size)
        body = Bytes(b"".join(blocks)) if file is None else Slice(file.fileno(), 0, size)
        return Piece(body, digest.hexdigest(), answer.headers)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that came, all of them. headers: of the answer they came with."""

    body: Body
    md5: str
    headers: dict[str, str]

    @property
    def content_md5(self) -> str:
        """The header by which the receiver refuses other bytes."""
        return base64.b64encode(bytes.fromhex(self.md5)).decode()


@dataclass(frozen=True, slots=True)
class _InParts:
    """An object that is in parts at the source, or too large for one PUT."""

    importer: Importer
    source: Location
    target: Location
    size: int
    etag: str
    sent: list[Part] = field(default_factory=list)

    def take(self) -> None:
        """The object is here, in the parts it has there wherever that can be known."""
        facts = calls.head_object(self.importer.source, self.source)
        spans, known = self._layout()
        headers = self.importer.headers_of(self.source, facts.headers)
        target, acls = self.importer.target, self.importer.acls
        upload = acls.stored(
            self.source,
            acls.of_object(self.source),
            lambda more: calls.create_upload(target, self.target, [*headers, *more]),
        )
        try:
            self._check(self._send(upload, spans), facts, known=known)
            self.importer.workers.check()
            calls.complete_upload(target, upload, self.sent)
        except BaseException:
            with contextlib.suppress(Failure):
                calls.abort_upload(target, upload)
            raise

    def _send(self, upload: Upload, spans: list[Span]) -> str:
        """Every part, one after the other; returns the ETag they come to."""
        target = self.importer.target
        for number, span in enumerate(spans, 1):
            with self.importer.fetched(self.source, span, span[1] - span[0], self.etag) as piece:
                headers = [("content-md5", piece.content_md5)]
                etag = calls.upload_part(target, upload, number, piece.body, headers)
                if bare(etag) != piece.md5:
                    raise Failure(f"part {number} arrived with another ETag, {etag}")
            self.sent.append(Part(etag))
        return multipart_etag([bare(part.etag) for part in self.sent])

    def _layout(self) -> tuple[list[Span], bool]:
        """Where its parts begin and end, and whether the source told it."""
        match = _PARTS.fullmatch(self.etag)
        count = int(match[1]) if match else 0
        told = told_parts(self.importer.source, self.source, count, self.size)
        if told:
            return told, True
        usual = (step for step in USUAL if count and fits(step, self.size, count))
        step = next(usual, max(PART, -(-self.size // MOST_PARTS)))
        starts = range(0, self.size, step)
        return [(start, min(start + step, self.size)) for start in starts], False

    def _check(self, whole: str, facts: Facts, *, known: bool) -> None:
        if whole == self.etag:
            return
        if known and not is_opaque(facts.headers):
            raise Failure(f"its bytes do not come to its ETag, {self.etag}, but to {whole}")
        self.importer.report.count("verified by size only")


def told_parts(source: Client, at: Location, count: int, size: int) -> list[Span]:
    """The parts as the source tells them; empty where it does not, or we cannot have such."""
    spans: list[Span] = []
    end = 0
    for number in range(1, count + 1):
        try:
            part = calls.head_object(source, at, query=[("partNumber", str(number))])
        except ServiceError:
            return []
        small = part.size < SMALLEST_PART and number < count
        if small or not 0 < part.size <= LARGEST_PUT or end + part.size > size:
            return []
        spans.append((end, end + part.size))
        end += part.size
    return spans if end == size else []


def checksums_of(told: dict[str, str]) -> list[tuple[str, str]]:
    """The checksum of all bytes that the source keeps: who stores them holds them against it."""
    if told.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return []
    return [(name, told[name]) for name in SUMS if name in told and "-" not in told[name]][:1]


def fits(step: int, size: int, count: int) -> bool:
    """Whether `count` parts of `step` bytes, the last one shorter, make `size` bytes."""
    return (
        0 < step <= LARGEST_PUT
        and -(-size // step) == count
        and (step >= SMALLEST_PART or count == 1)
    )


def check_etag(
    md5: str, etag: str, told: dict[str, str], source: Location, report: ImportReport
) -> None:
    """Raises Failure when bytes are not those of an ETag that is an MD5."""
    if md5 == etag:
        return
    if _MD5.fullmatch(etag) and not is_opaque(told):
        raise Failure(f"its bytes do not come to its ETag, {etag}, but to {md5}: {source}")
    report.count("verified by checksum" if checksums_of(told) else "verified by size only")


def is_opaque(told: dict[str, str]) -> bool:
    """Whether an ETag is no MD5, since the source encrypts with a key of its own."""
    return (
        told.get("x-amz-server-side-encryption", "").startswith("aws:kms")
        or "x-amz-server-side-encryption-customer-algorithm" in told
    )


def write_all(file: IO[Any], block: bytes) -> None:
    """Every byte; an unbuffered file may take fewer at a time."""
    view = memoryview(block)
    while view:
        view = view[file.write(view) :]


def _decoded(value: str) -> str:
    """A header's value as text: HTTP's libraries read Latin-1 where UTF-8 was sent."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
