"""A server in process, fresh for each test, a bucket in it, and a queue that is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.driving import Driver, open_driver
from tests.events.receiving import Inbox, account_of, configure, open_inbox, queue_of

ALL = (
    "s3:ObjectCreated:*",
    "s3:ObjectRemoved:*",
    "s3:ObjectTagging:*",
    "s3:ObjectAcl:Put",
)


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with nothing in it; requests are the root's."""
    async for driver in open_driver(tmp_path, inline_size=1024, min_part_size=16):
        yield driver


@pytest.fixture
async def bucket(narthex: Driver) -> str:
    """A bucket that is there and empty."""
    answer = await narthex.send("PUT", "/bucketofbigsecrets")
    assert answer.status == 200
    return "bucketofbigsecrets"


@pytest.fixture
async def inbox(narthex: Driver, bucket: str) -> Inbox:
    """A queue that is told of everything in the bucket; its test event is not delivered yet."""
    inbox = open_inbox(await account_of(narthex.server))
    await configure(narthex, bucket, queue_of(inbox.arn, *ALL, id="all"))
    return inbox
