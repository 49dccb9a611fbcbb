"""DeleteBucketLifecycle: nothing in a bucket ends by itself.

Source: Amazon S3 API reference, DeleteBucketLifecycle (its action is s3:PutLifecycleConfiguration).
"""

from __future__ import annotations

from narthex.catalog import Transaction
from narthex.http import Response
from narthex.s3.lifecycle import drop_rules
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "DeleteBucketLifecycle",
    "DELETE",
    "bucket",
    action="s3:PutLifecycleConfiguration",
    query="lifecycle",
)
async def delete_bucket_lifecycle(call: Call, server: Server) -> Response:
    async def work(tx: Transaction) -> None:
        await drop_rules(tx, call.held.id)

    await server.catalog.run(work)
    return Response(204)
