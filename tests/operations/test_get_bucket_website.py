"""GetBucketWebsite."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import answers_absent


async def test_a_bucket_has_none_and_takes_none(narthex: Driver, bucket: str) -> None:
    code = "NoSuchWebsiteConfiguration"
    message = "The specified bucket does not have a website configuration"
    await answers_absent(narthex, bucket, [("website", "")], code, message)
