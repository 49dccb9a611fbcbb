"""GetObjectTagging."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.tagging import TAGGING, document, tags_of


async def test_it_tells_the_tags(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await narthex.send("PUT", f"/{bucket}/k", TAGGING, body=document({"a": "1"}))
    assert tags_of(await narthex.send("GET", f"/{bucket}/k", TAGGING)) == {"a": "1"}


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await refuses_strangers(narthex, "GET", f"/{bucket}/k", TAGGING)
    await refuses_no_bucket(narthex, "GET", "k", TAGGING)


async def test_no_tags_are_an_empty_set(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    assert tags_of(await narthex.send("GET", f"/{bucket}/k", TAGGING)) == {}
    absent = await narthex.send("GET", f"/{bucket}/absent", TAGGING)
    assert (absent.status, absent.code) == (404, "NoSuchKey")
