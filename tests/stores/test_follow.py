"""Whatever is changed while a move runs, both ends come out equal, and nothing acknowledged lacks.

The judge is a plain reading of every row of every table at both ends, after the switch.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from narthex.app import open_catalog
from narthex.blobs import verify
from narthex.catalog import Row, Transaction, capture, frozen, settings
from narthex.catalog.frozen import OWN
from narthex.errors import StoreError
from narthex.move import course
from narthex.move.course import Choices, Course
from narthex.move.place import End, moved_tables, open_end, read_place
from narthex.move.progress import Progress
from tests.stores.changing import Changer

ACCOUNT = "INSERT INTO accounts (id, canonical_id, name, created_us) VALUES ('1', 'c', 'main', 0)"
WRITERS = 3


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def end(stack: AsyncExitStack, stores: str) -> End:
    """One that is empty, its blobs in memory."""
    place = read_place(stores, "memory:///", "", "--from")
    opened = await open_end(place, {}, "FROM", there=False)
    stack.push_async_callback(opened.close)
    return opened


async def writer(stack: AsyncExitStack, source: End, chance: random.Random) -> Changer:
    """Somebody on another node of the same installation."""
    catalog = await open_catalog(source.place.catalog)
    stack.push_async_callback(catalog.close)
    return Changer(catalog, source.blobs, chance)


async def everything(end: End) -> dict[str, list[Row]]:
    found = {}
    for table in await moved_tables(end):
        order = ", ".join(table.key)
        sql = f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {order}"
        rows = await end.catalog.fetch(sql)
        found[table.name] = [row for row in rows if table.name != "settings" or row[0] not in OWN]
    return found


async def check_equal(source: End, target: End) -> dict[str, list[Row]]:
    """Every row, and every blob; returns the rows."""
    here, there = await everything(source), await everything(target)
    assert here == there
    pieces = "SELECT blob, size, sums FROM pieces WHERE blob IS NOT NULL"
    for blob, size, sums in await target.catalog.fetch(pieces):
        await verify(target.blobs, blob, size, sums)
    return there


async def move_under_change(stack: AsyncExitStack, source: End, target: End, seed: int) -> None:
    """A move while several write; each writes until the freeze."""
    await source.catalog.run(lambda tx: tx.execute(ACCOUNT))
    chances = [random.Random(f"{seed} {number}") for number in range(WRITERS)]
    writers = [await writer(stack, source, chance) for chance in chances]
    for one in writers:  # what is there before
        await one.until_refused(most=30)
    tasks = [asyncio.create_task(one.until_refused()) for one in writers]
    report = await Course(source, target, Progress(), Choices()).run()
    await asyncio.gather(*tasks)
    assert report.switched
    assert all(one.refused for one in writers)
    there = await check_equal(source, target)
    for tally in report.tables:
        assert tally.rows == len(there[tally.table]), tally
    assert not await capture.is_begun(source.catalog, source.engine)
    made = {key for one in writers for key in one.made[:-1]}  # the last may not be acknowledged
    assert made <= {(row[0], row[1]) for row in there["pieces"]}
    checked = await Course(source, target, Progress(), Choices()).check()
    assert (checked.differing, checked.missing) == ((), ())
    assert [one.digest for one in checked.tables] == [one.digest for one in report.tables]


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_changes_meanwhile_both_ends_are_equal(
    stack: AsyncExitStack, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2:  # no round is short enough, so that all of them come
        monkeypatch.setattr(course, "SHORT", 0.0)
    source, target = await end(stack, str(tmp_path / "a")), await end(stack, str(tmp_path / "b"))
    await move_under_change(stack, source, target, seed)


@pytest.mark.postgresql
@pytest.mark.parametrize("back", [False, True], ids=["to postgresql", "back"])
async def test_the_same_between_the_engines(
    stack: AsyncExitStack, tmp_path: Path, url: str, *, back: bool
) -> None:
    one, other = await end(stack, str(tmp_path / "a")), await end(stack, url)
    await move_under_change(stack, *((other, one) if back else (one, other)), seed=100 + back)


async def test_a_second_move_ends_the_first_before_it_could_switch(
    stack: AsyncExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever began last owns the log: the other one has not seen all that was noted."""
    source = await end(stack, str(tmp_path / "a"))
    first, second = await end(stack, str(tmp_path / "b")), await end(stack, str(tmp_path / "c"))
    await source.catalog.run(lambda tx: tx.execute(ACCOUNT))
    freeze = frozen.freeze

    async def meanwhile(catalog: object, engine: object) -> None:
        monkeypatch.setattr(frozen, "freeze", freeze)
        report = await Course(source, second, Progress(), Choices()).run()
        assert report.switched
        await freeze(source.catalog, source.engine)

    monkeypatch.setattr(frozen, "freeze", meanwhile)
    with pytest.raises(StoreError):
        await Course(source, first, Progress(), Choices()).run()
    said = await frozen.moved(source.catalog)
    assert said is not None
    assert said.where == second.place.shown
    assert await settings.read(first.catalog, frozen.BEGUN)
    await check_equal(source, second)


async def test_a_source_whose_tables_changed_is_not_switched(
    stack: AsyncExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer node that starts meanwhile brings tables that nobody here knows."""
    source, target = await end(stack, str(tmp_path / "a")), await end(stack, str(tmp_path / "b"))
    await source.catalog.run(lambda tx: tx.execute(ACCOUNT))
    freeze = frozen.freeze

    async def migrate(tx: Transaction) -> None:
        await settings.write(tx, frozen.VERSION, "999")

    async def meanwhile(catalog: object, engine: object) -> None:
        await source.catalog.run(migrate)
        await freeze(source.catalog, source.engine)

    monkeypatch.setattr(frozen, "freeze", meanwhile)
    with pytest.raises(StoreError, match="a newer narthex changed its tables"):
        await Course(source, target, Progress(), Choices()).run()
    assert await frozen.moved(source.catalog) is None
    assert not await frozen.is_frozen(source.catalog, source.engine)
    assert not await capture.is_begun(source.catalog, source.engine)
    assert await settings.read(target.catalog, frozen.VERSION) != "999"


async def test_a_target_that_is_served_is_not_written_over(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    source, target = await end(stack, str(tmp_path / "a")), await end(stack, str(tmp_path / "b"))
    for one in (source, target):
        await one.catalog.run(lambda tx: tx.execute(ACCOUNT))
    node = (
        "INSERT INTO nodes (id, host, listens, program, started_us, seen_us, trouble)"
        " VALUES ('n', 'there', '127.0.0.1:9000', '', 0, 50, '')"
    )
    await target.catalog.run(lambda tx: tx.execute(node))
    served = Choices(again=True, now=lambda: 51)
    with pytest.raises(StoreError, match="is being served by there"):
        await Course(source, target, Progress(), served).run()
    ended = Choices(again=True, now=lambda: 60_000_000)
    assert (await Course(source, target, Progress(), ended).run()).switched
