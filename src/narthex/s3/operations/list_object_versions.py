"""ListObjectVersions: every object as its only version, `null`, for clients that list no other way.

Source: Amazon S3 API reference, ListObjectVersions, of a bucket that never kept versions.
"""

from __future__ import annotations

from narthex.errors import invalid_argument
from narthex.http import Response
from narthex.pure import xml
from narthex.s3.answer import xml_response
from narthex.s3.listing import Listing, entries
from narthex.s3.operation import Call, operation
from narthex.server import Server

KEY, VERSION = "key-marker", "version-id-marker"


@operation("ListObjectVersions", "GET", "bucket", action="s3:ListBucketVersions", query="versions")
async def list_object_versions(call: Call, server: Server) -> Response:
    asked = Listing.of(call)
    marker, version = call.parameter(KEY) or "", call.parameter(VERSION) or ""
    _check_markers(call, version)
    page = await asked.page(call, server, marker)
    children: list[xml.Child] = [
        ("Name", call.held.name),
        ("Prefix", asked.text(asked.prefix)),
        ("KeyMarker", asked.text(marker)),
        ("VersionIdMarker", version),
    ]
    if page.truncated:
        children.append(("NextKeyMarker", asked.text(page.next_after)))
        if not isinstance(page.entries[-1], str):
            children.append(("NextVersionIdMarker", "null"))
    children.append(("MaxKeys", str(asked.limit)))
    if asked.delimiter:
        children.append(("Delimiter", asked.text(asked.delimiter)))
    children.append(("IsTruncated", "true" if page.truncated else "false"))
    if asked.encoded:
        children.append(("EncodingType", "url"))
    children += entries(asked, page, owner=True, versions=True)
    return xml_response("ListVersionsResult", children)


def _check_markers(call: Call, version: str) -> None:
    """Behind the one version of a key comes the next key, so the key says it all."""
    if call.parameter(VERSION) is None:
        return
    if call.parameter(KEY) is None:
        raise invalid_argument(
            "A version-id marker cannot be specified without a key marker.", VERSION, version[:64]
        )
    if version not in ("", "null"):
        raise invalid_argument("Invalid version id specified", VERSION, version[:64])
