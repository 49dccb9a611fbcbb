"""Send a file, or standard input, to a store: in one request, or in parts at the same time.

A part is streamed from disk; memory does not grow with the file. A multipart upload that fails or
is interrupted is aborted, so that nothing of it is left to be paid for.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from mimetypes import guess_type
from typing import BinaryIO

from narthex.cli import calls
from narthex.cli.bodies import Body, Bytes, Slice
from narthex.cli.calls import Part, Upload
from narthex.cli.failure import Failure
from narthex.cli.items import Item
from narthex.cli.route import STREAM
from narthex.cli.s3_uri import Location
from narthex.cli.transfer import MOST_PARTS, Headers, Transfers
from narthex.model import Checksum
from narthex.pure import checksums
from narthex.pure.part_checksums import FULL_OBJECT, KINDS, of_parts

STREAM_STEP = 1000  # parts of a stream after which parts become larger: its length is not known


def upload(item: Item, transfers: Transfers) -> None:
    """Store the item. Raises Failure, OSError, Stopped."""
    target = item.target
    if not isinstance(target, Location) or isinstance(item.source, Location):
        raise TypeError("an upload goes from a file to an object")
    if item.source == STREAM:
        _upload_stream(sys.stdin.buffer, target, transfers)
        return
    if item.source.endswith(os.sep):
        raise Failure("It is a folder: --recursive uploads what is in it")
    with open(item.source, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        headers = _headers(item.source, transfers)
        if size < transfers.options.threshold:
            body = Slice(file.fileno(), 0, size, transfers.moved)
            _put(target, body, _digest_of(body, transfers), headers, transfers)
        else:
            _upload_parts(file.fileno(), size, target, headers, transfers)
    if transfers.options.move:
        os.remove(item.source)


def _headers(name: str, transfers: Transfers) -> Headers:
    options = transfers.options
    guessed = guess_type(name)[0] if options.guess_type else None
    more = (("content-type", guessed),) if guessed else ()
    return (*more, *options.object_headers, *options.payer_headers)


def _digest_of(body: Slice, transfers: Transfers) -> Checksum | None:
    algorithm = transfers.options.checksum
    if not algorithm:
        return None
    digest = checksums.Digest(algorithm)
    body.digest(digest.update)
    return Checksum(algorithm, digest.base64())


def _put(
    target: Location,
    body: Body,
    checksum: Checksum | None,
    headers: Headers,
    transfers: Transfers,
) -> None:
    calls.put_object(transfers.client, target, body, (*headers, *_checksum_header(checksum)))


def _checksum_header(checksum: Checksum | None) -> Headers:
    if checksum is None:
        return ()
    return ((checksums.header(checksum.algorithm), checksum.value),)


def _upload_parts(
    handle: int, size: int, target: Location, headers: Headers, transfers: Transfers
) -> None:
    step = transfers.options.part_size_for(size)
    slices = [(start, min(step, size - start)) for start in range(0, size, step)]
    with begun_upload(target, headers, transfers) as begun:

        def send(numbered: tuple[int, tuple[int, int]]) -> tuple[Part, Checksum | None]:
            number, (start, length) = numbered
            body = Slice(handle, start, length, transfers.moved)
            return _send_part(begun, number, body, _digest_of(body, transfers), transfers)

        sent = transfers.workers.each_part(send, list(enumerate(slices, 1)))
        lengths = [length for _, length in slices]
        _complete(begun, sent, lengths, transfers)


def _send_part(
    begun: Upload, number: int, body: Body, checksum: Checksum | None, transfers: Transfers
) -> tuple[Part, Checksum | None]:
    headers = (*transfers.options.payer_headers, *_checksum_header(checksum))
    etag = calls.upload_part(transfers.client, begun, number, body, headers)
    if checksum is None:
        return Part(etag), None
    return Part(etag, checksums.element(checksum.algorithm), checksum.value), checksum


def _complete(
    begun: Upload,
    sent: list[tuple[Part, Checksum | None]],
    lengths: list[int],
    transfers: Transfers,
) -> None:
    """Complete, telling the size and (where it can be combined) the checksum of the whole."""
    transfers.workers.check()
    algorithm = transfers.options.checksum
    headers: Headers = transfers.options.payer_headers
    if algorithm and FULL_OBJECT in KINDS[algorithm]:
        parts = [(checksum, length) for (_, checksum), length in zip(sent, lengths, strict=True)]
        whole = of_parts(algorithm, FULL_OBJECT, parts)
        headers = (*headers, *_checksum_header(whole), ("x-amz-checksum-type", FULL_OBJECT))
    calls.complete_upload(transfers.client, begun, [part for part, _ in sent], headers)


@contextlib.contextmanager
def begun_upload(
    target: Location, headers: Headers, transfers: Transfers, *, checked: bool = True
) -> Iterator[Upload]:
    """A multipart upload, aborted when the block fails or is interrupted.

    checked: whether its parts will carry checksums.
    """
    algorithm = transfers.options.checksum
    if algorithm and checked:
        headers = (*headers, ("x-amz-checksum-algorithm", algorithm))
        if FULL_OBJECT in KINDS[algorithm]:
            headers = (*headers, ("x-amz-checksum-type", FULL_OBJECT))
    begun = calls.create_upload(transfers.client, target, headers)
    try:
        yield begun
    except BaseException:
        with contextlib.suppress(Failure):
            calls.abort_upload(transfers.client, begun)
        raise


def _upload_stream(source: BinaryIO, target: Location, transfers: Transfers) -> None:
    options = transfers.options
    headers = (*options.object_headers, *options.payer_headers)
    step = options.part_size_for(options.expected_size)
    first = _read(source, step)
    if len(first) < step:
        _refuse_a_cut_stream(transfers)
        _put(target, Bytes(first), _digest_bytes(first, transfers), headers, transfers)
        return
    with begun_upload(target, headers, transfers) as begun:
        sent, lengths = _send_stream(source, first, step, begun, transfers)
        _complete(begun, sent, lengths, transfers)


def _send_stream(
    source: BinaryIO, block: bytes, step: int, begun: Upload, transfers: Transfers
) -> tuple[list[tuple[Part, Checksum | None]], list[int]]:
    """Send the blocks of a stream as they come; as many are in memory as there are threads."""
    running: list[Future[tuple[Part, Checksum | None]]] = []
    lengths: list[int] = []
    threads = transfers.options.threads
    try:
        while block:
            number = len(running) + 1
            if number > MOST_PARTS:
                raise Failure("the stream is too long: tell its size with --expected-size")
            if number > threads:
                running[number - 1 - threads].result()
            running.append(transfers.workers.submit_part(_sender(begun, number, block, transfers)))
            lengths.append(len(block))
            transfers.results.moved(len(block))
            block = _read(source, step * (1 + number // STREAM_STEP))
        _refuse_a_cut_stream(transfers)
        return [future.result() for future in running], lengths
    finally:
        wait(running)  # a part that arrives after an abort would stay, and cost


def _refuse_a_cut_stream(transfers: Transfers) -> None:
    """Raises Stopped when the stream ended because Ctrl-C ended the program that wrote it.

    The signal reaches both programs at once: give our main thread a moment to hear of it.
    """
    transfers.workers.stopping.wait(0.05)
    transfers.workers.check()


def _sender(
    begun: Upload, number: int, block: bytes, transfers: Transfers
) -> Callable[[], tuple[Part, Checksum | None]]:
    def send() -> tuple[Part, Checksum | None]:
        checksum = _digest_bytes(block, transfers)
        return _send_part(begun, number, Bytes(block), checksum, transfers)

    return send


def _digest_bytes(block: bytes, transfers: Transfers) -> Checksum | None:
    algorithm = transfers.options.checksum
    if not algorithm:
        return None
    digest = checksums.Digest(algorithm)
    digest.update(block)
    return Checksum(algorithm, digest.base64())


def _read(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end."""
    blocks: list[bytes] = []
    left = size
    while left and (block := source.read(left)):
        blocks.append(block)
        left -= len(block)
    return b"".join(blocks)
