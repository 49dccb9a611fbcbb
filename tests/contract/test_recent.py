"""What is remembered of the catalog is as new as what is read of it, whoever commits."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from narthex.catalog import Catalog, Transaction, accounts, buckets, recall, settings
from narthex.catalog.postgresql import PLAIN_POSTGRESQL, open_postgresql
from narthex.catalog.postgresql_histories import Histories
from narthex.catalog.postgresql_watch import Watch
from narthex.catalog.recent import MOST, Recent
from narthex.catalog.snapshots import Snapshots
from narthex.catalog.sqlite import open_sqlite
from narthex.errors import Unavailable
from tests.contract.postgresql_server import PostgreSQLServer
from tests.contract.values import ACCOUNT, BUCKET


async def make(catalog: Catalog, name: str) -> None:
    async def work(tx: Transaction) -> None:
        if await accounts.first(tx) is None:
            await accounts.create(tx, ACCOUNT)
        await buckets.create(tx, replace(BUCKET, name=name))

    await catalog.run(work)


async def drop(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> None:
        await buckets.remove(tx, BUCKET.id, 0)

    await catalog.run(work)


async def test_what_is_recalled_is_what_is_there(catalog: Catalog) -> None:
    assert await recall(catalog, buckets.find, "one") is None
    await make(catalog, "one")
    found = await recall(catalog, buckets.find, "one")
    assert found is not None
    assert found.name == "one"
    assert await recall(catalog, buckets.find, "one") == found
    await drop(catalog)
    assert await recall(catalog, buckets.find, "one") is None


async def test_a_commit_of_another_process_is_seen_by_the_next_event(tmp_path: Path) -> None:
    ours, theirs = open_sqlite(tmp_path / "c.sqlite"), open_sqlite(tmp_path / "c.sqlite")
    try:
        await make(theirs, "one")
        assert await recall(ours, buckets.find, "one") is not None
        for _ in range(20):
            await drop(theirs)
            assert await recall(ours, buckets.find, "one") is None
            await make(theirs, "one")
            assert await recall(ours, buckets.find, "one") is not None
    finally:
        await ours.close()
        await theirs.close()


async def test_a_value_is_never_older_than_the_last_commit_that_was_acknowledged(
    catalog: Catalog, other: Catalog
) -> None:
    """One node counts upwards, and readers of the other look on, many at a time."""
    acknowledged, ended = 0, False

    async def find(reader: Catalog, name: str) -> int:
        return int(await settings.read(reader, name) or 0)

    async def count() -> None:
        nonlocal acknowledged, ended
        for number in range(1, 151):

            async def work(tx: Transaction, value: str = str(number)) -> None:
                await settings.write(tx, "count", value)

            await other.run(work)
            acknowledged = number
        ended = True

    async def look() -> int:
        seen = 0
        while not ended:
            before = acknowledged
            found = await recall(catalog, find, "count")
            assert found >= max(before, seen)
            seen = found
            await asyncio.sleep(0)
        return seen

    await asyncio.gather(count(), *(look() for _ in range(8)))
    assert await recall(catalog, find, "count") == 150


async def test_an_answer_never_is_of_a_question_that_was_asked_before() -> None:
    """Whoever comes while a question is under way waits for the next one, with all the others."""
    asked: list[asyncio.Future[str]] = []

    async def ask() -> str:
        asked.append(asyncio.get_running_loop().create_future())
        return await asked[-1]

    async def turn() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    snapshots = Snapshots(ask)
    first = asyncio.create_task(snapshots.noted())
    await turn()
    late = [asyncio.create_task(snapshots.noted()) for _ in range(3)]
    await turn()
    assert len(asked) == 1
    asked[0].set_result("1:1:")
    (await first)["noted by"] = "the first"
    await turn()
    assert (len(asked), [task.done() for task in late]) == (2, [False] * 3)
    asked[1].set_result("1:2:")
    assert [await task for task in late] == [{}, {}, {}]


async def test_a_question_that_fails_fails_all_who_wait_and_is_asked_again() -> None:
    answers: list[str | Unavailable] = [Unavailable("away"), "1:1:", "1:1:"]

    async def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    snapshots = Snapshots(ask)
    results = await asyncio.gather(*[snapshots.noted() for _ in range(3)], return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    noted = await snapshots.noted()
    noted["a"] = 1
    assert await snapshots.noted() is noted
    assert answers == []


@pytest.mark.postgresql
@pytest.mark.parametrize("broken", [1, 2])
async def test_after_a_lost_connection_nothing_noted_before_counts(
    server: PostgreSQLServer, url: str, broken: int
) -> None:
    catalog = await open_postgresql(url)
    try:
        for _ in range(broken):
            noted = await catalog.latest()
            assert noted is not None
            noted["old"] = True
            server.break_connections(url.partition("///")[2].partition("?")[0])
            assert await catalog.latest() == {}
    finally:
        await catalog.close()


@pytest.mark.postgresql
async def test_a_server_that_does_not_say_is_not_waited_for(
    server: PostgreSQLServer, url: str
) -> None:
    """Stopped in the middle, as one that is cut off seems to be."""
    database = url.partition("///")[2].partition("?")[0]
    watch = Watch(make_conninfo(url, application_name="narthex"), Histories(), 0.3)
    before = await watch.ask()
    [pid] = server.connections(database)
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        with pytest.raises(Unavailable, match="does not say"):
            await watch.ask()
        assert time.monotonic() - began < 3
        after = await watch.ask()  # on a connection that is not stopped
    finally:
        os.kill(pid, signal.SIGCONT)
    assert after.partition(" ")[0] != before.partition(" ")[0], "a new series"
    assert (await watch.ask()).partition(" ")[0] == after.partition(" ")[0]
    await watch.close()


@pytest.mark.parametrize(
    ("version", "plain"),
    [
        ("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled", True),
        ("PostgreSQL 17.0 on x86_64-pc-linux-musl", True),
        ("PostgreSQL 18beta1 on x86_64", False),
        ("PostgreSQL 12.22 on x86_64", False),
        ("PostgreSQL 11.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu", False),
        ("PostgreSQL 15.12-YB-2025.1.0.0-b168 on x86_64", False),
        ("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", False),
    ],
)
def test_only_of_postgresql_itself_it_is_known_what_its_snapshots_tell(
    version: str, plain: bool
) -> None:
    assert bool(PLAIN_POSTGRESQL.match(version)) is plain


async def test_nothing_is_read_twice_between_two_commits(tmp_path: Path) -> None:
    catalog = open_sqlite(tmp_path / "c.sqlite")
    reads = 0

    async def find(_: Catalog, name: str) -> str:
        nonlocal reads
        reads += 1
        return name

    try:
        for _ in range(3):
            assert await recall(catalog, find, "one") == "one"
            await asyncio.sleep(0)
        assert reads == 1
        await recall(catalog, find, "large", small=lambda text: len(text) < 5)
        await recall(catalog, find, "large", small=lambda text: len(text) < 5)
        assert reads == 3
        await make(catalog, "one")
        await recall(catalog, find, "one")
        assert reads == 4
    finally:
        await catalog.close()


async def test_the_number_is_asked_once_in_a_turn_of_the_loop_and_notes_are_bounded() -> None:
    asked = 0

    def commits() -> int:
        nonlocal asked
        asked += 1
        return 7

    recent = Recent(commits)
    first = recent.noted()
    assert recent.noted() is first
    assert asked == 1
    first.update({number: number for number in range(MOST)})
    await asyncio.sleep(0)
    assert recent.noted() == {}
    assert first  # who still holds it keeps it
    assert asked == 2
