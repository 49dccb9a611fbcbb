"""PutBucketLifecycleConfiguration: say which objects and uploads of a bucket end by themselves.

Source: Amazon S3 API reference, PutBucketLifecycleConfiguration, and PutBucketLifecycle before it,
whose documents are rules with a prefix of their own.
"""

from __future__ import annotations

from narthex.catalog import Transaction
from narthex.http import Response
from narthex.pure import lifecycle_document
from narthex.pure.lifecycle_document import MINIMUM
from narthex.s3.answer import read_document
from narthex.s3.lifecycle import keep_rules
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server


@operation(
    "PutBucketLifecycleConfiguration",
    "PUT",
    "bucket",
    action="s3:PutLifecycleConfiguration",
    query="lifecycle",
)
async def put_bucket_lifecycle_configuration(call: Call, server: Server) -> Response:
    least = lifecycle_document.minimum(call.field(MINIMUM))
    document = await read_document(call, lifecycle_document.MOST_BYTES)
    text = lifecycle_document.render(lifecycle_document.read(document, server.new_id)).decode()

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await keep_rules(tx, call.held.id, text, least, server.clock())

    await server.catalog.run(work)
    return Response(200, ((MINIMUM, least), ("content-length", "0")))
