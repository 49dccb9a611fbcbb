"""A walk makes one table what the other is, whatever was there, and says what it had to change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from narthex.catalog import Row, Transaction, frozen, settings, tables
from narthex.catalog.tables import MOST_ROWS
from narthex.errors import StoreError
from narthex.move.digest import Digest, encoded
from narthex.move.fill import Filler
from narthex.move.follow import Follower, Standing
from narthex.move.place import End, open_end, read_place
from narthex.move.progress import Progress
from narthex.move.walk import Found, Walk

BUCKETS = "buckets"
MANY = MOST_ROWS + 1  # rows: more than one page


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


async def walk(ends: tuple[End, End], name: str = BUCKETS, *, writes: bool = True) -> Found:
    table = await tables.find(ends[0].catalog, "sqlite", name)
    told = Progress()
    return await Walk(*ends, told, Filler(*ends, told) if writes else None).over(table)


async def settle(ends: tuple[End, End], found: Found, name: str = BUCKETS) -> tuple[bool, Standing]:
    """What is left of a walk is looked at once; whether nothing is then."""
    table = await tables.find(ends[0].catalog, "sqlite", name)
    standing = Standing(table, 0, found.digest, 0, 0, found.unsettled)
    return await Follower(Filler(*ends, Progress()), [standing]).settle(), standing


def bucket(number: int, id: int | None = None, region: str = "") -> Row:
    return (f"n{number:05}", f"i{number if id is None else id}", "1", region, 0, 0)


async def put(end: End, rows: Sequence[Row]) -> None:
    table = await tables.find(end.catalog, "sqlite", BUCKETS)
    await end.catalog.run(lambda tx: tables.put(tx, table, rows))


async def rows_of(end: End) -> list[Row]:
    return await end.catalog.fetch("SELECT * FROM buckets ORDER BY name")


async def test_an_empty_target_gets_every_row_and_a_second_walk_changes_nothing(
    ends: tuple[End, End],
) -> None:
    await put(ends[0], [bucket(number) for number in range(MANY)])
    first, second = await walk(ends), await walk(ends)
    assert (first.digest.rows, first.put, first.removed) == (MANY, MANY, 0)
    assert (second.put, second.removed) == (0, 0)
    assert first.digest == second.digest
    assert not first.unsettled | second.unsettled
    assert await rows_of(ends[0]) == await rows_of(ends[1])


async def test_what_changed_went_or_is_new_is_all_that_is_touched(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(1), bucket(2, region="new"), bucket(4)])
    await put(ends[1], [bucket(1), bucket(2), bucket(3)])
    told = await walk(ends)
    assert (told.put, told.removed, told.unsettled) == (2, 2, set())
    assert await rows_of(ends[1]) == [bucket(1), bucket(2, region="new"), bucket(4)]


async def test_pages_of_rows_that_the_source_never_had_go(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(0), bucket(2 * MANY)])
    await put(ends[1], [bucket(number) for number in range(1, 2 * MANY)])
    told = await walk(ends)
    assert (told.removed, told.unsettled) == (2 * MANY - 1, set())
    assert await rows_of(ends[1]) == [bucket(0), bucket(2 * MANY)]


async def test_a_row_that_a_stale_one_keeps_out_comes_once_that_is_gone(
    ends: tuple[End, End],
) -> None:
    rows = [bucket(number) for number in range(MANY)]
    swapped = [bucket(0, id=MANY - 1), *rows[1:-1], bucket(MANY - 1, id=0)]
    await put(ends[0], rows)
    await put(ends[1], swapped)
    found = await walk(ends)
    assert found.unsettled == {(rows[0][0],)}
    settled, standing = await settle(ends, found)
    assert settled
    assert await rows_of(ends[1]) == rows
    whole = Digest()
    whole.add(rows)
    assert (standing.digest.hex, standing.digest.rows) == (whole.hex, MANY)


async def test_rows_that_keep_each_other_out_are_settled_together(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(1, id=2), bucket(2, id=1), bucket(3)])
    await put(ends[1], [bucket(1), bucket(2), bucket(4)])
    found = Found(unsettled={("n00001",), ("n00002",), ("n00003",), ("n00004",)})
    settled, _ = await settle(ends, found)
    assert settled
    assert await rows_of(ends[1]) == [bucket(1, id=2), bucket(2, id=1), bucket(3)]


async def test_a_check_counts_and_changes_nothing(ends: tuple[End, End]) -> None:
    await put(ends[0], [bucket(1), bucket(2)])
    await put(ends[1], [bucket(2, region="other"), bucket(3)])
    told = await walk(ends, writes=False)
    assert (told.digest.rows, told.put, told.removed) == (2, 2, 2)
    assert await rows_of(ends[1]) == [bucket(2, region="other"), bucket(3)]


async def test_what_is_about_one_catalog_is_not_moved(ends: tuple[End, End]) -> None:
    async def write(tx: Transaction) -> None:
        await settings.write(tx, "scrub position", "a")
        await settings.write(tx, frozen.MOVED, "")
        await settings.write(tx, frozen.RUN, "this one")

    await ends[0].catalog.run(write)
    await ends[1].catalog.run(lambda tx: settings.write(tx, frozen.BEGUN, "there"))
    assert not (await walk(ends, "settings")).unsettled
    target = ends[1].catalog
    assert await settings.read(target, "scrub position") == "a"
    assert await settings.read(target, frozen.BEGUN) == "there"
    assert await settings.read(target, frozen.MOVED) is None
    assert await settings.read(target, frozen.RUN) is None
    assert not (await walk(ends, "settings", writes=False)).removed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("1",), (1,)),
        (("a",), (b"a",)),
        ((None,), ("",)),
        (("a",), ("a", "b")),
        ((1,), (2**40,)),
    ],
)
def test_different_rows_have_different_bytes(one: Row, other: Row) -> None:
    assert encoded(one) != encoded(other)


def test_a_digest_forgets_what_went_and_does_not_care_in_which_order() -> None:
    one, other = Digest(), Digest()
    one.add([("a", 1), ("b", 2), ("c", 3)])
    one.drop([("b", 2)])
    other.add([("c", 3), ("a", 1)])
    assert (one.hex, one.rows) == (other.hex, 2)
    other.add([("a", 1)])
    other.drop([("c", 3)])  # twice the same row is not the same as two rows
    assert (one.rows, one.hex == other.hex) == (2, False)
    one.drop([("a", 1), ("c", 3)])
    assert (one.hex, one.rows) == (Digest().hex, 0)


def test_equal_rows_have_the_same_bytes_wherever_they_come_from() -> None:
    shared = "ab"
    assert encoded((shared, shared, 1, b"x", None)) == encoded(
        ("ab", "".join(["a", "b"]), int("1"), bytes([120]), None)
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
