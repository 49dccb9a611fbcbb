"""PutBucketPolicy: replace the policy of a bucket with one that can be evaluated.

Source: Amazon S3 API reference, PutBucketPolicy. Names of users and roles are pinned to their
unique ids, so that somebody of the same name made later inherits nothing.
"""

from __future__ import annotations

import json

from narthex.catalog import Transaction, buckets
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure import public_access
from narthex.pure.policy import Malformed, named_principals, parse
from narthex.s3 import rules
from narthex.s3.answer import read_document
from narthex.s3.operation import Call, operation
from narthex.s3.policies import pin_principals, refuse_other_accounts
from narthex.s3.publish import refuse_lost_bucket
from narthex.server import Server

MAX_BYTES = 20 * 1024  # S3's limit for a bucket policy


@operation("PutBucketPolicy", "PUT", "bucket", action="s3:PutBucketPolicy", query="policy")
async def put_bucket_policy(call: Call, server: Server) -> Response:
    refuse_other_accounts(call)
    text = await read_document(call, MAX_BYTES)
    try:
        document = parse(text, "bucket", bucket=call.held.name)
    except Malformed as error:
        raise S3Error(error.code, str(error)) from error
    current = await rules.rules_of(server.catalog, call.held)
    public_access.check_policy(current.blocks, document)
    pins = await pin_principals(named_principals(document), server)

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        await buckets.attach(tx, call.held.id, rules.POLICY, text.decode())
        await buckets.attach(tx, call.held.id, rules.PINS, json.dumps(sorted(pins.items())))

    await server.catalog.run(work)
    return Response(204)
