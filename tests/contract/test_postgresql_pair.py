"""A catalog on a primary with a synchronous standby: what is acknowledged is on both."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from narthex.catalog import Catalog, Transaction, settings
from narthex.catalog.postgresql import open_postgresql
from narthex.catalog.postgresql_histories import orders
from narthex.errors import Unavailable, Uncertain
from tests.contract.postgresql_pair import Pair

pytestmark = pytest.mark.postgresql
GIVE_UP = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
    " WHERE wait_event = 'SyncRep' AND application_name = 'narthex'"
)


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    try:
        made.start()
        made.primary.execute("CREATE DATABASE narthex")
        yield made
    finally:
        made.remove()


async def put(catalog: Catalog, value: str) -> None:
    async def work(tx: Transaction) -> None:
        await settings.write(tx, "a", value)

    await catalog.run(work)


async def give_up_waiting(pair: Pair) -> None:
    """As the server does after `statement_timeout`: who waits for the standby waits no more."""

    def look() -> None:
        with psycopg.connect(pair.primary.url(), autocommit=True) as connection:
            while not connection.execute(GIVE_UP).fetchall():
                os.sched_yield()

    await asyncio.to_thread(look)


async def test_one_dies_and_the_other_knows_all_that_was_acknowledged(pair: Pair) -> None:
    catalog = await open_postgresql(pair.url("narthex"))
    try:
        await put(catalog, "before")
        noted = await catalog.latest()
        assert noted is not None
        noted["old"] = True
        pair.primary.kill()
        with pytest.raises(Unavailable):  # a standby reads, and that is not enough
            await settings.read(catalog, "a")
        with pytest.raises(Unavailable):
            await catalog.latest()
        with pytest.raises(Unavailable):
            await put(catalog, "meanwhile")
        pair.promote()
        assert await catalog.latest() == {}, "what was noted of another server counts no more"
        assert await settings.read(catalog, "a") == "before"
        await put(catalog, "after")
        assert await settings.read(catalog, "a") == "after"
    finally:
        await catalog.close()


async def test_a_commit_that_only_the_primary_has_is_not_acknowledged(pair: Pair) -> None:
    catalog = await open_postgresql(pair.url("narthex"))
    try:
        await put(catalog, "on both")
        pair.standby.stop()
        late = asyncio.create_task(put(catalog, "on one"))
        await give_up_waiting(pair)
        with pytest.raises(Uncertain, match="may be lost"):
            await late
        pair.standby.start()
        pair.wait_for_standbys()
        await put(catalog, "on both again")
        assert await settings.read(catalog, "a") == "on both again"
    finally:
        await catalog.close()


async def test_an_old_primary_that_comes_back_is_not_believed(pair: Pair) -> None:
    """Nobody fenced it, and it is the first in the URL."""
    catalog = await open_postgresql(pair.url("narthex"))
    try:
        await put(catalog, "before")
        pair.primary.kill()
        pair.promote()
        await put(catalog, "after")
        assert await catalog.latest() == {}
        pair.primary.start()
        for _ in range(3):
            pair.standby.break_connections("narthex")
            assert await settings.read(catalog, "a") == "after"
            assert await catalog.latest() == {}
        pair.standby.stop()
        with pytest.raises(Unavailable, match=r"left behind|cannot be reached"):
            await settings.read(catalog, "a")
        with pytest.raises(Unavailable, match=r"left behind|cannot be reached"):
            await catalog.latest()
    finally:
        await catalog.close()


def test_every_server_is_the_first_once() -> None:
    url = "postgresql:///narthex?host=a,b,c&port=1,2,3&user=me"
    hosts = [(said["host"], said["port"]) for said in map(conninfo_to_dict, orders(url))]
    assert hosts == [("a,b,c", "1,2,3"), ("b,c,a", "2,3,1"), ("c,a,b", "3,1,2")]
    assert len(list(orders("postgresql://one/narthex"))) == 1
