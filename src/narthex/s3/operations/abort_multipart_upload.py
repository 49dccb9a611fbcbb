"""AbortMultipartUpload: the upload and all its parts are gone.

Source: Amazon S3 API reference, AbortMultipartUpload.
"""

from __future__ import annotations

from narthex.catalog import Transaction, uploads
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.s3.parts import find_upload, no_such_upload
from narthex.server import Server


@operation(
    "AbortMultipartUpload", "DELETE", "object", action="s3:AbortMultipartUpload", query="uploadId"
)
async def abort_multipart_upload(call: Call, server: Server) -> Response:
    upload = await find_upload(call, server)

    async def work(tx: Transaction) -> None:
        still = await uploads.find(tx, upload.bucket, upload.key, upload.id)
        if still is None:
            raise no_such_upload(upload.id)
        await uploads.abort(tx, upload, server.clock())

    await server.catalog.run(work)
    return Response(204)
