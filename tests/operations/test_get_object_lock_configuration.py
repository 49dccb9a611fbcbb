"""GetObjectLockConfiguration."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import answers_absent


async def test_a_bucket_has_none_and_takes_none(narthex: Driver, bucket: str) -> None:
    code = "ObjectLockConfigurationNotFoundError"
    message = "Object Lock configuration does not exist for this bucket"
    await answers_absent(narthex, bucket, [("object-lock", "")], code, message)
