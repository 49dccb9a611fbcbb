"""GetBucketLogging."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

QUERY = [("logging", "")]


async def test_a_bucket_is_as_it_was_made(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", QUERY)
    assert answer.status == 200
    assert answer.header("content-type") == "application/xml"
    assert answer.xml.tag == "BucketLoggingStatus"
    assert list(answer.xml) == []


async def test_what_cannot_be_had_is_not_taken(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("PUT", f"/{bucket}", QUERY, body=b"<BucketLoggingStatus/>")
    assert (answer.status, answer.code) == (501, "NotImplemented")


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", QUERY)
    await refuses_no_bucket(narthex, "GET", query=QUERY)
