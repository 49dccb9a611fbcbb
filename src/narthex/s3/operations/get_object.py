"""GetObject: an object's bytes, or a range of them, verified before they leave.

Source: Amazon S3 API reference, GetObject; RFC 9110 sections 13 and 14.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.content import read_content, whole_file
from narthex.s3.elsewhere import handed_over
from narthex.s3.operation import Call, operation
from narthex.s3.select import select
from narthex.server import Server


@operation("GetObject", "GET", "object", action="s3:GetObject")
async def get_object(call: Call, server: Server) -> Response:
    chosen = await select(call, server)
    away = handed_over(call, chosen, server)
    if away is not None:
        return away
    start, end = chosen.start, chosen.end
    body = whole_file(chosen.piece, start, end, server) or await read_content(
        chosen.object, chosen.piece, start, end, server
    )
    found = chosen.object
    return Response(chosen.status, chosen.headers, body, found.content, found.modified_us)
