"""ListBuckets."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_strangers


async def test_buckets_are_listed_by_name(narthex: Driver) -> None:
    for name in ("zebra", "apple", "mango"):
        await narthex.send("PUT", f"/{name}")
    answer = await narthex.send("GET", "/")
    assert [item.text for item in answer.xml.iterfind("Buckets/Bucket/Name")] == [
        "apple",
        "mango",
        "zebra",
    ]
    assert answer.text("Buckets/Bucket/CreationDate") == "2026-11-24T12:00:00.000Z"
    assert len(answer.text("Owner/ID") or "") == 64


async def test_pages_and_prefixes(narthex: Driver) -> None:
    for number in range(5):
        await narthex.send("PUT", f"/page-{number}")
    await narthex.send("PUT", "/other")
    seen: list[str | None] = []
    token = ""
    while True:
        query = [("max-buckets", "2"), ("prefix", "page-")]
        query += [("continuation-token", token)] if token else []
        answer = await narthex.send("GET", "/", query)
        seen += [item.text for item in answer.xml.iterfind("Buckets/Bucket/Name")]
        token = answer.text("ContinuationToken") or ""
        if not token:
            break
    assert seen == [f"page-{number}" for number in range(5)]


async def test_it_refuses_strangers_and_odd_numbers(narthex: Driver) -> None:
    await refuses_strangers(narthex, "GET", "/")
    for number in ("0", "10001", "-1", "x", "١"):
        answer = await narthex.send("GET", "/", [("max-buckets", number)])
        assert (answer.status, answer.code) == (400, "InvalidArgument"), number
