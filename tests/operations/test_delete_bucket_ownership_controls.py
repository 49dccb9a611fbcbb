"""DeleteBucketOwnershipControls."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import CONTROLS
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_there_are_no_controls_afterwards(narthex: Driver, bucket: str) -> None:
    for _ in range(2):
        assert (await narthex.send("DELETE", f"/{bucket}", CONTROLS)).status == 204
    answer = await narthex.send("GET", f"/{bucket}", CONTROLS)
    assert (answer.status, answer.code) == (404, "OwnershipControlsNotFoundError")


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "DELETE", f"/{bucket}", CONTROLS)
    await refuses_no_bucket(narthex, "DELETE", "", CONTROLS)
    assert (await narthex.send("GET", f"/{bucket}", CONTROLS)).status == 200
