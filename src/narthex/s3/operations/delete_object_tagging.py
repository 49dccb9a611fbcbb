"""DeleteObjectTagging: an object without tags. The object itself stays.

Source: Amazon S3 API reference, DeleteObjectTagging.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.s3.select import check_version
from narthex.s3.tagging import set_object_tags
from narthex.server import Server


@operation(
    "DeleteObjectTagging", "DELETE", "object", action="s3:DeleteObjectTagging", query="tagging"
)
async def delete_object_tagging(call: Call, server: Server) -> Response:
    check_version(call)
    await set_object_tags(call, (), server, "ObjectTagging:Delete")
    return Response(204)
