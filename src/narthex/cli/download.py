"""Fetch an object into a file, or to standard output.

A file appears under its name only when it is whole: it is written beside it, checked against the
checksum the server keeps, and renamed. Large objects come as ranges at the same time, all of the
same version (If-Match); a range that breaks off is fetched again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

from narthex.cli import calls
from narthex.cli.client import Answer, read_blocks
from narthex.cli.failure import Failure, Unreachable
from narthex.cli.items import Item
from narthex.cli.route import STREAM
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import Transfers
from narthex.model import Checksum
from narthex.pure import checksums
from narthex.pure.part_checksums import FULL_OBJECT, KINDS, of_parts

ATTEMPTS = 5  # times a body that breaks off without a byte is asked for again


def download(item: Item, transfers: Transfers) -> None:
    """Fetch the item. Raises Failure, OSError, Stopped."""
    source, target = item.source, item.target
    if not isinstance(source, Location) or not isinstance(target, str):
        raise TypeError("a download goes from an object to a file")
    if target == STREAM:
        _stream(source, sys.stdout.buffer, transfers)
        return
    if folder := os.path.dirname(target):
        os.makedirs(folder, exist_ok=True)
    if _is_special(target):  # /dev/null, a pipe: nothing to rename onto
        with open(target, "wb", buffering=0) as file:
            _stream(source, file, transfers)
    else:
        _to_file(item, source, target, transfers)
    if transfers.options.move:
        calls.delete_object(transfers.client, source, transfers.options.payer_headers)


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _to_file(item: Item, source: Location, target: str, transfers: Transfers) -> None:
    if os.path.isdir(target):
        raise IsADirectoryError(f"[Errno 21] Is a directory: '{target}'")
    with _new_file(target, transfers.workers.unfinished) as (handle, keep):
        if (item.size or 0) < transfers.options.threshold:
            _fetch_whole(handle, source, transfers)
        else:
            _fetch_ranges(handle, source, transfers)
        if item.modified is not None:
            moment = item.modified.timestamp()
            os.utime(handle, (moment, moment))
        if transfers.options.move:
            os.fsync(handle)  # the source is deleted next: a power cut must not lose both
        keep()


@contextlib.contextmanager
def _new_file(target: str, unfinished: set[str]) -> Iterator[tuple[int, Callable[[], None]]]:
    """An open file beside the target, and what renames it; removed when that was not called.

    unfinished: holds its name as long as it is there.
    """
    folder, name = os.path.split(target)
    shown = os.fsencode(name)[:200].decode(errors="ignore")
    temporary = os.path.join(folder, f".{shown}.{secrets.token_hex(4)}")
    unfinished.add(temporary)
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        yield handle, lambda: os.replace(temporary, target)
    finally:
        os.close(handle)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        unfinished.discard(temporary)


def _fetch_whole(handle: int, source: Location, transfers: Transfers) -> None:
    """One GET; begun anew when it breaks off."""
    for attempt in range(1, ATTEMPTS + 1):
        answer = calls.get_object(transfers.client, source, transfers.options.payer_headers)
        kept = _kept_checksum(answer.headers)
        digest = checksums.Digest(kept.algorithm) if kept else None
        at = 0
        try:
            for block in read_blocks(answer):
                _write(handle, block, at)
                at += len(block)
                transfers.moved(len(block))
                if digest is not None:
                    digest.update(block)
        except Unreachable:
            transfers.results.moved(-at)
            if attempt == ATTEMPTS:
                raise
            continue
        os.ftruncate(handle, at)
        if kept is not None and digest is not None:
            _check(kept, digest.base64())
        return


def _fetch_ranges(handle: int, source: Location, transfers: Transfers) -> None:
    """Ranges at the same time, of one version; their CRCs combine to that of the object."""
    facts = calls.head_object(transfers.client, source, headers=transfers.options.payer_headers)
    size = facts.size
    kept = _kept_checksum(facts.headers)
    if kept is not None and FULL_OBJECT not in KINDS[kept.algorithm]:
        kept = None  # a hash of the whole cannot be made from its ranges
    step = transfers.options.part_size_for(size)
    ranges = [(start, min(step, size - start)) for start in range(0, size, step)]
    os.ftruncate(handle, size)

    def fetch(piece: tuple[int, int]) -> Checksum | None:
        return _fetch_range(handle, piece, source, facts.etag, kept, transfers)

    found = transfers.workers.each_part(fetch, ranges)
    if kept is not None and ranges:
        sizes = [length for _, length in ranges]
        parts = list(zip(found, sizes, strict=True))
        _check(kept, of_parts(kept.algorithm, FULL_OBJECT, parts).value)


def _fetch_range(
    handle: int,
    piece: tuple[int, int],
    source: Location,
    etag: str,
    kept: Checksum | None,
    transfers: Transfers,
) -> Checksum | None:
    start, length = piece
    digest = checksums.Digest(kept.algorithm) if kept else None
    at = start
    for block in _resumed(source, (start, start + length), etag, transfers):
        _write(handle, block, at)
        at += len(block)
        transfers.moved(len(block))
        if digest is not None:
            digest.update(block)
    return None if digest is None else Checksum(digest.algorithm, digest.base64())


def _resumed(
    source: Location, span: tuple[int, int], etag: str, transfers: Transfers
) -> Iterator[bytes]:
    """The bytes of a range, asked for again from where an answer broke off."""
    at, end = span
    misses = 0
    while at < end:
        before = at
        asked = [("range", f"bytes={at}-{end - 1}"), *transfers.options.payer_headers]
        if etag:
            asked.append(("if-match", etag))
        answer = calls.get_object(transfers.client, source, asked)
        _check_range(answer, at)
        try:
            for block in read_blocks(answer):
                at += len(block)
                yield block
        except Unreachable:
            if misses == ATTEMPTS:
                raise
        misses = 0 if at > before else misses + 1
        if misses > ATTEMPTS:
            raise Unreachable(f"The answers for {source} have no bytes in them")


def _check_range(answer: Answer, at: int) -> None:
    told = answer.headers.get("content-range", "")
    if answer.status != 206 or not told.startswith(f"bytes {at}-"):
        answer.close()
        raise Failure("The server answered with another range than it was asked for")


def _stream(source: Location, sink: BinaryIO, transfers: Transfers) -> None:
    """The bytes in order; what breaks off goes on where it was."""
    facts = calls.head_object(transfers.client, source, headers=transfers.options.payer_headers)
    if facts.size == 0:
        return
    kept = _kept_checksum(facts.headers)
    digest = checksums.Digest(kept.algorithm) if kept else None
    for block in _resumed(source, (0, facts.size), facts.etag, transfers):
        transfers.moved(len(block))
        if digest is not None:
            digest.update(block)
        view = memoryview(block)
        while view:
            view = view[sink.write(view) :]
    sink.flush()
    if kept is not None and digest is not None:
        _check(kept, digest.base64())


def _kept_checksum(headers: dict[str, str]) -> Checksum | None:
    """The checksum of the whole object that an answer tells; None for one of its parts' digests."""
    if headers.get("x-amz-checksum-type", FULL_OBJECT) != FULL_OBJECT:
        return None
    for name, algorithm in checksums.HEADERS.items():
        value = headers.get(name, "")
        if checksums.decode(algorithm, value) is not None:
            return Checksum(algorithm, value)
    return None


def _check(kept: Checksum, value: str) -> None:
    if kept.value != value:
        raise Failure(f"Expected checksum {kept.value} did not match calculated checksum: {value}")


def _write(handle: int, block: bytes, at: int) -> None:
    view = memoryview(block)
    while view:
        written = os.pwrite(handle, view, at)
        view = view[written:]
        at += written
