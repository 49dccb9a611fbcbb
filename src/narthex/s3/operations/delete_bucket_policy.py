"""DeleteBucketPolicy: a bucket without a policy, whether there was one or not.

Source: Amazon S3 API reference, DeleteBucketPolicy.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.http import Response
from narthex.s3 import rules
from narthex.s3.operation import Call, operation
from narthex.s3.policies import refuse_other_accounts
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server


@operation("DeleteBucketPolicy", "DELETE", "bucket", action="s3:DeleteBucketPolicy", query="policy")
async def delete_bucket_policy(call: Call, server: Server) -> Response:
    refuse_other_accounts(call)

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.detach(tx, call.held.id, rules.POLICY)
        await buckets.detach(tx, call.held.id, rules.PINS)

    await server.catalog.run(work)
    return Response(204)
