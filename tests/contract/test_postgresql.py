"""What only PostgreSQL can get wrong: the wire, the server's end, two that collide."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from narthex.catalog import Catalog, Transaction
from narthex.catalog.postgresql import PostgreSQL, open_postgresql
from narthex.catalog.postgresql_connections import Pool
from narthex.catalog.postgresql_histories import Histories
from narthex.catalog.postgresql_statements import numbered
from narthex.errors import Conflict, StoreError, Unavailable, Uncertain
from tests.contract.postgresql_server import PostgreSQLServer

pytestmark = pytest.mark.postgresql

PUT = "INSERT INTO settings (name, value) VALUES (?, ?)"
GET = "SELECT value FROM settings WHERE name = ?"


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgreSQL]:
    """An empty catalog."""
    opened = await open_postgresql(url)
    yield opened
    await opened.close()


@pytest.fixture
def database(url: str) -> str:
    """The name of the catalog's database."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


async def put(catalog: Catalog, name: str, value: str = "") -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, (name, value))

    await catalog.run(work)


async def get(catalog: Catalog, name: str) -> str | None:
    row = await catalog.fetch_one(GET, (name,))
    return None if row is None else row[0]


def test_marks_are_numbered_in_order() -> None:
    assert numbered("SELECT 1") == b"SELECT 1"
    assert numbered("a = ? AND b > ? OR c IN (?, ?)") == b"a = $1 AND b > $2 OR c IN ($3, $4)"


async def test_reads_go_on_when_every_idle_connection_was_ended(
    store: PostgreSQL, server: PostgreSQLServer, database: str
) -> None:
    await put(store, "a", "1")
    await asyncio.gather(*(get(store, "a") for _ in range(20)))
    server.break_connections(database)
    assert await get(store, "a") == "1"


async def test_a_work_whose_connection_was_ended_runs_again(
    store: PostgreSQL, server: PostgreSQLServer, database: str
) -> None:
    runs = 0

    async def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(PUT, ("a", str(runs)))
        if runs == 1:
            server.break_connections(database)
        await tx.execute(PUT, ("b", str(runs)))

    await store.run(work)
    assert (runs, await get(store, "a"), await get(store, "b")) == (2, "2", "2")


async def test_a_commit_that_is_cut_off_is_uncertain_and_not_tried_again(
    store: PostgreSQL, server: PostgreSQLServer, database: str
) -> None:
    runs = 0

    async def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(PUT, ("a", ""))
        server.break_connections(database)

    with pytest.raises(Uncertain):
        await store.run(work)
    assert runs == 1
    await put(store, "b")
    assert await get(store, "b") is not None


async def test_a_work_that_collides_runs_again_from_the_start(store: PostgreSQL) -> None:
    """The other one commits in the middle of this one's first try."""
    await put(store, "sum", "1")
    runs = 0

    async def set_sum(tx: Transaction, value: str) -> None:
        await tx.execute("UPDATE settings SET value = ? WHERE name = 'sum'", (value,))

    async def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        row = await tx.fetch_one(GET, ("sum",))
        if runs == 1:
            await store.run(lambda other: set_sum(other, "10"))
        await set_sum(tx, str(int(row[0]) + 1 if row else 0))

    await store.run(work)
    assert (runs, await get(store, "sum")) == (2, "11")


async def test_what_a_collided_work_made_of_its_failure_does_not_matter(store: PostgreSQL) -> None:
    await put(store, "sum", "1")
    runs = 0

    async def work(tx: Transaction) -> str:
        nonlocal runs
        runs += 1
        await tx.fetch_one(GET, ("sum",))
        if runs == 1:
            await store.run(lambda other: other.execute("UPDATE settings SET value = '5'"))
        try:
            await tx.execute("UPDATE settings SET value = '6' WHERE name = 'sum'")
        except StoreError as error:
            raise ValueError("all is lost") from error
        return "done"

    assert await store.run(work) == "done"
    assert runs == 2


async def test_a_server_that_is_gone_is_unavailable_and_welcome_back() -> None:
    server = PostgreSQLServer()
    try:
        server.start()
        store = await open_postgresql(server.url())
        await put(store, "a", "1")
        server.stop()
        with pytest.raises(Unavailable):
            await get(store, "a")
        with pytest.raises(Unavailable):
            await put(store, "b")
        server.start()
        assert await get(store, "a") == "1"
        assert await get(store, "b") is None
        await store.close()
        server.stop()
        with pytest.raises(Unavailable, match="cannot be reached"):
            await open_postgresql(server.url())
    finally:
        server.remove()


async def test_a_server_that_takes_no_writes_is_unavailable(
    store: PostgreSQL, server: PostgreSQLServer, database: str
) -> None:
    server.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    server.break_connections(database)
    with pytest.raises(Unavailable):
        await put(store, "a")


async def test_nodes_that_start_at_once_make_the_tables_once(server: PostgreSQLServer) -> None:
    name = server.new_database()
    stores = await asyncio.gather(*(open_postgresql(server.url(name)) for _ in range(6)))
    await put(stores[0], "a", "1")
    assert [await get(store, "a") for store in stores] == ["1"] * 6
    for store in stores:
        await store.close()
    server.drop_database(name)


async def test_a_catalog_of_a_newer_program_is_refused(store: PostgreSQL, url: str) -> None:
    await store.run(lambda tx: tx.execute("UPDATE settings SET value = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        await open_postgresql(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@[::1/x",
        "postgresql://me:hunter2%zz@localhost/x",
        "postgresql://me:hunter2@localhost:1/x?bad=1",
        "postgresql://me:hunter2@localhost:1/x",
    ],
)
async def test_no_error_tells_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        await open_postgresql(url)
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error!r} {error}"
        error = error.__cause__


async def test_a_commit_is_synced_whatever_the_servers_default(
    server: PostgreSQLServer, url: str, database: str
) -> None:
    server.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    store = await open_postgresql(url)
    assert await store.fetch_one("SHOW synchronous_commit") == ("on",)
    await store.close()


async def test_more_works_than_connections_wait_their_turn(store: PostgreSQL) -> None:
    await asyncio.gather(*(put(store, f"n{n}") for n in range(100)))
    rows = await store.fetch("SELECT COUNT(*) FROM settings WHERE name LIKE 'n%'")
    assert rows == [(100,)]


async def test_a_unique_row_is_a_conflict_at_once_and_not_tried_again(store: PostgreSQL) -> None:
    runs = 0
    await put(store, "a")

    async def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(PUT, ("a", ""))

    with pytest.raises(Conflict):
        await store.run(work)
    assert runs == 1


async def test_a_pool_never_has_more_connections_than_it_may(
    server: PostgreSQLServer, url: str, database: str
) -> None:
    store = await open_postgresql(f"{url}&application_name=few", connections=2)
    most = 0
    works = [asyncio.ensure_future(put(store, f"n{n}")) for n in range(60)]
    while not all(work.done() for work in works):
        most = max(most, len(await asyncio.to_thread(server.connections, database, "few")))
    await asyncio.gather(*works)
    assert most == 2
    await store.close()


async def test_connections_that_lie_idle_are_closed_but_for_one(
    server: PostgreSQLServer, url: str, database: str
) -> None:
    pool = Pool(f"{url}&application_name=idle", Histories(), 3, idle_seconds=0.05)

    def count() -> int:
        return len(server.connections(database, "idle"))

    taken = [await pool.take() for _ in range(3)]
    assert count() == 3
    for connection in taken:
        await pool.give_back(connection)
    while count() > 1:  # noqa: ASYNC110 - the database says when one has ended
        await asyncio.sleep(0.01)
    kept = await pool.take()
    assert kept is taken[-1]
    assert (await (await kept.execute("SELECT 1")).fetchone()) == (1,)
    await pool.give_back(kept)
    await pool.close()
