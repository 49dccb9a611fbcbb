"""People around one server whose model has owners: who asks, who answers, and who does neither."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from narthex import share_keys
from narthex.identity import read_identity
from narthex.pure.shares import Owner
from tests.asking import Api
from tests.driving import Driver, open_driver
from tests.ledger.sharing import Sharer
from tests.review.deciding import install

EVERYTHING = {"Effect": "Allow", "Action": "narthex:*", "Resource": "*"}


@dataclass
class People:
    """Callers of one server; `eva` asks, `ana` answers for finance."""

    narthex: Driver
    root: Sharer
    eva: Sharer
    ana: Sharer
    mallory: Sharer
    asker: Owner


async def owner_of(narthex: Driver, caller: Driver) -> Owner:
    """A user as the ledger sees it."""
    assert caller.key is not None
    server = narthex.server
    identity = await read_identity(server.catalog, server.keyring, caller.key.id)
    assert identity is not None
    return share_keys.owner_of(identity)[0]


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    """A server whose model has owners, and those who use it."""
    install(tmp_path)
    async for narthex in open_driver(tmp_path, observes=False):
        api = Api(narthex)
        eva, ana, mallory = [
            (await api.user(name, EVERYTHING)).s3 for name in ("eva", "ana", "mallory")
        ]
        yield People(
            narthex,
            Sharer(narthex),
            Sharer(eva),
            Sharer(ana),
            Sharer(mallory),
            await owner_of(narthex, eva),
        )
