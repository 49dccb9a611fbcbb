"""GetBucketTagging."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.tagging import TAGGING, document, tags_of


async def test_it_tells_the_tags(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}", TAGGING, body=document({"a": "1"}))
    assert tags_of(await narthex.send("GET", f"/{bucket}", TAGGING)) == {"a": "1"}


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", TAGGING)
    await refuses_no_bucket(narthex, "GET", "", TAGGING)


async def test_no_tags_are_a_refusal(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("GET", f"/{bucket}", TAGGING)
    assert (answer.status, answer.code) == (404, "NoSuchTagSet")
