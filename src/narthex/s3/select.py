"""Which bytes of which object a GET or HEAD is about: version, conditions, range, part.

This file never reads the bytes. Authorisation came before it, so that conditions tell nothing to
those who may not know.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import objects, recall
from narthex.errors import S3Error, invalid_argument
from narthex.http import Pairs
from narthex.model import Checksum, Object, Piece
from narthex.pure import checksums, conditions, metadata, ranges
from narthex.s3.lifecycle import expiration_of
from narthex.s3.operation import Call
from narthex.s3.question import check_judged
from narthex.s3.representation import checksum_headers, object_headers, version_headers
from narthex.server import Server

WHOLE = 1 << 62
SMALL = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Selection:
    """Bytes [start, end) of object; piece is its only piece when the catalog gave it."""

    object: Object
    piece: Piece | None
    start: int
    end: int
    status: int
    headers: Pairs


async def select(call: Call, server: Server) -> Selection:
    """What to answer. Raises NoSuchKey, NotModified, PreconditionFailed, InvalidRange, ..."""
    check_version(call)
    overrides = metadata.response_overrides(call.query, anonymous=call.caller.kind == "anonymous")
    found = await recall(
        server.catalog, objects.find_with_piece, call.held.id, call.key, small=_is_small
    )
    if found is None:
        raise S3Error("NoSuchKey", detail=(("Key", call.key),))
    target, piece = found
    check_judged(call.asking, call.held, target)
    headers = call.request.headers
    if any(name.startswith("if-") for name, _ in headers):
        conditions.check_read(
            headers.get,
            target.etag,
            target.modified_us,
            now_us=server.clock(),
            kept=version_headers(target),
        )
    start, end, status, more = await _extent(call, target, server)
    answer = object_headers(target, overrides) if overrides or more else object_headers(target)
    if headers.get("x-amz-checksum-mode") == "ENABLED" and status == 200:
        more = (*more, *checksum_headers(target))
    if call.held.revision:  # it has documents, rules of its life maybe
        more = (*more, *await expiration_of(call.held, target, server))
    return Selection(
        target,
        piece,
        start,
        end,
        status,
        (*answer, *more, ("content-length", str(end - start))),
    )


def _is_small(found: tuple[Object, Piece | None] | None) -> bool:
    """Whether an object may be kept in memory for a while, with its bytes."""
    piece = found[1] if found else None
    return piece is None or len(piece.data or piece.sums) <= SMALL


def check_version(call: Call) -> None:
    """Buckets here are unversioned: the one version of a key is "null"."""
    version = call.parameter("versionId")
    if version is not None and version != "null":
        raise invalid_argument("Invalid version id specified", "versionId", version[:1024])


async def _extent(call: Call, target: Object, server: Server) -> tuple[int, int, int, Pairs]:
    wanted = call.request.headers.get("range")
    number = call.parameter("partNumber")
    if number is not None:
        if wanted is not None:
            raise S3Error(
                "InvalidRequest", "Cannot specify both Range header and partNumber query parameter"
            )
        return await _part(number, target, server)
    if wanted is None or not _same_version(call, target):
        return 0, target.size, 200, ()
    span = ranges.byte_range(wanted, target.size)
    if span is None:
        return 0, target.size, 200, ()
    return span.start, span.stop, 206, (_content_range(span.start, span.stop, target.size),)


def _same_version(call: Call, target: Object) -> bool:
    condition = call.request.headers.get("if-range")
    return condition is None or conditions.if_range(condition, target.etag, target.modified_us)


def _content_range(start: int, end: int, size: int) -> tuple[str, str]:
    return ("content-range", f"bytes {start}-{end - 1}/{size}")


async def _part(number: str, target: Object, server: Server) -> tuple[int, int, int, Pairs]:
    asked = part_number(number)
    if target.parts == 0:
        if asked != 1:
            raise _no_such_part(asked, 1)
        more: tuple[tuple[str, str], ...] = ()
        if target.size:
            more = (_content_range(0, target.size, target.size),)
        return 0, target.size, 206, (*more, ("x-amz-mp-parts-count", "1"))
    pieces = await objects.pieces(server.catalog, target.content, 0, WHOLE)
    for piece in pieces:
        if piece.number == asked:
            start, end = piece.start, piece.start + piece.size
            return (
                start,
                end,
                206,
                (
                    _content_range(start, end, target.size),
                    ("x-amz-mp-parts-count", str(target.parts)),
                    *_part_checksum(piece.checksum, target),
                ),
            )
    raise _no_such_part(asked, target.parts)


def _part_checksum(checksum: Checksum | None, target: Object) -> Pairs:
    if checksum is None or target.checksum is None:
        return ()
    return ((checksums.header(checksum.algorithm), checksum.value),)


def part_number(value: str) -> int:
    """A part number from the query. Raises InvalidArgument outside 1..10000."""
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 10_000):
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive",
            "partNumber",
            value[:64],
        )
    return int(value)


def _no_such_part(asked: int, count: int) -> S3Error:
    return S3Error(
        "InvalidPartNumber",
        detail=(("ActualPartCount", str(count)), ("PartNumberRequested", str(asked))),
    )
