"""The sums of docs/scale.md: their small end is what is measured here, and they add up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from bench import scale
from bench.scale_model import (
    Cost,
    Load,
    Server,
    bends,
    catalog_bytes,
    catalogs_needed,
    connections,
    of_each,
    remembered,
    table,
)

from narthex import pools
from narthex.catalog import Row, Value, postgresql, postgresql_watch
from narthex.catalog.postgresql_connections import Connection
from narthex.catalog.postgresql_statements import fetch
from narthex.config import Settings
from tests.contract.conftest import server, template, url
from tests.driving import Driver, open_driver

__all__ = ["server", "template", "url"]  # fixtures

OBJECTS = 20_000
PUTS = 200
COST = Cost()
DOCUMENT = Path(__file__).parent.parent / "docs" / "scale.md"


@pytest.fixture
async def narthex(url: str, tmp_path: Path) -> AsyncIterator[Driver]:
    """A node on PostgreSQL with an empty bucket."""
    async for driver in open_driver(tmp_path, catalog=url):
        assert (await driver.send("PUT", "/b-1")).status == 200
        yield driver


def one(url: str, sql: str) -> int:
    """The one number that a statement answers."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("relation", "bytes_each"),
    [
        ("objects", COST.objects_bytes),
        ("objects_pkey", COST.objects_index_bytes),
        ("pieces", COST.pieces_bytes),
        ("pieces_pkey", COST.pieces_index_bytes),
    ],
)
async def test_an_object_weighs_what_the_model_says(
    filled: str, relation: str, bytes_each: float
) -> None:
    weight = one(filled, f"SELECT pg_relation_size('{relation}')") / OBJECTS
    assert weight == pytest.approx(bytes_each, rel=0.1)


@pytest.fixture
def filled(url: str) -> str:
    """A catalog of small objects."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(scale.FILL_OBJECTS, (scale.BUCKET, OBJECTS))
        connection.execute(scale.FILL_PIECES, (scale.SUM, scale.BODY, OBJECTS))
        connection.execute("VACUUM objects, pieces")
    return url


@pytest.mark.postgresql
async def test_a_put_is_one_commit_and_its_log_is_of_the_size_told(
    narthex: Driver, url: str
) -> None:
    ids = "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"
    log = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
    before = one(url, ids), one(url, log)
    for number in range(PUTS):
        assert (await narthex.send("PUT", f"/b-1/{number}", body=b"n" * 1000)).status == 200
    commits = (one(url, ids) - before[0]) / PUTS
    assert commits == pytest.approx(COST.put_commits, abs=0.05)
    written = (one(url, log) - before[1]) / PUTS
    assert COST.put_wal_bytes / 4 < written < COST.put_wal_bytes * 1.5


@pytest.mark.postgresql
async def test_a_request_asks_as_often_as_the_model_says(
    narthex: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def counted(connection: Connection, sql: str, values: Sequence[Value]) -> list[Row]:
        asked.append(sql)
        return await fetch(connection, sql, values)

    for module in (postgresql, postgresql_watch):
        monkeypatch.setattr(module, "fetch", counted)
    await narthex.send("PUT", "/b-1/k", body=b"n")
    link = narthex.link("GET", "/b-1/k")
    counts = []
    for _ in range(10):  # a commit that nobody waits for may come between two
        asked.clear()
        assert (await narthex.url(link)).body == b"n"
        counts.append((len(asked), asked.count(postgresql_watch.SNAPSHOT)))
    assert min(counts) == (COST.warm_get_questions, COST.warm_get_questions)
    await narthex.send("PUT", "/b-1/other", body=b"n")
    asked.clear()
    assert (await narthex.url(link)).body == b"n"
    assert len(asked) - asked.count(postgresql_watch.SNAPSHOT) == COST.cold_get_reads
    asked.clear()
    await narthex.send("PUT", "/b-1/k", body=b"n")
    assert len(asked) - asked.count(postgresql_watch.SNAPSHOT) <= COST.put_reads


def test_every_process_has_a_pool_and_a_watch() -> None:
    assert COST.pool == pools.MOST + pools.WATCH
    assert COST.helpers == pools.HELPERS
    usual = Load(nodes=1, workers=2)
    assert connections(usual, COST) == Settings().catalog_connections


def test_more_of_anything_never_takes_fewer_catalogs() -> None:
    load, room = Load(), Server()
    needed = catalogs_needed(load, COST, room)
    for more in (
        replace(load, objects=10 * load.objects),
        replace(load, requests=10 * load.requests),
        replace(load, writes=2 * load.writes),
        replace(load, nodes=10 * load.nodes),
    ):
        assert catalogs_needed(more, COST, room) >= needed
    assert catalogs_needed(Load(1e6, 100, nodes=2), COST, room) == 1


def test_divided_into_so_many_each_fits() -> None:
    load, room = Load(), Server()
    each = of_each(load, catalogs_needed(load, COST, room))
    assert all(bend.catalogs <= 1.001 for bend in bends(each, COST, room))
    assert catalog_bytes(each, COST) < room.disk_bytes


def test_what_is_remembered_between_two_commits() -> None:
    assert remembered(0, 10) == 0
    assert remembered(10, 10) == 0.5
    assert remembered(1000, 0) == 1


def test_the_document_shows_what_the_model_says() -> None:
    assert table(Load(), COST, Server()) in DOCUMENT.read_text("utf-8")
