"""UploadPartCopy: a part whose bytes come from an object, or from a range of it.

Source: Amazon S3 API reference, UploadPartCopy. The source is authorised like a GET of it.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.pure import checksums, ranges, times
from narthex.s3.answer import xml_response
from narthex.s3.content import read_content
from narthex.s3.copy_source import find_source
from narthex.s3.operation import Call, operation
from narthex.s3.parts import find_upload, keep_part
from narthex.s3.receive import store, too_large
from narthex.s3.select import part_number
from narthex.server import Server


@operation("UploadPartCopy", "PUT", "object", action="s3:PutObject", query="uploadId&copy")
async def upload_part_copy(call: Call, server: Server) -> Response:
    number = part_number(call.parameter("partNumber") or "")
    upload = await find_upload(call, server)
    source = await find_source(call, server)
    start, end = 0, source.object.size
    wanted = call.field("x-amz-copy-source-range")
    if wanted is not None:
        span = ranges.copy_range(wanted, source.object.size)
        start, end = span.start, span.stop
    if end - start > server.settings.max_put_size:
        raise too_large(end - start, server.settings.max_put_size)
    body = await read_content(source.object, source.piece, start, end, server)
    received = await store(source.stream(body), end - start, server, upload.checksum_algorithm)
    piece = await keep_part(call, upload, number, received, server)
    return xml_response(
        "CopyPartResult",
        [
            ("LastModified", times.iso(piece.modified_us)),
            ("ETag", f'"{piece.etag}"'),
            *checksums.values(piece.checksum),
        ],
    )
