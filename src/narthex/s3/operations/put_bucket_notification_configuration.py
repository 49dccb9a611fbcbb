"""PutBucketNotificationConfiguration: say who is told of what happens in a bucket.

A target that could not deliver now is refused, unless the request says not to look.
Source: Amazon S3 API reference, PutBucketNotificationConfiguration; recorded answers of S3.
"""

from __future__ import annotations

from narthex.catalog import Transaction, buckets
from narthex.events import wake
from narthex.http import Response
from narthex.pure.events import configuration, records
from narthex.pure.events.configuration import Notification
from narthex.s3 import rules
from narthex.s3.answer import read_document
from narthex.s3.destinations import check_destinations
from narthex.s3.operation import Call, operation
from narthex.s3.publish import refuse_lost_bucket
from narthex.s3.telling import cause_of, enqueue
from narthex.server import Server

SKIP = "x-amz-skip-destination-validation"


@operation(
    "PutBucketNotificationConfiguration",
    "PUT",
    "bucket",
    action="s3:PutBucketNotification",
    query="notification",
)
async def put_bucket_notification_configuration(call: Call, server: Server) -> Response:
    document = await read_document(call, configuration.MOST_BYTES)
    wanted = configuration.read(document, server.new_id)
    if (call.field(SKIP) or "").lower() != "true":
        await check_destinations(wanted, call.held, server)
    now = server.clock()
    test = records.write_test(call.held.name, now, cause_of(call))

    async def work(tx: Transaction) -> None:
        await refuse_lost_bucket(tx, call)
        if not wanted:
            await buckets.detach(tx, call.held.id, rules.NOTIFICATION)
            return
        text = configuration.render(wanted).decode()
        await buckets.attach(tx, call.held.id, rules.NOTIFICATION, text)
        for arn in _tested(wanted):
            await enqueue(tx, call.held, arn, "", test, now, server)

    await server.catalog.run(work)
    wake.ring(server)
    return Response(200, (("content-length", "0"),))


def _tested(wanted: tuple[Notification, ...]) -> list[str]:
    """Queues and topics are sent a test event; functions are not."""
    return list(dict.fromkeys(one.arn for one in wanted if one.target != "CloudFunction"))
