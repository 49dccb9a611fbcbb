"""CompleteMultipartUpload: the chosen parts become the object, all at once.

Source: Amazon S3 API reference, CompleteMultipartUpload; "Checking object integrity".
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from narthex.catalog import Transaction, objects, uploads
from narthex.errors import S3Error
from narthex.http import Response
from narthex.model import Checksum, Object, Piece, Upload
from narthex.pure import checksums, conditions, documents, part_checksums
from narthex.pure.events.records import Event
from narthex.s3.answer import read_document, xml_response
from narthex.s3.held import hold_back
from narthex.s3.lifecycle import expiration_of
from narthex.s3.operation import Call, operation
from narthex.s3.parts import find_upload, no_such_upload
from narthex.s3.publish import judge_write
from narthex.s3.telling import teller_of
from narthex.server import Server

MAX_BYTES = 2 * 1024 * 1024
MOST_PARTS = 10_000
EVENT = "ObjectCreated:CompleteMultipartUpload"


@operation("CompleteMultipartUpload", "POST", "object", action="s3:PutObject", query="uploadId")
async def complete_multipart_upload(call: Call, server: Server) -> Response:
    conditions.check_write_shape(call.field("if-match"), call.field("if-none-match"))
    upload = await find_upload(call, server)
    asked = documents.read_complete(await _document(call))
    teller = await teller_of(call, server)

    async def work(tx: Transaction) -> Object:
        still = await uploads.find(tx, upload.bucket, upload.key, upload.id)
        if still is None:
            raise no_such_upload(upload.id)
        await _refuse_conflict(tx, call, upload)
        await judge_write(tx, call)
        kept = await uploads.parts(tx, upload.id, 0, MOST_PARTS)
        chosen = _choose(asked, kept, upload, server.settings.min_part_size)
        new = _object(call, upload, chosen, server)
        await uploads.complete(tx, upload, new, chosen, new.modified_us)
        await hold_back(tx, call, new, server)
        await teller.tell(tx, Event(EVENT, new.key, new.modified_us, new.etag, new.size))
        return new

    written = await server.catalog.run(work)
    teller.ring()
    return xml_response(
        "CompleteMultipartUploadResult",
        [
            ("Location", _location(call, server)),
            ("Bucket", call.held.name),
            ("Key", call.key),
            ("ETag", f'"{written.etag}"'),
            *checksums.elements(written.checksum),
        ],
        headers=await expiration_of(call.held, written, server),
    )


async def _document(call: Call) -> bytes:
    """The body. Its x-amz-checksum-* headers are the object's, not the document's."""
    return await read_document(call, MAX_BYTES, checked=False)


async def _refuse_conflict(tx: Transaction, call: Call, upload: Upload) -> None:
    """If-None-Match: an object written since the upload began is a conflict, not a mismatch."""
    if call.field("if-none-match") is None:
        return
    current = await objects.find(tx, upload.bucket, upload.key)
    if current is not None and current.modified_us >= upload.initiated_us:
        raise S3Error(
            "ConditionalRequestConflict",
            detail=(("Condition", "If-None-Match"), ("Key", upload.key)),
        )


def _choose(
    asked: list[documents.PartAsked], kept: list[Piece], upload: Upload, smallest: int
) -> list[Piece]:
    """The parts named, in order, with their places in the object. Raises what AWS raises."""
    by_number = {piece.number: piece for piece in kept}
    chosen: list[Piece] = []
    start = 0
    for place, part in enumerate(asked):
        if place and part.number <= asked[place - 1].number:
            raise S3Error("InvalidPartOrder", detail=(("UploadId", upload.id),))
        piece = by_number.get(part.number)
        if piece is None or not _agrees(part, piece, upload):
            raise S3Error(
                "InvalidPart",
                detail=(
                    ("UploadId", upload.id),
                    ("PartNumber", str(part.number)),
                    ("ETag", part.etag[:128]),
                ),
            )
        if place < len(asked) - 1 and piece.size < smallest:
            raise S3Error(
                "EntityTooSmall",
                detail=(
                    ("MinSizeAllowed", str(smallest)),
                    ("ProposedSize", str(piece.size)),
                    ("PartNumber", str(piece.number)),
                    ("ETag", piece.etag),
                ),
            )
        chosen.append(replace(piece, start=start))
        start += piece.size
    return chosen


def _agrees(part: documents.PartAsked, piece: Piece, upload: Upload) -> bool:
    """Whether the client means the part that was kept: the same ETag, and the same checksum."""
    return piece.etag == part.etag and part_checksums.matches_part(
        part.number,
        part.checksum,
        piece.checksum,
        upload.checksum_algorithm,
        upload.checksum_type,
    )


def _object(call: Call, upload: Upload, chosen: list[Piece], server: Server) -> Object:
    size = sum(piece.size for piece in chosen)
    expected = call.field("x-amz-mp-object-size")
    if expected is not None and expected != str(size):
        raise S3Error(
            "InvalidRequest",
            f"The provided 'x-amz-mp-object-size' header value {expected[:20]} does not match "
            f"what was computed: {size}",
        )
    checksum = _checksum(call, upload, chosen)
    return Object(
        key=upload.key,
        version="null",
        content=upload.id,
        size=size,
        etag=part_checksums.multipart_etag([piece.etag for piece in chosen]),
        modified_us=server.clock(),
        owner=upload.owner,
        headers=upload.headers,
        tags=upload.tags,
        storage_class=upload.storage_class,
        checksum=checksum,
        parts=len(chosen),
        acl=upload.acl,
    )


def _checksum(call: Call, upload: Upload, chosen: list[Piece]) -> Checksum:
    """The object's checksum from those of its parts; the client's, when sent, must equal it."""
    part_checksums.check_completed_type(call.field("x-amz-checksum-type"), upload.checksum_type)
    computed = part_checksums.of_parts(
        upload.checksum_algorithm,
        upload.checksum_type,
        [(piece.checksum, piece.size) for piece in chosen],
    )
    part_checksums.check_completed(call.request.headers.get, computed)
    return computed


def _location(call: Call, server: Server) -> str:
    host = call.request.headers.get("host") or ""
    base = server.settings.public_url.rstrip("/") or f"{call.request.scheme}://{host}"
    return f"{base}/{call.held.name}/{quote(call.key, safe='/-._~')}"
