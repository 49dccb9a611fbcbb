"""A server in process with a bucket and an object to share, asked by its account's root."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.driving import Driver, open_driver
from tests.ledger.sharing import BUCKET, Sharer

BODY = bytes(range(256)) * 8  # 2048 bytes: a file in these tests


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with one object in one bucket; requests are the root's."""
    async for driver in open_driver(tmp_path, inline_size=1024, min_part_size=16):
        await driver.send("PUT", f"/{BUCKET}")
        for key in ("k", "photos/1.jpg", "photos/2.jpg", "plans/secret"):
            await driver.send("PUT", f"/{BUCKET}/{key}", body=BODY)
        await driver.send("PUT", f"/{BUCKET}/small", body=b"hello")
        yield driver


@pytest.fixture
def root(narthex: Driver) -> Sharer:
    """The account's root."""
    return Sharer(narthex)
