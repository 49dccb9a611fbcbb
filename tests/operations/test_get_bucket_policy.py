"""GetBucketPolicy."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import POLICY, statement
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_it_is_what_was_put_to_the_byte(narthex: Driver, bucket: str) -> None:
    body = statement(bucket, Effect="Deny", Sid="ä").replace(b",", b" ,\n")
    await narthex.send("PUT", f"/{bucket}", POLICY, body=body)
    answer = await narthex.send("GET", f"/{bucket}", POLICY)
    assert (answer.status, answer.body) == (200, body)
    assert answer.header("content-type") == "application/json"


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", POLICY)
    assert (answer.status, answer.code) == (404, "NoSuchBucketPolicy")
    await refuses_strangers(narthex, "GET", f"/{bucket}", POLICY)
    await refuses_no_bucket(narthex, "GET", "", POLICY)
