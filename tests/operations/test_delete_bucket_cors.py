"""DeleteBucketCors."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.sharing import CORS, allow, preflight, rule


async def test_rules_end_when_they_are_deleted(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET"))
    assert (await preflight(narthex, f"/{bucket}/k")).status == 200
    for _ in range(2):  # deleting nothing is done as well
        answer = await narthex.send("DELETE", f"/{bucket}", CORS)
        assert (answer.status, answer.body) == (204, b"")
    assert (await preflight(narthex, f"/{bucket}/k")).status == 403
    assert (await narthex.send("GET", f"/{bucket}", CORS)).code == "NoSuchCORSConfiguration"
    assert (await narthex.send("HEAD", f"/{bucket}")).status == 200


async def test_a_bucket_made_anew_has_no_rules(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET"))
    await narthex.send("DELETE", f"/{bucket}")
    await narthex.send("PUT", f"/{bucket}")
    assert (await preflight(narthex, f"/{bucket}/k")).status == 403


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    await allow(narthex, bucket, rule("GET"))
    await refuses_strangers(narthex, "DELETE", f"/{bucket}", CORS)
    await refuses_no_bucket(narthex, "DELETE", query=CORS)
    assert (await preflight(narthex, f"/{bucket}/k")).status == 200
