"""DeleteObjectTagging."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.tagging import TAGGING, document, tags_of


async def test_the_tags_are_gone_and_nothing_else(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await narthex.send("PUT", f"/{bucket}/k", TAGGING, body=document({"a": "1"}))
    for _ in range(2):
        assert (await narthex.send("DELETE", f"/{bucket}/k", TAGGING)).status == 204
    answer = await narthex.send("GET", f"/{bucket}/k", TAGGING)
    assert answer.code == "NoSuchTagSet" or tags_of(answer) == {}
    assert (await narthex.send("HEAD", f"/{bucket}/k")).status == 200


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    await narthex.send("PUT", f"/{bucket}/k", TAGGING, body=document({"a": "1"}))
    await refuses_strangers(narthex, "DELETE", f"/{bucket}/k", TAGGING)
    await refuses_no_bucket(narthex, "DELETE", "k", TAGGING)
    assert tags_of(await narthex.send("GET", f"/{bucket}/k", TAGGING)) == {"a": "1"}
