"""GetBucketOwnershipControls."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import CONTROLS
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_a_new_bucket_is_its_owners_alone(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", CONTROLS)
    assert (answer.status, answer.text("Rule/ObjectOwnership")) == (200, "BucketOwnerEnforced")


async def test_it_is_what_the_bucket_was_made_with(narthex: Driver) -> None:
    headers = [("x-amz-object-ownership", "ObjectWriter")]
    assert (await narthex.send("PUT", "/of-writers", headers=headers)).status == 200
    answer = await narthex.send("GET", "/of-writers", CONTROLS)
    assert answer.text("Rule/ObjectOwnership") == "ObjectWriter"
    headers = [("x-amz-object-ownership", "Nobody")]
    answer = await narthex.send("PUT", "/of-nobody", headers=headers)
    assert (answer.status, answer.code) == (400, "InvalidArgument")


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", CONTROLS)
    await refuses_no_bucket(narthex, "GET", "", CONTROLS)
