"""ListObjectsV2."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

V2 = [("list-type", "2")]
KEYS = ("a", "a-b", "a/b", "a/b/c", "a0", "é", "z z", "\U0001f525")


@pytest.fixture
async def full(narthex: Driver, bucket: str) -> str:
    """A bucket with KEYS in it, put in no order."""
    for key in reversed(KEYS):
        await narthex.send("PUT", f"/{bucket}/{key}", body=b"x")
    return f"/{bucket}"


async def test_the_order_is_by_bytes(narthex: Driver, full: str) -> None:
    answer = await narthex.send("GET", full, V2)
    keys = [item.text or "" for item in answer.xml.iterfind("Contents/Key")]
    assert keys == sorted(KEYS, key=str.encode)
    assert answer.text("KeyCount") == str(len(KEYS))
    assert answer.text("Contents/Size") == "1"
    assert answer.text("Contents/LastModified") == "2026-11-24T12:00:00.000Z"
    assert answer.xml.find("Contents/Owner") is None


@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("delimiter", ["", "/"])
async def test_pages_join_to_the_whole(
    narthex: Driver, full: str, size: int, delimiter: str
) -> None:
    whole = await narthex.send("GET", full, [*V2, ("delimiter", delimiter)])
    seen: list[str | None] = []
    token = ""
    while True:
        query = [*V2, ("max-keys", str(size)), ("delimiter", delimiter)]
        query += [("continuation-token", token)] if token else []
        page = await narthex.send("GET", full, query)
        found = [i.text for i in page.xml.iter() if i.tag == "Key"]
        found += [i.text for i in page.xml.iterfind("CommonPrefixes/Prefix")]
        assert len(found) <= size
        seen += found
        token = page.text("NextContinuationToken") or ""
        assert bool(token) == (page.text("IsTruncated") == "true")
        if not token:
            break
    wanted = [i.text for i in whole.xml.iter() if i.tag == "Key"]
    wanted += [i.text for i in whole.xml.iterfind("CommonPrefixes/Prefix")]
    assert sorted(map(str, seen)) == sorted(map(str, wanted))


async def test_prefix_delimiter_and_start_after(narthex: Driver, full: str) -> None:
    query = [*V2, ("prefix", "a/"), ("delimiter", "/")]
    answer = await narthex.send("GET", full, query)
    assert [item.text for item in answer.xml.iterfind("Contents/Key")] == ["a/b"]
    assert [item.text for item in answer.xml.iterfind("CommonPrefixes/Prefix")] == ["a/b/"]
    behind = await narthex.send("GET", full, [*V2, ("start-after", "a0")])
    assert behind.text("Contents/Key") == "z z"


async def test_encoding_type_url(narthex: Driver, full: str) -> None:
    answer = await narthex.send("GET", full, [*V2, ("encoding-type", "url"), ("prefix", "z z")])
    assert answer.text("Contents/Key") == "z%20z"
    assert answer.text("Prefix") == "z%20z"


async def test_owners_on_request(narthex: Driver, full: str) -> None:
    answer = await narthex.send("GET", full, [*V2, ("fetch-owner", "true")])
    assert len(answer.text("Contents/Owner/ID") or "") == 64


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max-keys", "x"),
        ("max-keys", "-1"),
        ("max-keys", "1_0"),
        ("continuation-token", "not one of ours"),
        ("encoding-type", "rot13"),
        ("fetch-owner", "maybe"),
    ],
)
async def test_odd_parameters_are_refused(
    narthex: Driver, full: str, name: str, value: str
) -> None:
    answer = await narthex.send("GET", full, [*V2, (name, value)])
    assert (answer.status, answer.code) == (400, "InvalidArgument")


async def test_it_refuses_strangers(narthex: Driver, full: str) -> None:
    await refuses_strangers(narthex, "GET", full, V2)
    await refuses_no_bucket(narthex, "GET", "", V2)


async def test_no_keys_were_asked_for(narthex: Driver, full: str) -> None:
    answer = await narthex.send("GET", full, [*V2, ("max-keys", "0")])
    assert (answer.text("KeyCount"), answer.text("IsTruncated")) == ("0", "false")
