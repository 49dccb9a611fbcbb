"""Parts of a multipart upload: find the upload, keep a received part.

INVARIANT: a part of an upload that is gone by now is not kept, and its bytes are forgotten.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import Transaction, uploads
from narthex.errors import S3Error, Uncertain
from narthex.model import Piece, Upload
from narthex.s3.operation import Call
from narthex.s3.receive import Received, discard
from narthex.server import Server


async def find_upload(call: Call, server: Server) -> Upload:
    """The upload this request names. Raises NoSuchUpload."""
    upload_id = call.parameter("uploadId") or ""
    found = await uploads.find(server.catalog, call.held.id, call.key, upload_id)
    if found is None:
        raise no_such_upload(upload_id)
    return found


def no_such_upload(upload_id: str) -> S3Error:
    """The refusal of an upload id that names nothing (any more)."""
    return S3Error("NoSuchUpload", detail=(("UploadId", upload_id[:1024]),))


async def keep_part(
    call: Call, upload: Upload, number: int, received: Received, server: Server
) -> Piece:
    """The part, durable. Raises NoSuchUpload when the upload ended meanwhile."""
    piece = replace(received.piece, number=number)

    async def work(tx: Transaction) -> None:
        still = await uploads.find(tx, upload.bucket, upload.key, upload.id)
        if still is None:
            raise no_such_upload(upload.id)
        await uploads.put_part(tx, upload, piece, server.clock())

    try:
        await server.catalog.run(work)
    except Uncertain:  # the row may be there: its blob stays, and is swept if it is not
        raise
    except BaseException:
        await discard(received, server)
        raise
    return piece
