"""DeletePublicAccessBlock."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import BLOCKS
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_the_bucket_has_no_blocks_of_its_own(narthex: Driver, bucket: str) -> None:
    for _ in range(2):
        assert (await narthex.send("DELETE", f"/{bucket}", BLOCKS)).status == 204
    answer = await narthex.send("GET", f"/{bucket}", BLOCKS)
    assert (answer.status, answer.code) == (404, "NoSuchPublicAccessBlockConfiguration")


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "DELETE", f"/{bucket}", BLOCKS)
    await refuses_no_bucket(narthex, "DELETE", "", BLOCKS)
    assert (await narthex.send("GET", f"/{bucket}", BLOCKS)).status == 200
