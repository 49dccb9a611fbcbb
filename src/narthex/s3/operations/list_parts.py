"""ListParts: the parts of an upload that have arrived, by number.

Source: Amazon S3 API reference, ListParts.
"""

from __future__ import annotations

from narthex.catalog import uploads
from narthex.http import Response
from narthex.pure import checksums, times, xml
from narthex.s3.answer import xml_response
from narthex.s3.lifecycle import abortion_of
from narthex.s3.listing import limit, number
from narthex.s3.operation import Call, operation
from narthex.s3.parts import find_upload
from narthex.server import Server


@operation("ListParts", "GET", "object", action="s3:ListMultipartUploadParts", query="uploadId")
async def list_parts(call: Call, server: Server) -> Response:
    upload = await find_upload(call, server)
    most = limit(call, "max-parts")
    marker = number(call, "part-number-marker")
    found = await uploads.parts(server.catalog, upload.id, marker, most + 1)
    shown = found[:most]
    children: list[xml.Child] = [
        ("Bucket", call.held.name),
        ("Key", call.key),
        ("UploadId", upload.id),
        ("PartNumberMarker", str(marker)),
        ("NextPartNumberMarker", str(shown[-1].number if shown else 0)),
        ("MaxParts", str(most)),
        ("IsTruncated", "true" if len(found) > most else "false"),
        ("Initiator", [("ID", upload.initiator)]),
        ("Owner", [("ID", upload.owner)]),
        ("StorageClass", upload.storage_class),
    ]
    if upload.checksum_algorithm:
        children.append(("ChecksumAlgorithm", upload.checksum_algorithm))
        children.append(("ChecksumType", upload.checksum_type))
    for piece in shown:
        children.append(
            (
                "Part",
                [
                    ("PartNumber", str(piece.number)),
                    ("LastModified", times.iso(piece.modified_us)),
                    ("ETag", f'"{piece.etag}"'),
                    ("Size", str(piece.size)),
                    *checksums.values(piece.checksum),
                ],
            )
        )
    headers = await abortion_of(call.held, upload.key, upload.initiated_us, server)
    return xml_response("ListPartsResult", children, headers=headers)
