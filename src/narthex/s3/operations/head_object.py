"""HeadObject: GetObject without the bytes.

Source: Amazon S3 API reference, HeadObject.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.s3.select import select
from narthex.server import Server


@operation("HeadObject", "HEAD", "object", action="s3:GetObject")
async def head_object(call: Call, server: Server) -> Response:
    chosen = await select(call, server)
    found = chosen.object
    return Response(chosen.status, chosen.headers, b"", found.content, found.modified_us)
