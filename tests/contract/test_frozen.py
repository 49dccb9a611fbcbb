"""A frozen catalog refuses every write and answers every read, on each engine."""

from __future__ import annotations

import pytest

from narthex.catalog import Catalog, Transaction, frozen, settings, tables
from narthex.catalog.frozen import Moved
from narthex.catalog.tables import Engine
from narthex.errors import StoreError, Unavailable
from tests.contract.conftest import open_catalog

INSERT = "INSERT INTO doomed (blob, at_us) VALUES ('a', 1)"


@pytest.fixture
def engine(where: str) -> Engine:
    return "postgresql" if where.startswith("postgresql:") else "sqlite"


async def freeze(catalog: Catalog, engine: Engine) -> None:
    await catalog.run(lambda tx: frozen.freeze(tx, engine))


async def test_a_frozen_catalog_refuses_writes_and_answers_reads(
    catalog: Catalog, other: Catalog, engine: Engine
) -> None:
    await other.run(lambda tx: tx.execute(INSERT))
    assert not await frozen.is_frozen(catalog, engine)
    await freeze(catalog, engine)
    assert await frozen.is_frozen(other, engine)
    for sql in (
        INSERT.replace("'a'", "'b'"),
        "UPDATE doomed SET at_us = 2",
        "DELETE FROM doomed",
        "INSERT INTO settings (name, value) VALUES ('scrub position', '')",
    ):
        with pytest.raises(Unavailable, match="takes no writes"):
            await other.run(lambda tx, sql=sql: tx.execute(sql))  # type: ignore[misc]
    assert await other.fetch("SELECT blob, at_us FROM doomed") == [("a", 1)]
    await catalog.run(lambda tx: frozen.thaw(tx, engine))
    assert await other.run(lambda tx: tx.execute("DELETE FROM doomed")) == 1


async def test_freezing_twice_and_thawing_twice_is_the_same_as_once(
    catalog: Catalog, engine: Engine
) -> None:
    for _ in range(2):
        await freeze(catalog, engine)
    for _ in range(2):
        await catalog.run(lambda tx: frozen.thaw(tx, engine))
    assert await catalog.run(lambda tx: tx.execute(INSERT)) == 1


async def test_a_frozen_catalog_can_still_say_where_it_moved(
    catalog: Catalog, engine: Engine
) -> None:
    await frozen.refuse_moved(catalog)
    await freeze(catalog, engine)
    said = Moved("postgresql://db/narthex", 5)
    await catalog.run(lambda tx: frozen.say_moved(tx, said))
    assert await frozen.moved(catalog) == said
    with pytest.raises(StoreError, match="moved to postgresql://db/narthex"):
        await frozen.refuse_moved(catalog)
    await catalog.run(lambda tx: frozen.say_moved(tx, None))
    await frozen.refuse_moved(catalog)


async def test_a_catalog_that_is_not_whole_is_not_served(catalog: Catalog) -> None:
    await catalog.run(lambda tx: settings.write(tx, frozen.BEGUN, "elsewhere"))
    with pytest.raises(StoreError, match="not finished"):
        await frozen.refuse_moved(catalog)


async def test_a_frozen_catalog_opens_again(catalog: Catalog, where: str, engine: Engine) -> None:
    await freeze(catalog, engine)
    again = await open_catalog(where)
    assert await again.fetch("SELECT blob FROM doomed") == []
    await again.close()


async def test_every_table_is_known_with_its_key(catalog: Catalog, engine: Engine) -> None:
    found = {name: await tables.find(catalog, engine, name) for name in tables.names()}
    assert {"settings", "accounts", "objects", "pieces", "shares", "audit"} <= set(found)
    assert found["objects"].key == ("bucket", "key", "version")
    assert found["objects"].columns[-1] == "acl"  # added by a later migration
    assert [name for name, table in found.items() if table.counted] == ["deliveries"]
    with pytest.raises(StoreError, match="no table"):
        await tables.find(catalog, engine, "absent")


async def test_pages_come_in_the_order_of_the_key_and_put_and_remove_undo_each_other(
    catalog: Catalog, engine: Engine
) -> None:
    table = await tables.find(catalog, engine, "doomed")
    rows = [(f"{number:05}", number) for number in range(tables.LIGHT + 3)]
    await catalog.run(lambda tx: tables.put(tx, engine, table, rows[::-1]))
    first = await tables.page(catalog, table, None)
    assert first == rows[: tables.LIGHT]
    assert await tables.page(catalog, table, table.key_of(first[-1])) == rows[tables.LIGHT :]
    await catalog.run(lambda tx: tables.remove(tx, table, [table.key_of(row) for row in rows[1:]]))
    assert await tables.page(catalog, table, None) == rows[:1]


async def test_a_number_that_was_given_out_is_not_given_out_again(
    catalog: Catalog, engine: Engine
) -> None:
    table = await tables.find(catalog, engine, "deliveries")

    async def deliver(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO deliveries (account, target, lane, kind, state, payload, created_us,"
            " expires_us, due_us, attempts, reason)"
            " VALUES ('', '', '', '', 'ready', '', 0, 0, 0, 0, '')"
        )

    assert await tables.last_number(catalog, engine, table) == 0
    await catalog.run(lambda tx: tables.count_on(tx, engine, table, 41))
    await catalog.run(deliver)
    assert await catalog.fetch("SELECT number FROM deliveries") == [(42,)]
    assert await tables.last_number(catalog, engine, table) == 42
