"""CreateMultipartUpload: begin an object that arrives in parts.

Source: Amazon S3 API reference, CreateMultipartUpload.
"""

from __future__ import annotations

from narthex.catalog import Transaction, uploads
from narthex.http import Response
from narthex.model import Upload
from narthex.pure import part_checksums, xml
from narthex.s3.answer import xml_response
from narthex.s3.lifecycle import abortion_of
from narthex.s3.operation import Call, operation
from narthex.s3.publish import Draft, refuse_lost_bucket
from narthex.server import Server


@operation("CreateMultipartUpload", "POST", "object", action="s3:PutObject", query="uploads")
async def create_multipart_upload(call: Call, server: Server) -> Response:
    draft = await Draft.of(call, server)
    algorithm, kind = part_checksums.multipart_kind(
        call.field("x-amz-checksum-algorithm"), call.field("x-amz-checksum-type")
    )
    upload = Upload(
        id=server.new_id(),
        bucket=call.held.id,
        key=call.key,
        initiated_us=server.clock(),
        owner=draft.owner,
        initiator=call.caller.arn,
        headers=draft.headers,
        tags=draft.tags,
        storage_class=draft.storage_class,
        checksum_algorithm=algorithm,
        checksum_type=kind,
        acl=draft.acl,
    )

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await uploads.create(tx, upload)

    await server.catalog.run(work)
    children: list[xml.Child] = [
        ("Bucket", call.held.name),
        ("Key", call.key),
        ("UploadId", upload.id),
    ]
    headers = await abortion_of(call.held, upload.key, upload.initiated_us, server)
    if call.field("x-amz-checksum-algorithm") is not None:
        told = (("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", kind))
        headers = (*headers, *told)
    return xml_response("InitiateMultipartUploadResult", children, headers=headers)
