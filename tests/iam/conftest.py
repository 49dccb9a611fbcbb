"""IAM and STS in process, fresh for each test, asked by the account's root."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.asking import Api
from tests.driving import open_driver


@pytest.fixture
async def root(tmp_path: Path) -> AsyncIterator[Api]:
    """The first account's root."""
    async for driver in open_driver(tmp_path):
        yield Api(driver)
