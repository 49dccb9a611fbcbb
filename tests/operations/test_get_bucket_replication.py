"""GetBucketReplication."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import answers_absent


async def test_a_bucket_has_none_and_takes_none(narthex: Driver, bucket: str) -> None:
    code = "ReplicationConfigurationNotFoundError"
    message = "The replication configuration was not found"
    await answers_absent(narthex, bucket, [("replication", "")], code, message)
