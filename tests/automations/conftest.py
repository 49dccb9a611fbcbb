"""A server in process that may tell this machine, a bucket, and a webhook that gets the links."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from narthex.events.engine import Engine
from tests.asking import Api
from tests.cli.scripted import Reply, Scripted, scripted
from tests.driving import Driver, open_driver
from tests.ledger.sharing import BUCKET, Document, Sharer

LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server with an empty bucket; requests are the root's."""
    more: dict[str, Any] = {"inline_size": 1024, "min_part_size": 16, "notify_allow": LOOPBACK}
    async for driver in open_driver(tmp_path, **more):
        await driver.send("PUT", f"/{BUCKET}")
        yield driver


@pytest.fixture
def root(narthex: Driver) -> Sharer:
    """The account's root."""
    return Sharer(narthex)


@pytest.fixture
def api(narthex: Driver) -> Api:
    """IAM and STS, asked by the root."""
    return Api(narthex)


@pytest.fixture
def hook() -> Iterator[Scripted]:
    """A webhook that takes all."""
    with scripted(lambda _: Reply(204)) as server:
        yield server


@dataclass
class Outbox:
    """Where files are put, and what the webhook was told of them."""

    narthex: Driver
    hook: Scripted

    async def automate(self, caller: Sharer, **order: Any) -> Document:
        """An automation of one of the caller's, as it stands."""
        order = {
            "bucket": BUCKET,
            "prefix": "outbox/",
            "expires_in": 7200,
            "notify": [self.hook.url],
        } | order
        told: Document = (await caller.ask("POST", "automations", order))["automation"]
        return told

    async def put(self, key: str, body: bytes = b"stolen fire") -> None:
        """Uploaded, by the root."""
        assert (await self.narthex.send("PUT", f"/{BUCKET}/{key}", body=body)).status == 200

    async def deliver(self) -> list[Document]:
        """Deliver all that is due; everything that the webhook was told so far."""
        await Engine(self.narthex.server, "test").settle()
        return [json.loads(asked.body) for asked in self.hook.asked]


@pytest.fixture
def outbox(narthex: Driver, hook: Scripted) -> Outbox:
    """The bucket's."""
    return Outbox(narthex, hook)
