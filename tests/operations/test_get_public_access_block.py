"""GetPublicAccessBlock."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import BLOCKS, NO_BLOCKS
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_all_four_are_on_in_a_new_bucket(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", BLOCKS)
    assert answer.status == 200
    assert [(child.tag, child.text) for child in answer.xml] == [
        ("BlockPublicAcls", "true"),
        ("IgnorePublicAcls", "true"),
        ("BlockPublicPolicy", "true"),
        ("RestrictPublicBuckets", "true"),
    ]
    await narthex.send("PUT", f"/{bucket}", BLOCKS, body=NO_BLOCKS)
    answer = await narthex.send("GET", f"/{bucket}", BLOCKS)
    assert {child.text for child in answer.xml} == {"false"}


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", BLOCKS)
    await refuses_no_bucket(narthex, "GET", "", BLOCKS)
