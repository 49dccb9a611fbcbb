"""A server in process whose audit log is watched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acts.watching import Watch
from tests.driving import open_driver


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    """The first account's root, and its log."""
    async for driver in open_driver(tmp_path, min_part_size=1, notify_allow=("127.0.0.0/8",)):
        yield await Watch.of(driver)
