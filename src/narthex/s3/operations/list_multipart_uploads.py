"""ListMultipartUploads: uploads in progress, by key and then by the time they began.

Source: Amazon S3 API reference, ListMultipartUploads.
"""

from __future__ import annotations

from narthex.catalog import uploads
from narthex.errors import invalid_argument
from narthex.http import Response
from narthex.model import Upload
from narthex.pure import times, xml
from narthex.s3.answer import xml_response
from narthex.s3.listing import Listing, limit, wants_url_encoding
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "ListMultipartUploads", "GET", "bucket", action="s3:ListBucketMultipartUploads", query="uploads"
)
async def list_multipart_uploads(call: Call, server: Server) -> Response:
    asked = Listing(
        call.parameter("prefix") or "",
        call.parameter("delimiter") or "",
        limit(call, "max-uploads"),
        wants_url_encoding(call),
    )
    key_marker = call.parameter("key-marker") or ""
    id_marker = call.parameter("upload-id-marker") or ""
    if id_marker and key_marker and not await _is_marker(call, key_marker, id_marker, server):
        raise invalid_argument("Invalid uploadId marker", "upload-id-marker", id_marker[:64])
    page = await uploads.page(
        server.catalog,
        call.held.id,
        prefix=asked.prefix,
        delimiter=asked.delimiter,
        key_marker=key_marker,
        upload_id_marker=id_marker if key_marker else "",
        limit=asked.limit,
    )
    children: list[xml.Child] = [
        ("Bucket", call.held.name),
        ("KeyMarker", asked.text(key_marker)),
        ("UploadIdMarker", id_marker),
        ("NextKeyMarker", asked.text(page.next_key)),
        ("NextUploadIdMarker", page.next_upload_id),
        ("Prefix", asked.text(asked.prefix)),
    ]
    if asked.delimiter:
        children.append(("Delimiter", asked.text(asked.delimiter)))
    children.append(("MaxUploads", str(asked.limit)))
    children.append(("IsTruncated", "true" if page.truncated else "false"))
    if asked.encoded:
        children.append(("EncodingType", "url"))
    found = [entry for entry in page.entries if isinstance(entry, Upload)]
    rolled = [entry for entry in page.entries if isinstance(entry, str)]
    children += [("Upload", _upload(asked, entry)) for entry in found]
    children += [("CommonPrefixes", [("Prefix", asked.text(entry))]) for entry in rolled]
    return xml_response("ListMultipartUploadsResult", children)


async def _is_marker(call: Call, key: str, upload_id: str, server: Server) -> bool:
    return await uploads.find(server.catalog, call.held.id, key, upload_id) is not None


def _upload(asked: Listing, found: Upload) -> list[xml.Child]:
    facts: list[xml.Child] = [
        ("Key", asked.text(found.key)),
        ("UploadId", found.id),
        ("Initiator", [("ID", found.initiator)]),
        ("Owner", [("ID", found.owner)]),
        ("StorageClass", found.storage_class),
        ("Initiated", times.iso(found.initiated_us)),
    ]
    if found.checksum_algorithm:
        facts.append(("ChecksumAlgorithm", found.checksum_algorithm))
        facts.append(("ChecksumType", found.checksum_type))
    return facts
