"""GetBucketNotificationConfiguration: who is told of what happens in a bucket.

Source: Amazon S3 API reference, GetBucketNotificationConfiguration.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.pure.events import configuration
from narthex.s3.answer import document_response
from narthex.s3.operation import Call, operation
from narthex.s3.rules import rules_of
from narthex.server import Server


@operation(
    "GetBucketNotificationConfiguration",
    "GET",
    "bucket",
    action="s3:GetBucketNotification",
    query="notification",
)
async def get_bucket_notification_configuration(call: Call, server: Server) -> Response:
    rules = await rules_of(server.catalog, call.held)
    return document_response(configuration.render(rules.notifications))
