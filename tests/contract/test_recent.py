"""What is remembered of the catalog is as new as what is read of it, whoever commits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from narthex.catalog import Catalog, Transaction, accounts, buckets, recall
from narthex.catalog.recent import MOST, Recent
from narthex.catalog.sqlite import open_sqlite
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
