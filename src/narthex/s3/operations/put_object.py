"""PutObject: one object, written whole or not at all.

Source: Amazon S3 API reference, PutObject; conditional writes, "If-None-Match" and "If-Match".
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.lifecycle import expiration_of
from narthex.s3.operation import Call, operation
from narthex.s3.publish import Draft, publish
from narthex.s3.receive import receive
from narthex.s3.representation import checksum_headers
from narthex.server import Server


@operation("PutObject", "PUT", "object", action="s3:PutObject")
async def put_object(call: Call, server: Server) -> Response:
    draft = await Draft.of(
        call, server
    )  # headers, tags and storage class are refused before the body is read
    received = await receive(call, server)
    written = await publish(call, draft, received, server, "ObjectCreated:Put")
    return Response(
        200,
        (
            ("etag", f'"{written.etag}"'),
            *checksum_headers(written),
            *await expiration_of(call.held, written, server),
            ("content-length", "0"),
        ),
    )
