"""A store that breaks off, says nothing or is left early: tried again, told in time, let go."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from narthex.blobs import BLOCK, Writer, remote, remote_url, remote_writer
from narthex.blobs.remote import growing
from narthex.blobs.remote_ahead import FIRST
from narthex.blobs.remote_writer import PART
from narthex.cli.serve import Endpoint
from narthex.errors import Unavailable
from tests.contract.test_blobs import bytes_of
from tests.stores.conftest import BUCKET, Place
from tests.stores.relay import Relay, relaying
from tests.stores.test_remote_blobs import BLOB, read, scanned, store

PATIENCE = 1.0  # seconds, in place of half a minute


@pytest.fixture
async def relay(backend: Endpoint) -> AsyncIterator[Relay]:
    parts = urlsplit(backend.url)
    assert parts.hostname
    assert parts.port
    async with relaying((parts.hostname, parts.port)) as relay:
        yield relay


@pytest.fixture
def behind(place: Place, relay: Relay) -> Place:
    """The same place, seen through the relay."""
    return dataclasses.replace(place, url=through(relay, place))


def through(relay: Relay, place: Place) -> str:
    return f"s3://{BUCKET}/{place.prefix}?endpoint=http://127.0.0.1:{relay.port}&region=us-east-2"


@contextlib.contextmanager
def impatience() -> Iterator[None]:
    """What is opened within gives up soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remote, "PATIENCE", PATIENCE)
        patch.setattr(remote_writer, "STUCK", PATIENCE)
        patch.setattr(remote_writer, "UNDOING", PATIENCE / 10)
        retries = {"max_retries": 4, "retry_timeout": timedelta(seconds=PATIENCE)}
        patch.setattr(remote_url, "RETRIES", retries)
        patch.setattr(remote_url, "CLIENT", {**remote_url.CLIENT, "timeout": f"{PATIENCE}s"})
        yield


@pytest.mark.parametrize("after", [0, 100, BLOCK // 2])
async def test_a_range_that_breaks_off_is_asked_for_again(
    place: Place, behind: Place, relay: Relay, after: int
) -> None:
    blobs, data = behind.open(), bytes_of(12 * BLOCK + 7)
    sums = await store(place.open(), data)
    relay.breaking, relay.after = 3, after
    assert await read(blobs, len(data), sums, 0, len(data)) == data
    assert relay.breaking == 0
    assert relay.gets == len(list(growing(0, 13))) + 3


async def test_a_reader_that_stops_asks_for_no_more(
    place: Place, behind: Place, relay: Relay
) -> None:
    data = bytes_of(30 * BLOCK)
    sums = await store(place.open(), data)
    others = asyncio.all_tasks()
    stream = behind.open().read(BLOB, len(data), sums, 0, len(data))
    async with aclosing(stream):  # type: ignore[type-var]
        async for chunk in stream:
            assert chunk == data[:BLOCK]
            break
    assert relay.gets <= FIRST + 1  # those of the beginning, and one that its taking let begin
    assert {task for task in asyncio.all_tasks() - others if "relay.py" not in repr(task)} == set()


async def test_a_read_that_hangs_is_unavailable_in_time(
    place: Place, behind: Place, relay: Relay
) -> None:
    data = bytes_of(BLOCK)
    sums = await store(place.open(), data)
    relay.silent = True
    with impatience():
        blobs = behind.open()
        with pytest.raises(Unavailable, match="does not answer"):
            await read(blobs, len(data), sums, 0, len(data))
    assert relay.gets == 1
    relay.silent = False
    assert await read(behind.open(), len(data), sums, 0, len(data)) == data


@pytest.mark.parametrize("size", [1000, 4 * PART])
async def test_a_write_that_hangs_is_unavailable_in_time_and_leaves_nothing(
    place: Place, behind: Place, relay: Relay, size: int
) -> None:
    relay.silent = True
    with impatience():
        writer = await behind.open().create(BLOB)
        with pytest.raises(Unavailable, match="cannot be written"):
            await _write(writer, size)
        await writer.abort()
    assert await scanned(place.open()) == []
    assert place.unfinished() == []


async def test_a_store_without_ranges_is_refused_before_anything_is_kept_there(
    behind: Place, relay: Relay
) -> None:
    relay.rangeless = True
    with pytest.raises(Unavailable, match="range"):
        await behind.open().mark("a" * 32)
    relay.rangeless = False
    assert await behind.open().mark("b" * 32) == "a" * 32


async def _write(writer: Writer, size: int) -> None:
    for start in range(0, size, BLOCK):
        await writer.write(bytes_of(min(BLOCK, size - start)))
    await writer.commit()
