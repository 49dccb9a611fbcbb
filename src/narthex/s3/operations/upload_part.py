"""UploadPart: one part of an upload; sent again, it replaces what was there.

Source: Amazon S3 API reference, UploadPart.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.pure import checksums, part_checksums
from narthex.s3.operation import Call, operation
from narthex.s3.parts import find_upload, keep_part
from narthex.s3.receive import receive
from narthex.s3.select import part_number
from narthex.server import Server


@operation("UploadPart", "PUT", "object", action="s3:PutObject", query="uploadId")
async def upload_part(call: Call, server: Server) -> Response:
    number = part_number(call.parameter("partNumber") or "")
    upload = await find_upload(call, server)
    announced = checksums.announced(call.request.headers.get)
    part_checksums.check_part_algorithm(upload.checksum_algorithm, announced)
    received = await receive(call, server, upload.checksum_algorithm)
    piece = await keep_part(call, upload, number, received, server)
    return Response(
        200,
        (
            ("etag", f'"{piece.etag}"'),
            (checksums.header(received.announced.algorithm), received.announced.value),
            ("content-length", "0"),
        ),
    )
