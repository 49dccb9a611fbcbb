"""PutBucketTagging."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers
from tests.operations.tagging import TAGGING, document, tags_of


async def test_the_tags_replace_those_before(narthex: Driver, bucket: str) -> None:
    for tags in ({"a": "1", "b": ""}, {"c": "ü é"}):
        answer = await narthex.send("PUT", f"/{bucket}", TAGGING, body=document(tags))
        assert answer.status == 204
        assert tags_of(await narthex.send("GET", f"/{bucket}", TAGGING)) == tags


async def test_strangers_change_nothing(narthex: Driver, bucket: str) -> None:
    body = document({"a": "1"})
    await narthex.send("PUT", f"/{bucket}", TAGGING, body=body)
    await refuses_strangers(narthex, "PUT", f"/{bucket}", TAGGING, body=document({"b": "2"}))
    await refuses_no_bucket(narthex, "PUT", "", TAGGING, body=body)
    assert tags_of(await narthex.send("GET", f"/{bucket}", TAGGING)) == {"a": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Tagging/>",
        b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        document({"x" * 129: "1"}),
        document({"a": "x" * 257}),
        document({"aws:a": "1"}),
        document({"a": "emoji \U0001f525;"}),
        document({f"k{number}": "v" for number in range(51)}),
        document({"a": "1"}).replace(b"</TagSet>", b"<Tag><Key>a</Key><Value/></Tag></TagSet>"),
    ],
)
async def test_bad_tags_are_refused(narthex: Driver, bucket: str, body: bytes) -> None:
    answer = await narthex.send("PUT", f"/{bucket}", TAGGING, body=body)
    assert answer.status == 400
    assert answer.code in (
        "MalformedXML",
        "InvalidTag",
        "BadRequest",
        "MissingRequestBodyError",
    )
