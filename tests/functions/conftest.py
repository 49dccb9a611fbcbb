"""A server in process whose functions really run, in processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from narthex.functions.host.service import Service
from tests.driving import open_driver
from tests.functions.asking import Lambda


@pytest.fixture
async def root(tmp_path: Path) -> AsyncIterator[Lambda]:
    """The first account's root; nothing runs functions."""
    # Where this system cannot shut a process off, what is no matter of that is tried all the same.
    async for driver in open_driver(tmp_path, functions_unconfined=True):
        yield Lambda(driver)


@pytest.fixture
async def host(root: Lambda) -> AsyncIterator[Service]:
    """The host of the same server."""
    service = Service(root.s3.server, "http://narthex.test")
    await service.start()
    yield service
    await service.close()
