"""Lambda in process, asked by the account's root. Nothing runs: only the wire is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.driving import open_driver
from tests.functions.asking import Lambda


@pytest.fixture
async def root(tmp_path: Path) -> AsyncIterator[Lambda]:
    """The first account's root."""
    async for driver in open_driver(tmp_path):
        yield Lambda(driver)


@pytest.fixture
async def role(root: Lambda) -> str:
    """A role that trusts Lambda."""
    return await root.role()
