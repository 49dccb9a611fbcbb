"""A server in process, fresh for each test, and a bucket in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.driving import Driver, open_driver

BUCKET = "bucketofbigsecrets"


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with nothing in it; requests are the root's."""
    async for driver in open_driver(tmp_path, inline_size=1024, min_part_size=16):
        yield driver


@pytest.fixture
async def bucket(narthex: Driver) -> str:
    """A bucket that is there and empty."""
    answer = await narthex.send("PUT", f"/{BUCKET}")
    assert answer.status == 200
    return BUCKET
