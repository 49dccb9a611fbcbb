"""A walk makes one table what the other is, whatever was there, and says what it had to change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from narthex.catalog import Row, Transaction, frozen, settings, tables
from narthex.catalog.tables import LIGHT, Table
from narthex.errors import StoreError
from narthex.move.place import End, open_end, read_place
from narthex.move.progress import Damaged, Progress, Tally
from narthex.move.walk import Walk, encoded

BUCKETS = "buckets"
MANY = LIGHT + 1  # rows: more than one page


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[tuple[End, End]]:
    """Two empty installations."""
    opened = []
    for name in ("source", "target"):
        place = read_place(str(tmp_path / name), "memory:///", "", "--from")
        opened.append(await open_end(place, {}, "FROM", there=False))
    yield opened[0], opened[1]
    for end in opened:
        await end.close()


async def prepare(_: Table, rows: Sequence[Row]) -> tuple[list[Row], list[Damaged]]:
    return list(rows), []


async def walk(ends: tuple[End, End], name: str = BUCKETS, *, writes: bool = True) -> Tally:
    table = await tables.find(ends[0].catalog, "sqlite", name)
    return await Walk(*ends, Progress(), prepare, writes).over(table)


def bucket(number: int, id: int | None = None, region: str = "") -> Row:
    return (f"n{number:05}", f"i{number if id is None else id}", "1", region, 0, 0)


async def put(end: End, rows: Sequence[Row]) -> None:
    table = await tables.find(end.catalog, "sqlite", BUCKETS)
    await end.catalog.run(lambda tx: tables.put(tx, "sqlite", table, rows))


async def rows_of(end: End) -> list[Row]:
    return await end.catalog.fetch("SELECT * FROM buckets ORDER BY name")


async def test_an_empty_target_gets_every_row_and_a_second_walk_changes_nothing(
    ends: tuple[End, End],
) -> None:
    await put(ends[0], [bucket(number) for number in range(MANY)])
    first, second = await walk(ends), await walk(ends)
    assert (first.rows, first.put, first.removed, first.equal) == (MANY, MANY, 0, True)
    assert (second.put, second.removed, second.equal) == (0, 0, True)
    assert first.sha256 == second.sha256
    assert await rows_of(ends[0]) == await rows_of(ends[1])


async def test_what_changed_went_or_is_new_is_all_that_is_touched(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(1), bucket(2, region="new"), bucket(4)])
    await put(ends[1], [bucket(1), bucket(2), bucket(3)])
    told = await walk(ends)
    assert (told.put, told.removed, told.equal) == (2, 2, True)
    assert await rows_of(ends[1]) == [bucket(1), bucket(2, region="new"), bucket(4)]


async def test_pages_of_rows_that_the_source_never_had_go(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(0), bucket(2 * MANY)])
    await put(ends[1], [bucket(number) for number in range(1, 2 * MANY)])
    told = await walk(ends)
    assert (told.removed, told.equal) == (2 * MANY - 1, True)
    assert await rows_of(ends[1]) == [bucket(0), bucket(2 * MANY)]


async def test_a_row_that_a_stale_one_keeps_out_comes_with_the_next_walk(
    ends: tuple[End, End],
) -> None:
    rows = [bucket(number) for number in range(MANY)]
    swapped = [bucket(0, id=MANY - 1), *rows[1:-1], bucket(MANY - 1, id=0)]
    await put(ends[0], rows)
    await put(ends[1], swapped)
    assert not (await walk(ends)).equal
    assert (await walk(ends)).equal
    assert await rows_of(ends[1]) == rows


async def test_a_check_counts_and_changes_nothing(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(1), bucket(2)])
    await put(ends[1], [bucket(2, region="other"), bucket(3)])
    told = await walk(ends, writes=False)
    assert (told.rows, told.put, told.removed, told.equal) == (2, 2, 2, False)
    assert await rows_of(ends[1]) == [bucket(2, region="other"), bucket(3)]


async def test_what_is_about_one_catalog_is_not_moved(ends: tuple[End, End]) -> None:
    async def write(tx: Transaction) -> None:
        await settings.write(tx, "scrub position", "a")
        await settings.write(tx, frozen.MOVED, "")

    await ends[0].catalog.run(write)
    await ends[1].catalog.run(lambda tx: settings.write(tx, frozen.BEGUN, "there"))
    assert (await walk(ends, "settings")).equal
    target = ends[1].catalog
    assert await settings.read(target, "scrub position") == "a"
    assert await settings.read(target, frozen.BEGUN) == "there"
    assert await settings.read(target, frozen.MOVED) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("ab", "c")], [("a", "bc")]),
        ([("1",)], [(1,)]),
        ([("a",)], [(b"a",)]),
        ([(None,)], [("",)]),
        ([("a",), ("b",)], [("a", "b")]),
        ([(1,)], [(2**40,)]),
    ],
)
def test_different_rows_have_different_bytes(one: list[Row], other: list[Row]) -> None:
    assert encoded(one) != encoded(other)


def test_equal_rows_have_the_same_bytes_wherever_they_come_from() -> None:
    shared = "ab"
    assert encoded([(shared, shared, 1, b"x", None)]) == encoded(
        [("ab", "".join(["a", "b"]), int("1"), bytes([120]), None)]
    )


@pytest.mark.parametrize(
    ("stores", "said"),
    [("mysql://x/y", "a data folder, a file"), ("postgresql://x/y", "--to-blobs says where")],
)
def test_a_place_that_cannot_be_meant_is_refused(stores: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        read_place(stores, "", "", "--to")


def test_a_place_is_shown_without_its_password() -> None:
    place = read_place("postgresql://narthex:hidden@db:5432/n?sslmode=require", "b", "", "--to")
    assert place.shown == "postgresql://db:5432/n"
    file = read_place("sqlite:///srv/n/catalog.sqlite", "", "", "--to")
    assert (file.catalog, file.blobs) == ("/srv/n/catalog.sqlite", "/srv/n/blobs")
