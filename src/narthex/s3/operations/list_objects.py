"""ListObjects: the first version of the listing, with markers instead of tokens.

Source: Amazon S3 API reference, ListObjects. NextMarker is told only with a delimiter.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.pure import xml
from narthex.s3.answer import xml_response
from narthex.s3.listing import Listing, entries
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("ListObjects", "GET", "bucket", action="s3:ListBucket")
async def list_objects(call: Call, server: Server) -> Response:
    asked = Listing.of(call)
    marker = call.parameter("marker") or ""
    page = await asked.page(call, server, marker)
    children: list[xml.Child] = [
        ("Name", call.held.name),
        ("Prefix", asked.text(asked.prefix)),
        ("Marker", asked.text(marker)),
    ]
    if page.truncated and asked.delimiter:
        children.append(("NextMarker", asked.text(page.next_after)))
    children.append(("MaxKeys", str(asked.limit)))
    if asked.delimiter:
        children.append(("Delimiter", asked.text(asked.delimiter)))
    children.append(("IsTruncated", "true" if page.truncated else "false"))
    if asked.encoded:
        children.append(("EncodingType", "url"))
    children += entries(asked, page, owner=True)
    return xml_response("ListBucketResult", children)
