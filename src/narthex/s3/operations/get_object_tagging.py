"""GetObjectTagging: the tags of an object; none is an empty set.

Source: Amazon S3 API reference, GetObjectTagging.
"""

from __future__ import annotations

from narthex.catalog import objects
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import tags
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.s3.question import check_judged
from narthex.s3.select import check_version
from narthex.server import Server


@operation("GetObjectTagging", "GET", "object", action="s3:GetObjectTagging", query="tagging")
async def get_object_tagging(call: Call, server: Server) -> Response:
    check_version(call)
    found = await objects.find(server.catalog, call.held.id, call.key)
    if found is None:
        raise S3Error("NoSuchKey", detail=(("Key", call.key),))
    check_judged(call.asking, call.held, found)
    return xml_response("Tagging", tags.elements(found.tags))
