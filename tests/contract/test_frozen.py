"""A frozen catalog refuses every write and answers every read, on each engine."""

from __future__ import annotations

import pytest

from narthex.catalog import Catalog, frozen, settings
from narthex.catalog.frozen import Moved
from narthex.catalog.tables import Engine
from narthex.errors import StoreError, Unavailable
from tests.contract.conftest import open_catalog

INSERT = "INSERT INTO doomed (blob, at_us) VALUES ('a', 1)"


@pytest.fixture
def engine(where: str) -> Engine:
    return "postgresql" if where.startswith("postgresql:") else "sqlite"


async def test_a_frozen_catalog_refuses_writes_and_answers_reads(
    catalog: Catalog, other: Catalog, engine: Engine
) -> None:
    await other.run(lambda tx: tx.execute(INSERT))
    assert not await frozen.is_frozen(catalog, engine)
    await frozen.freeze(catalog, engine)
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
    await frozen.thaw(catalog, engine)
    assert not await frozen.is_frozen(other, engine)
    assert await other.run(lambda tx: tx.execute("DELETE FROM doomed")) == 1


async def test_what_is_frozen_in_part_is_frozen_and_not_whole(
    catalog: Catalog, engine: Engine
) -> None:
    await frozen.freeze(catalog, engine)
    assert await frozen.is_whole(catalog, engine)
    dropped = "narthex_moved ON doomed" if engine == "postgresql" else "moved_doomed_insert"
    await catalog.run(lambda tx: tx.execute(f"DROP TRIGGER {dropped}"))
    assert await frozen.is_frozen(catalog, engine)
    assert not await frozen.is_whole(catalog, engine)


async def test_freezing_twice_and_thawing_twice_is_the_same_as_once(
    catalog: Catalog, engine: Engine
) -> None:
    for _ in range(2):
        await frozen.freeze(catalog, engine)
    for _ in range(2):
        await frozen.thaw(catalog, engine)
    assert await catalog.run(lambda tx: tx.execute(INSERT)) == 1


async def test_a_frozen_catalog_can_still_say_where_it_moved(
    catalog: Catalog, engine: Engine
) -> None:
    await frozen.refuse_moved(catalog)
    await frozen.freeze(catalog, engine)
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
    await frozen.freeze(catalog, engine)
    again = await open_catalog(where)
    assert await again.fetch("SELECT blob FROM doomed") == []
    await again.close()
