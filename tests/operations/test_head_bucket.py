"""HeadBucket."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_it_tells_the_region(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("HEAD", f"/{bucket}")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("x-amz-bucket-region") == "us-east-1"
    assert answer.header("x-amz-bucket-arn") == f"arn:aws:s3:::{bucket}"


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "HEAD", f"/{bucket}")
    await refuses_no_bucket(narthex, "HEAD")


async def test_another_expected_owner_is_refused(narthex: Driver, bucket: str) -> None:
    for owner, status in (("000000000000", 403), ("nonsense", 400)):
        headers = [("x-amz-expected-bucket-owner", owner)]
        assert (await narthex.send("HEAD", f"/{bucket}", headers=headers)).status == status
