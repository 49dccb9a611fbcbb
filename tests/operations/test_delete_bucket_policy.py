"""DeleteBucketPolicy."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import POLICY, statement
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_it_is_gone_whether_it_was_there_or_not(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket, Effect="Deny"))
    for _ in range(2):
        assert (await narthex.send("DELETE", f"/{bucket}", POLICY)).status == 204
    assert (await narthex.send("GET", f"/{bucket}", POLICY)).status == 404
    assert (await narthex.send("HEAD", f"/{bucket}")).status == 200


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}", POLICY, body=statement(bucket, Effect="Deny"))
    await refuses_strangers(narthex, "DELETE", f"/{bucket}", POLICY)
    await refuses_no_bucket(narthex, "DELETE", "", POLICY)
    assert (await narthex.send("GET", f"/{bucket}", POLICY)).status == 200
