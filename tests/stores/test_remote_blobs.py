"""The blob seam on an object store: whole or not at all, verified, nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narthex.blobs import BLOCK, Writer, verify
from narthex.blobs.remote import BLOCKS, RemoteBlobs, growing
from narthex.blobs.remote_url import open_remote
from narthex.blobs.remote_writer import PART
from narthex.errors import Corrupt, Unavailable
from tests.contract.test_blobs import bytes_of, sums_of
from tests.stores.conftest import BUCKET, Place

BLOB = "0123456789abcdef" * 2
SIZES = [1, BLOCK - 1, BLOCK, BLOCK + 1, PART, PART + 1, BLOCKS * BLOCK, 2 * PART + 3 * BLOCK + 7]


async def store(blobs: RemoteBlobs, data: bytes, blob: str = BLOB, step: int = BLOCK) -> bytes:
    writer = await blobs.create(blob)
    for start in range(0, len(data), step):
        await writer.write(data[start : start + step])
    return await writer.commit()


async def read(blobs: RemoteBlobs, size: int, sums: bytes, start: int, end: int) -> bytes:
    chunks = [chunk async for chunk in blobs.read(BLOB, size, sums, start, end)]
    assert all(0 < len(chunk) <= BLOCK for chunk in chunks)
    return b"".join(chunks)


async def scanned(blobs: RemoteBlobs) -> list[str]:
    return sorted([blob async for blob, made_us in blobs.scan() if made_us > 1_600_000_000_000_000])


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_written_is_read_back(blobs: RemoteBlobs, size: int) -> None:
    data = bytes_of(size)
    sums = await store(blobs, data)
    assert sums == sums_of(data)
    assert await read(blobs, size, sums, 0, size) == data
    assert await scanned(blobs) == [BLOB]


@pytest.mark.parametrize("step", [70_000, PART + 3, 3 * PART])
async def test_parts_do_not_depend_on_how_the_bytes_came(blobs: RemoteBlobs, step: int) -> None:
    data = bytes_of(2 * PART + 7)
    sums = await store(blobs, data, step=step)
    assert sums == sums_of(data)
    assert await read(blobs, len(data), sums, 0, len(data)) == data


@pytest.mark.parametrize(
    "span",
    [
        (0, 1),
        (5, 5),
        (BLOCK - 1, BLOCK + 1),
        (3 * BLOCK + 1, 6 * BLOCK),
        (9 * BLOCK, 9 * BLOCK + 7),
    ],
)
async def test_any_range_is_read(blobs: RemoteBlobs, span: tuple[int, int]) -> None:
    data = bytes_of(9 * BLOCK + 7)
    sums = await store(blobs, data)
    assert await read(blobs, len(data), sums, *span) == data[slice(*span)]


@settings(max_examples=30, deadline=None)
@given(ends=st.lists(st.integers(0, 13 * BLOCK + 7), min_size=2, max_size=2).map(sorted))
async def test_whatever_range_is_asked_for_its_bytes_come_in_order(ends: list[int]) -> None:
    blobs, data = open_remote("memory:///", {}), bytes_of(13 * BLOCK + 7)
    sums = await store(blobs, data)
    start, end = ends
    assert await read(blobs, len(data), sums, start, end) == data[start:end]


@given(first=st.integers(0, 200), count=st.integers(0, 200))
def test_requests_grow_and_leave_no_block_out(first: int, count: int) -> None:
    asked = list(growing(first, first + count))
    assert [block for blocks in asked for block in blocks] == list(range(first, first + count))
    sizes = [len(blocks) for blocks in asked]
    assert sizes[:-1] == [1, 2, *[BLOCKS] * len(sizes)][: max(len(sizes) - 1, 0)]


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: RemoteBlobs) -> None:
    sums = await store(blobs, b"secret")
    await blobs.delete(BLOB)
    await blobs.delete(BLOB)
    assert await scanned(blobs) == []
    with pytest.raises(Corrupt, match="missing"):
        await read(blobs, 6, sums, 0, 6)


@pytest.mark.parametrize("size", [0, 10, PART + 1, 4 * PART])
async def test_what_is_given_up_leaves_nothing(place: Place, size: int) -> None:
    blobs = place.open()
    writer = await blobs.create(BLOB)
    for start in range(0, size, BLOCK):
        await writer.write(bytes_of(min(BLOCK, size - start)))
    await writer.abort()
    await writer.abort()
    assert await scanned(blobs) == []
    assert place.unfinished() == []


async def test_a_write_that_is_cancelled_and_given_up_leaves_no_parts(place: Place) -> None:
    blobs = place.open()
    writer = await blobs.create(BLOB)
    await writer.write(bytes_of(PART + 1))

    async def go_on(writer: Writer) -> None:
        while True:
            await writer.write(bytes_of(PART))

    task = asyncio.create_task(go_on(writer))
    while not place.unfinished():  # noqa: ASYNC110 - the store says when the first part is there
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await writer.abort()
    assert place.unfinished() == []
    assert await scanned(blobs) == []


async def test_a_commit_taken_back_leaves_no_object(place: Place) -> None:
    blobs = place.open()
    writer = await blobs.create(BLOB)
    await writer.write(b"x")
    await writer.commit()
    await writer.abort()
    assert await scanned(blobs) == []


@pytest.mark.parametrize("at", [0, BLOCK - 1, 5 * BLOCK, 5 * BLOCK + 6])
async def test_no_byte_of_an_altered_block_comes_out(place: Place, at: int) -> None:
    blobs, data = place.open(), bytes_of(5 * BLOCK + 7)
    sums = await store(blobs, data)
    altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    place.client.put_object(Bucket=BUCKET, Key=place.key(BLOB), Body=altered)
    good = bytearray()

    async def read_all() -> None:
        async for chunk in blobs.read(BLOB, len(data), sums, 0, len(data)):
            good.extend(chunk)

    with pytest.raises(Corrupt, match=f"block {at // BLOCK} "):
        await read_all()
    assert good == data[: at // BLOCK * BLOCK]


async def test_a_short_object_and_wrong_sums_are_corrupt(place: Place) -> None:
    blobs, data = place.open(), bytes_of(BLOCK + 7)
    sums = await store(blobs, data)
    with pytest.raises(Corrupt):
        await verify(blobs, BLOB, len(data), sums[:-4])
    place.client.put_object(Bucket=BUCKET, Key=place.key(BLOB), Body=data[:-1])
    with pytest.raises(Corrupt):
        await verify(blobs, BLOB, len(data), sums)


async def test_a_reader_that_stops_early_holds_nothing(place: Place) -> None:
    blobs, data = place.open(), bytes_of(9 * BLOCK)
    sums = await store(blobs, data)
    stream: AsyncIterator[bytes] = blobs.read(BLOB, len(data), sums, 0, len(data))
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert await read(blobs, len(data), sums, 0, 10) == data[:10]


@pytest.mark.parametrize("blob", ["", "../../etc/passwd", BLOB[:-1], BLOB.upper(), "a/" * 16])
async def test_only_an_id_becomes_a_path(blobs: RemoteBlobs, blob: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        await blobs.create(blob)
    with pytest.raises(ValueError, match="hex"):
        await blobs.delete(blob)
    with pytest.raises(ValueError, match="hex"):
        await anext(blobs.read(blob, 1, b"1234", 0, 1))


async def test_a_store_that_is_away_is_unavailable_and_not_corrupt(place: Place) -> None:
    closed = f"s3://{BUCKET}/x?endpoint=http://127.0.0.1:9"  # the discard port: nobody listens
    blobs = open_remote(closed, place.environment)
    with pytest.raises(Unavailable, match="does not answer"):
        await blobs.check()
    with pytest.raises(Unavailable):
        await read(blobs, 4, b"1234", 0, 4)
    writer = await blobs.create(BLOB)
    await writer.write(b"x")
    with pytest.raises(Unavailable, match="cannot be written"):
        await writer.commit()
    await writer.abort()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://bucket/x", "is none of"),
        ("s3://key:secret@bucket/x", "never in the URL"),
        ("s3://bucket/x?secret_access_key=abc", "is no option"),
        ("s3://", "blobs:"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url: str, why: str) -> None:
    with pytest.raises(Unavailable, match=why) as caught:
        open_remote(url, {})
    assert "abc" not in str(caught.value)


async def test_another_key_is_refused_by_the_store_and_said_without_its_secret(
    place: Place,
) -> None:
    wrong = {name: value[:-1] + "x" for name, value in place.environment.items()}
    with pytest.raises(Unavailable) as caught:
        await open_remote(place.url, wrong).check()
    assert not [value for value in wrong.values() if value in str(caught.value)]


@pytest.mark.parametrize(
    ("said", "unsigned"),
    [
        ("", "true"),  # AWS, over TLS
        ("?endpoint=https://rgw.example.org", "true"),
        ("?endpoint=http://rgw.example.org", "false"),
        ("?endpoint=https://rgw.example.org&unsigned_payload=false", "false"),
        ("?endpoint=http://rgw.example.org&unsigned_payload=true", "true"),
    ],
)
def test_what_is_sent_without_tls_is_hashed_for_the_signature(said: str, unsigned: str) -> None:
    opened = open_remote(f"s3://{BUCKET}/x{said}", {})
    assert opened._store.config["unsigned_payload"] == unsigned
