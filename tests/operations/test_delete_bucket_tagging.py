"""DeleteBucketTagging."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.tagging import TAGGING, document, tags_of


async def test_the_tags_are_gone_and_nothing_else(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}", TAGGING, body=document({"a": "1"}))
    for _ in range(2):
        assert (await narthex.send("DELETE", f"/{bucket}", TAGGING)).status == 204
    answer = await narthex.send("GET", f"/{bucket}", TAGGING)
    assert answer.code == "NoSuchTagSet" or tags_of(answer) == {}
    assert (await narthex.send("HEAD", f"/{bucket}")).status == 200


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}", TAGGING, body=document({"a": "1"}))
    await refuses_strangers(narthex, "DELETE", f"/{bucket}", TAGGING)
    await refuses_no_bucket(narthex, "DELETE", "", TAGGING)
    assert tags_of(await narthex.send("GET", f"/{bucket}", TAGGING)) == {"a": "1"}
