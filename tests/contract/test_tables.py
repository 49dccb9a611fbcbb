"""Tables as the engine tells them: read by page and by key, written in bulk, on each engine."""

from __future__ import annotations

import pytest

from narthex.catalog import Catalog, Transaction, tables
from narthex.catalog.tables import MOST_BYTES, MOST_ROWS, Engine
from narthex.errors import Conflict, StoreError

MIB = 1024 * 1024


@pytest.fixture
def engine(where: str) -> Engine:
    return "postgresql" if where.startswith("postgresql:") else "sqlite"


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
    rows = [(f"{number:05}", number) for number in range(tables.KEYS + 3)]
    await catalog.run(lambda tx: tables.put(tx, table, rows[::-1]))
    first = await tables.page(catalog, table, None, tables.KEYS)
    assert first == rows[: tables.KEYS]
    rest = await tables.page(catalog, table, table.key_of(first[-1]), tables.KEYS)
    assert rest == rows[tables.KEYS :]
    await catalog.run(lambda tx: tables.remove(tx, table, [table.key_of(row) for row in rows[1:]]))
    assert await tables.page(catalog, table, None, tables.KEYS) == rows[:1]


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


async def test_rows_are_found_by_their_keys(catalog: Catalog, engine: Engine) -> None:
    table = await tables.find(catalog, engine, "memberships")
    rows = [("a", "x"), ("a", "y"), ("b", "x")]
    await catalog.run(lambda tx: tables.put(tx, table, rows))
    found = await tables.at(catalog, table, [("a", "y"), ("b", "x"), ("b", "y"), ("a", "y")])
    assert found == {("a", "y"): ("a", "y"), ("b", "x"): ("b", "x")}
    assert await tables.at(catalog, table, []) == {}
    every = [("a", f"{number}") for number in range(tables.KEYS - 1)] + [("a", "x")]
    assert await tables.at(catalog, table, every) == {("a", "x"): ("a", "x")}


async def test_of_many_rows_none_is_added_when_one_is_there(
    catalog: Catalog, engine: Engine
) -> None:
    table = await tables.find(catalog, engine, "doomed")
    await catalog.run(lambda tx: tables.put(tx, table, [("b", 1)]))
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: tables.put(tx, table, [("a", 1), ("b", 2), ("c", 3)]))
    assert await catalog.fetch("SELECT * FROM doomed") == [("b", 1)]


async def test_values_of_every_kind_come_back_as_they_were(
    catalog: Catalog, engine: Engine
) -> None:
    table = await tables.find(catalog, engine, "pieces")
    rows = [
        ("c", 1, 0, 3, "e\t\\N\n", 2**62, None, "", "Ü😀", "", b"", b"\0\xff\n\\."),
        ("c", 2, 3, 0, "", -1, "blob", "", "", "", b"\1\2", None),
    ]
    await catalog.run(lambda tx: tables.put(tx, table, rows))
    assert await tables.page(catalog, table, None, 9) == rows


async def test_as_many_rows_are_read_at_once_as_fit(catalog: Catalog, engine: Engine) -> None:
    table = await tables.find(catalog, engine, "pieces")
    assert await tables.page_rows(catalog, table, None) == MOST_ROWS
    body = bytes(MIB)
    rows = [("c", n, 0, MIB, "", 0, None, "", "", "", b"", body) for n in range(12)]
    await catalog.run(lambda tx: tables.put(tx, table, rows))
    assert await tables.page_rows(catalog, table, None) == MOST_BYTES // MIB
    assert await tables.page_rows(catalog, table, ("c", 8)) == MOST_ROWS
    light = await tables.find(catalog, engine, "objects")
    assert (light.heavy, table.heavy) == ((), ("sums", "data"))
