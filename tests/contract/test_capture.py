"""While a catalog is followed, every change is noted by its engine, whoever makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from narthex.catalog import Catalog, Row, Transaction, capture, tables
from narthex.catalog.tables import Engine, Table
from narthex.errors import Conflict

MEMBER = "INSERT INTO memberships (member, team) VALUES (?, ?)"
DOOMED = "INSERT INTO doomed (blob, at_us) VALUES (?, 1)"


@pytest.fixture
def engine(where: str) -> Engine:
    return "postgresql" if where.startswith("postgresql:") else "sqlite"


@pytest.fixture
async def table(catalog: Catalog, engine: Engine) -> Table:
    """Two columns are its key; it is followed."""
    found = await tables.find(catalog, engine, "memberships")
    await capture.begin(catalog, engine, [found])
    return found


async def do(catalog: Catalog, *statements: tuple[str, Sequence[str]]) -> None:
    """One transaction."""

    async def work(tx: Transaction) -> None:
        for sql, values in statements:
            await tx.execute(sql, values)

    await catalog.run(work)


async def noted(catalog: Catalog, engine: Engine, table: Table, since: int = 0) -> list[Row]:
    found = await capture.changed(catalog, engine, table, since, None)
    assert not found.full
    return found.keys


async def test_what_is_added_changed_renamed_or_removed_is_noted(
    other: Catalog, catalog: Catalog, engine: Engine, table: Table
) -> None:
    await do(other, (MEMBER, ("a", "x")), (MEMBER, ("b", "x")))
    assert await noted(catalog, engine, table) == [("a", "x"), ("b", "x")]
    place = await capture.place(catalog, engine, table)
    assert await noted(catalog, engine, table, place) == []
    await do(other, ("UPDATE memberships SET team = ? WHERE member = ?", ("y", "a")))
    assert await noted(catalog, engine, table, place) == [("a", "x"), ("a", "y")]
    place = await capture.place(catalog, engine, table)
    await do(other, ("DELETE FROM memberships WHERE member = ?", ("b",)))
    assert await noted(catalog, engine, table, place) == [("b", "x")]


async def test_an_insert_that_becomes_an_update_is_noted(catalog: Catalog, engine: Engine) -> None:
    settings = await tables.find(catalog, engine, "settings")
    put = (
        "INSERT INTO settings (name, value) VALUES ('scrub', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    )
    await do(catalog, (put, ("1",)))
    await capture.begin(catalog, engine, [settings])
    await do(catalog, (put, ("2",)))
    assert await noted(catalog, engine, settings) == [("scrub",)]


async def test_what_was_rolled_back_is_not_noted(
    catalog: Catalog, engine: Engine, table: Table
) -> None:
    await do(catalog, (MEMBER, ("a", "x")))
    place = await capture.place(catalog, engine, table)
    with pytest.raises(Conflict):
        await do(catalog, (MEMBER, ("b", "x")), (MEMBER, ("a", "x")))
    assert await noted(catalog, engine, table, place) == []


async def test_other_tables_are_not_noted_and_a_new_beginning_forgets(
    catalog: Catalog, engine: Engine, table: Table
) -> None:
    await do(catalog, (MEMBER, ("a", "x")), (DOOMED, ("blob",)))
    await capture.begin(catalog, engine, [table])
    assert await noted(catalog, engine, table) == []


async def test_nothing_is_left_after_the_end(catalog: Catalog, engine: Engine) -> None:
    found = [await tables.find(catalog, engine, name) for name in tables.names()]
    await capture.begin(catalog, engine, found)
    assert await capture.is_begun(catalog, engine)
    for _ in range(2):
        await capture.end(catalog, engine)
    assert not await capture.is_begun(catalog, engine)
    await do(catalog, (MEMBER, ("a", "x")), (DOOMED, ("blob",)))
    left = (
        "SELECT 1 FROM sqlite_schema WHERE name LIKE '%moving%'"
        if engine == "sqlite"
        else "SELECT 1 FROM pg_class WHERE relname LIKE '%moving%'"
    )
    assert await catalog.fetch(left) == []


async def test_a_change_under_way_is_behind_every_place_until_it_is_seen(
    catalog: Catalog, other: Catalog, engine: Engine, table: Table
) -> None:
    """Whoever began first may commit last: on PostgreSQL it may hold the lower number."""
    begun, others_done = asyncio.Event(), asyncio.Event()

    async def slow(tx: Transaction) -> None:
        await tx.execute(MEMBER, ("slow", "x"))
        begun.set()
        if engine == "postgresql":  # on SQLite a work waits for nothing, and nobody writes beside
            await others_done.wait()

    writing = asyncio.create_task(other.run(slow))
    await begun.wait()
    await do(catalog, (MEMBER, ("quick", "x")))
    place = await capture.place(catalog, engine, table)
    seen = set(await noted(catalog, engine, table))
    others_done.set()
    await writing
    seen |= set(await noted(catalog, engine, table, place))
    assert seen == {("quick", "x"), ("slow", "x")}


async def test_more_keys_than_are_read_at_once_come_in_turns(
    catalog: Catalog, engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "MOST_KEYS", 2)
    rows = [("a", "x"), ("b", "x"), ("b", "y"), ("c", "x"), ("d", "x")]
    await catalog.run(lambda tx: tables.put(tx, table, rows))
    found: list[Row] = []
    after: Row | None = None
    while True:
        some = await capture.changed(catalog, engine, table, 0, after)
        found += some.keys
        if not some.full:
            break
        after = some.keys[-1]
    assert found == rows


async def test_a_number_that_the_engine_counts_up_is_noted(
    catalog: Catalog, engine: Engine
) -> None:
    deliveries = await tables.find(catalog, engine, "deliveries")
    await capture.begin(catalog, engine, [deliveries])
    insert = (
        "INSERT INTO deliveries (account, target, lane, kind, state, payload, created_us,"
        " expires_us, due_us, attempts, reason)"
        " VALUES ('', '', '', '', 'ready', '', 0, 0, 0, 0, '')"
    )
    await do(catalog, (insert, ()))
    assert await noted(catalog, engine, deliveries) == [(1,)]


async def test_a_history_stays_the_same_while_nothing_fails_over(
    catalog: Catalog, other: Catalog, engine: Engine
) -> None:
    told = await capture.history(catalog, engine)
    assert told == await capture.history(other, engine)
    assert bool(told) is (engine == "postgresql")
