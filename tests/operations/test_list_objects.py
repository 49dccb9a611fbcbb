"""ListObjects, the first version."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers


async def test_markers_join_pages(narthex: Driver, bucket: str) -> None:
    for key in ("a/1", "a/2", "b", "c"):
        await narthex.send("PUT", f"/{bucket}/{key}", body=b"x")
    first = await narthex.send("GET", f"/{bucket}", [("max-keys", "2"), ("delimiter", "/")])
    assert [i.text for i in first.xml.iterfind("CommonPrefixes/Prefix")] == ["a/"]
    assert [i.text for i in first.xml.iterfind("Contents/Key")] == ["b"]
    marker = first.text("NextMarker") or ""
    assert (first.text("IsTruncated"), marker) == ("true", "b")
    rest = await narthex.send("GET", f"/{bucket}", [("marker", marker), ("delimiter", "/")])
    assert [i.text for i in rest.xml.iterfind("Contents/Key")] == ["c"]
    assert rest.text("IsTruncated") == "false"


async def test_it_tells_owners(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"x")
    answer = await narthex.send("GET", f"/{bucket}")
    assert len(answer.text("Contents/Owner/ID") or "") == 64


async def test_it_refuses_strangers(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}")
    await refuses_no_bucket(narthex, "GET")


async def test_an_unbuilt_listing_is_not_this_one(narthex: Driver, bucket: str) -> None:
    for name in ("metrics", "inventory", "analytics"):
        answer = await narthex.send("GET", f"/{bucket}", [(name, "")])
        assert (answer.status, answer.code) == (501, "NotImplemented"), name
