"""GetBucketRequestPayment: who pays for requests: nobody but the owner of the bucket.

Source: Amazon S3 API reference, GetBucketRequestPayment.
"""

from __future__ import annotations

from narthex.http import Response
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation(
    "GetBucketRequestPayment",
    "GET",
    "bucket",
    action="s3:GetBucketRequestPayment",
    query="requestPayment",
)
async def get_bucket_request_payment(call: Call, server: Server) -> Response:
    return xml_response("RequestPaymentConfiguration", [("Payer", "BucketOwner")])
