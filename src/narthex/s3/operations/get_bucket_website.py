"""GetBucketWebsite: the website that a bucket is: none.

Source: Amazon S3 API reference, GetBucketWebsite.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Response
from narthex.s3.operation import Call, operation
from narthex.server import Server


@operation("GetBucketWebsite", "GET", "bucket", action="s3:GetBucketWebsite", query="website")
async def get_bucket_website(call: Call, server: Server) -> Response:
    raise S3Error("NoSuchWebsiteConfiguration", detail=(("BucketName", call.held.name),))
