"""GetBucketLocation."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_us_east_1_is_the_empty_location(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", [("location", "")])
    assert answer.status == 200
    assert answer.xml.tag == "LocationConstraint"
    assert answer.xml.text is None


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", [("location", "")])
    await refuses_no_bucket(narthex, "GET", "", [("location", "")])
