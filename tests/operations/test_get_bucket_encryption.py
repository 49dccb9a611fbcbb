"""GetBucketEncryption."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import answers_absent


async def test_a_bucket_has_none_and_takes_none(narthex: Driver, bucket: str) -> None:
    code = "ServerSideEncryptionConfigurationNotFoundError"
    message = "The server side encryption configuration was not found"
    await answers_absent(narthex, bucket, [("encryption", "")], code, message)
