"""PutObjectTagging: replace the tags of an object.

Source: Amazon S3 API reference, PutObjectTagging.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.pure import documents, tags
from narthex.s3.answer import read_document
from narthex.s3.authorize import of_version, require
from narthex.s3.operation import Call, operation
from narthex.s3.select import check_version
from narthex.s3.tagging import set_object_tags
from narthex.server import Server

MAX_BYTES = 64 * 1024


@operation("PutObjectTagging", "PUT", "object", action="s3:PutObjectTagging", query="tagging")
async def put_object_tagging(call: Call, server: Server) -> Response:
    wanted = documents.read_tagging(await read_document(call, MAX_BYTES))
    # Policies may speak of the tags that are asked for: they are known only now.
    action = of_version("s3:PutObjectTagging", call.parameter("versionId"))
    await require(call.asking, action, call.held, call.key, server, request_tags=wanted)
    check_version(call)
    tags.check_object_tags(wanted)
    await set_object_tags(call, wanted, server, "ObjectTagging:Put")
    return Response(200, (("content-length", "0"),))
