"""DeleteBucketLifecycle."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.lifecycles import EXPIRATION, LIFECYCLE, keep, rule
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_nothing_ends_whether_there_were_rules_or_not(narthex: Driver, bucket: str) -> None:
    await keep(narthex, bucket, rule())
    for _ in range(2):
        answer = await narthex.send("DELETE", f"/{bucket}", LIFECYCLE)
        assert (answer.status, answer.body) == (204, b"")
        assert (await narthex.send("GET", f"/{bucket}", LIFECYCLE)).status == 404
        assert (await narthex.send("PUT", f"/{bucket}/k", body=b"x")).header(EXPIRATION) is None


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    await keep(narthex, bucket, rule())
    await refuses_strangers(narthex, "DELETE", f"/{bucket}", LIFECYCLE)
    await refuses_no_bucket(narthex, "DELETE", query=LIFECYCLE)
    assert (await narthex.send("GET", f"/{bucket}", LIFECYCLE)).status == 200
