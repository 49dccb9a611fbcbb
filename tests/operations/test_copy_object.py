"""CopyObject."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.multipart import store
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

BODY = b"x" * 3000


@pytest.fixture
async def source(narthex: Driver, bucket: str) -> str:
    """An object to copy, as the header names it."""
    headers = [("content-type", "a/b"), ("x-amz-meta-a", "1"), ("x-amz-tagging", "k=v")]
    await narthex.send("PUT", f"/{bucket}/source", headers=headers, body=BODY)
    return f"{bucket}/source"


async def test_bytes_and_metadata_are_copied(narthex: Driver, bucket: str, source: str) -> None:
    headers = [("x-amz-copy-source", source)]
    answer = await narthex.send("PUT", f"/{bucket}/copy", headers=headers)
    assert (answer.status, answer.xml.tag) == (200, "CopyObjectResult")
    got = await narthex.send("GET", f"/{bucket}/copy")
    assert got.body == BODY
    assert (got.header("content-type"), got.header("x-amz-meta-a")) == ("a/b", "1")
    assert got.header("x-amz-tagging-count") == "1"
    await narthex.send("DELETE", f"/{bucket}/source")
    assert (await narthex.send("GET", f"/{bucket}/copy")).body == BODY


async def test_replace_takes_the_new_metadata(narthex: Driver, bucket: str, source: str) -> None:
    headers = [
        ("x-amz-copy-source", source),
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("content-type", "c/d"),
        ("x-amz-meta-b", "2"),
    ]
    await narthex.send("PUT", f"/{bucket}/copy", headers=headers)
    head = await narthex.send("HEAD", f"/{bucket}/copy")
    assert (head.header("content-type"), head.header("x-amz-meta-b")) == ("c/d", "2")
    assert head.header("x-amz-meta-a") is None
    assert head.header("x-amz-tagging-count") is None


async def test_a_copy_of_parts_is_one_object(narthex: Driver, bucket: str) -> None:
    await store(narthex, f"/{bucket}/parts", [b"a" * 1500, b"b"])
    headers = [("x-amz-copy-source", f"/{bucket}/parts")]
    assert (await narthex.send("PUT", f"/{bucket}/copy", headers=headers)).status == 200
    got = await narthex.send("GET", f"/{bucket}/copy")
    assert got.body == b"a" * 1500 + b"b"
    assert "-" not in (got.header("etag") or "")


@pytest.mark.parametrize("name", ["{}/a%2Fb", "/{}/a%2Fb", "{}/a/b", "{}/a%2fb"])
async def test_the_source_is_decoded_once(narthex: Driver, bucket: str, name: str) -> None:
    await narthex.send("PUT", f"/{bucket}/a/b", body=b"slash")
    await narthex.send("PUT", f"/{bucket}/a%2Fb", body=b"percent")
    headers = [("x-amz-copy-source", name.format(bucket))]
    await narthex.send("PUT", f"/{bucket}/copy", headers=headers)
    assert (await narthex.send("GET", f"/{bucket}/copy")).body == b"slash"
    headers = [("x-amz-copy-source", f"{bucket}/a%252Fb")]
    await narthex.send("PUT", f"/{bucket}/copy", headers=headers)
    assert (await narthex.send("GET", f"/{bucket}/copy")).body == b"percent"


async def test_conditions_on_the_source(narthex: Driver, bucket: str, source: str) -> None:
    etag = (await narthex.send("HEAD", f"/{source}")).header("etag") or ""
    other = f'"{"0" * 32}"'
    for name, value, status in (
        ("if-match", etag, 200),
        ("if-match", other, 412),
        ("if-none-match", etag, 412),
        ("if-none-match", other, 200),
        ("if-modified-since", "Tue, 24 Nov 2026 12:00:00 GMT", 412),
        ("if-unmodified-since", "Tue, 24 Nov 2026 11:00:00 GMT", 412),
    ):
        headers = [("x-amz-copy-source", source), (f"x-amz-copy-source-{name}", value)]
        answer = await narthex.send("PUT", f"/{bucket}/copy", headers=headers)
        assert answer.status == status, (name, value)


async def test_onto_itself_it_must_change_something(
    narthex: Driver, bucket: str, source: str
) -> None:
    headers = [("x-amz-copy-source", source)]
    answer = await narthex.send("PUT", f"/{source}", headers=headers)
    assert (answer.status, answer.code) == (400, "InvalidRequest")
    headers += [("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-new", "1")]
    assert (await narthex.send("PUT", f"/{source}", headers=headers)).status == 200
    got = await narthex.send("GET", f"/{source}")
    assert (got.body, got.header("x-amz-meta-new")) == (BODY, "1")


async def test_it_refuses(narthex: Driver, bucket: str, source: str) -> None:
    headers = [("x-amz-copy-source", source)]
    await refuses_strangers(narthex, "PUT", f"/{bucket}/copy", headers=headers)
    await refuses_no_bucket(narthex, "PUT", "copy", headers=headers)
    for name, status in (
        (f"{bucket}/absent", 404),
        ("nosuchbucket/k", 404),
        ("nonsense", 400),
        (f"{bucket}/source?versionId=abc", 400),
    ):
        answer = await narthex.send("PUT", f"/{bucket}/copy", headers=[("x-amz-copy-source", name)])
        assert answer.status == status, name
    assert (await narthex.send("GET", f"/{bucket}/copy")).status == 404


async def test_an_unsigned_copy_source_is_refused(
    narthex: Driver, bucket: str, source: str
) -> None:
    link = narthex.link("PUT", f"/{bucket}/copy")
    answer = await narthex.url(link, "PUT", headers=[("x-amz-copy-source", source)])
    assert (answer.status, answer.text("HeadersNotSigned")) == (403, "x-amz-copy-source")
