"""ListObjectsV2: keys in byte order, a page at a time, rolled up at a delimiter.

Source: Amazon S3 API reference, ListObjectsV2.
"""

from __future__ import annotations

from narthex.errors import invalid_argument
from narthex.http import Response
from narthex.pure import tokens, xml
from narthex.s3.answer import xml_response
from narthex.s3.listing import Listing, entries
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("ListObjectsV2", "GET", "bucket", action="s3:ListBucket", query="list-type=2")
async def list_objects_v2(call: Call, server: Server) -> Response:
    asked = Listing.of(call)
    token = call.parameter("continuation-token")
    start_after = call.parameter("start-after") or ""
    after = start_after if token is None else tokens.open_token(token)
    owner = _flag(call, "fetch-owner")
    page = await asked.page(call, server, after)
    children: list[xml.Child] = [
        ("Name", call.held.name),
        ("Prefix", asked.text(asked.prefix)),
        ("KeyCount", str(len(page.entries))),
        ("MaxKeys", str(asked.limit)),
    ]
    if asked.delimiter:
        children.append(("Delimiter", asked.text(asked.delimiter)))
    children.append(("IsTruncated", "true" if page.truncated else "false"))
    if asked.encoded:
        children.append(("EncodingType", "url"))
    if token is not None:
        children.append(("ContinuationToken", token))
    elif start_after:
        children.append(("StartAfter", asked.text(start_after)))
    if page.truncated:
        children.append(("NextContinuationToken", tokens.seal_token(page.next_after)))
    children += entries(asked, page, owner=owner)
    return xml_response("ListBucketResult", children)


def _flag(call: Call, name: str) -> bool:
    value = call.parameter(name)
    if value not in (None, "", "true", "false"):
        raise invalid_argument(f"Invalid value for {name}", name, (value or "")[:64])
    return value == "true"
