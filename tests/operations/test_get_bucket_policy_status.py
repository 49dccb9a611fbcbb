"""GetBucketPolicyStatus."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import POLICY, STATUS, open_up, statement
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_it_tells_whether_strangers_get_in(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    for body, public in (
        (statement(bucket), "true"),
        (statement(bucket, Effect="Deny"), "false"),
        (statement(bucket, Condition=office), "false"),
        (statement(bucket, Condition={"Bool": {"aws:SecureTransport": "true"}}), "true"),
    ):
        await narthex.send("PUT", f"/{bucket}", POLICY, body=body)
        answer = await narthex.send("GET", f"/{bucket}", STATUS)
        assert (answer.status, answer.text("IsPublic")) == (200, public), body


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", STATUS)
    assert (answer.status, answer.code) == (404, "NoSuchBucketPolicy")
    await refuses_strangers(narthex, "GET", f"/{bucket}", STATUS)
    await refuses_no_bucket(narthex, "GET", "", STATUS)
