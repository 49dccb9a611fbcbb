"""The catalog's seam, on every engine: durable, serialisable, honest about what was not done."""

from __future__ import annotations

import asyncio

import pytest

from narthex.catalog import Catalog, Transaction
from narthex.errors import Conflict, StoreError, Unavailable

PUT = "INSERT INTO settings (name, value) VALUES (?, ?)"
GET = "SELECT value FROM settings WHERE name = ?"


async def put(catalog: Catalog, name: str, value: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, (name, value))

    await catalog.run(work)


async def get(catalog: Catalog, name: str) -> str | None:
    row = await catalog.fetch_one(GET, (name,))
    return None if row is None else row[0]


async def add_one(catalog: Catalog, name: str) -> None:
    """Read, then write what was read plus one: lost when two read the same."""

    async def work(tx: Transaction) -> None:
        row = await tx.fetch_one(GET, (name,))
        value = str(int(row[0]) + 1 if row else 1)
        if row:
            await tx.execute("UPDATE settings SET value = ? WHERE name = ?", (value, name))
        else:
            await tx.execute(PUT, (name, value))

    await catalog.run(work)


class Taken(Exception):
    """What a conditional writer raises when it is too late."""


async def put_if_absent(catalog: Catalog, name: str, value: str) -> None:
    async def work(tx: Transaction) -> None:
        if await tx.fetch_one(GET, (name,)):
            raise Taken
        await tx.execute(PUT, (name, value))

    await catalog.run(work)


async def test_a_work_is_seen_by_every_node_once_it_returned(
    catalog: Catalog, other: Catalog
) -> None:
    await put(catalog, "a", "1")
    assert await get(catalog, "a") == "1"
    assert await get(other, "a") == "1"
    await put(other, "b", "2")
    assert await get(catalog, "b") == "2"


async def test_what_a_work_returns_comes_out(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> dict[str, int]:
        return {"rows": len(await tx.fetch("SELECT name FROM settings WHERE name = ?", ("a",)))}

    assert await catalog.run(work) == {"rows": 0}


async def test_an_exception_rolls_back_and_comes_out_unchanged(catalog: Catalog) -> None:
    raised = Taken("mine")

    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, ("a", "1"))
        raise raised

    with pytest.raises(Taken) as caught:
        await catalog.run(work)
    assert caught.value is raised
    assert await get(catalog, "a") is None


async def test_a_work_sees_what_it_wrote_and_nobody_else_does(
    catalog: Catalog, other: Catalog
) -> None:
    async def work(tx: Transaction) -> str | None:
        await tx.execute(PUT, ("a", "1"))
        row = await tx.fetch_one(GET, ("a",))
        return row[0] if row else None

    assert await catalog.run(work) == "1"

    async def undone(tx: Transaction) -> None:
        await tx.execute(PUT, ("b", "1"))
        raise Taken

    with pytest.raises(Taken):
        await catalog.run(undone)
    assert await get(other, "b") is None


async def test_a_row_that_must_be_unique_is_a_conflict(catalog: Catalog) -> None:
    await put(catalog, "a", "1")
    with pytest.raises(Conflict):
        await put(catalog, "a", "2")
    assert await get(catalog, "a") == "1"


async def test_a_work_that_swallows_a_failed_statement_fails(catalog: Catalog) -> None:
    await put(catalog, "a", "1")

    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, ("b", "1"))
        try:
            await tx.execute(PUT, ("a", "2"))
        except Conflict:
            pass

    with pytest.raises(Conflict):
        await catalog.run(work)
    assert await get(catalog, "b") is None


async def test_bad_sql_is_a_store_error_and_spoils_nothing(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute("INSERT INTO nowhere (a) VALUES (?)", (1,))

    with pytest.raises(StoreError):
        await catalog.run(work)
    with pytest.raises(StoreError):
        await catalog.fetch("SELECT nothing FROM nowhere")
    await put(catalog, "a", "1")
    assert await get(catalog, "a") == "1"


async def test_values_come_back_as_they_went_in(catalog: Catalog) -> None:
    whole = bytes(range(256))
    for number in (0, 1, 1 << 15, 1 << 31, (1 << 62) + 1):

        async def work(tx: Transaction, number: int = number) -> None:
            await tx.execute("DELETE FROM pieces")
            await tx.execute(
                "INSERT INTO pieces (content, number, start, size, etag, modified_us, blob,"
                " checksum_algorithm, checksum_value, checksum_type, sums, data)"
                " VALUES (?, 1, 0, ?, '', ?, ?, '', '', '', ?, ?)",
                ("é☃", number, number, None, b"", whole),
            )

        await catalog.run(work)
        row = await catalog.fetch_one(
            "SELECT content, size, blob, sums, data FROM pieces WHERE size = ?", (number,)
        )
        assert row == ("é☃", number, None, b"", whole)


async def test_execute_tells_how_many_rows_it_changed(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> list[int]:
        keep = f"{PUT} ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        return [
            await tx.execute(PUT, ("a", "1")),
            await tx.execute(keep, ("a", "2")),
            await tx.execute(f"{keep} WHERE settings.value = 'x'", ("a", "3")),
            await tx.execute("UPDATE settings SET value = '4' WHERE name = ?", ("nobody",)),
            await tx.execute("DELETE FROM settings WHERE name = ?", ("a",)),
        ]

    assert await catalog.run(work) == [1, 1, 0, 0, 1]


async def test_many_rows_at_once_are_all_there(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute_many(PUT, [(f"n{number}", str(number)) for number in range(500)])
        await tx.execute_many(PUT, [])

    await catalog.run(work)
    rows = await catalog.fetch("SELECT name FROM settings WHERE name >= ? AND name < ?", ("n", "o"))
    assert len(rows) == 500


async def test_text_and_bytes_are_ordered_by_their_bytes(catalog: Catalog) -> None:
    names = ["a", "A", "b", "B", "a-b", "a/b", "a0", "é", "☃", "\U0001f525", "Z"]

    async def work(tx: Transaction) -> None:
        await tx.execute_many(PUT, [(f"order {name}", "") for name in names])

    await catalog.run(work)
    rows = await catalog.fetch(
        "SELECT name FROM settings WHERE name >= ? ORDER BY name", ("order",)
    )
    found = [row[0].removeprefix("order ") for row in rows if row[0].startswith("order ")]
    assert found == sorted(names)


async def test_one_of_many_creates_a_unique_row(catalog: Catalog, other: Catalog) -> None:
    outcomes = await asyncio.gather(
        *(put((catalog, other)[n % 2], "one", str(n)) for n in range(20)), return_exceptions=True
    )
    won = [n for n, outcome in enumerate(outcomes) if outcome is None]
    assert len(won) == 1
    assert all(isinstance(outcome, Conflict) for outcome in outcomes if outcome is not None)
    assert await get(catalog, "one") == str(won[0])


async def test_one_of_a_hundred_conditional_writers_wins(catalog: Catalog, other: Catalog) -> None:
    outcomes = await asyncio.gather(
        *(put_if_absent((catalog, other)[n % 2], "one", str(n)) for n in range(100)),
        return_exceptions=True,
    )
    won = [n for n, outcome in enumerate(outcomes) if outcome is None]
    assert len(won) == 1
    assert all(isinstance(outcome, Taken) for outcome in outcomes if outcome is not None)
    assert await get(catalog, "one") == str(won[0])


async def test_no_update_is_lost(catalog: Catalog, other: Catalog) -> None:
    await asyncio.gather(*(add_one((catalog, other)[n % 2], "sum") for n in range(60)))
    assert await get(catalog, "sum") == "60"


async def test_two_works_never_both_act_on_what_the_other_changes(
    catalog: Catalog, other: Catalog
) -> None:
    """Write skew: each reads both rows and takes one away, if two are there."""

    async def take(node: Catalog, mine: str) -> None:
        async def work(tx: Transaction) -> None:
            if len(await tx.fetch("SELECT name FROM settings WHERE value = ?", ("duty",))) == 2:
                await tx.execute("DELETE FROM settings WHERE name = ?", (mine,))

        await node.run(work)

    for turn in range(10):
        names = (f"a{turn}", f"b{turn}")
        for name in names:
            await put(catalog, name, "duty")
        await asyncio.gather(take(catalog, names[0]), take(other, names[1]))
        left = await catalog.fetch("SELECT name FROM settings WHERE value = ?", ("duty",))
        assert len(left) == 1

        async def clear(tx: Transaction) -> None:
            await tx.execute("DELETE FROM settings WHERE value = ?", ("duty",))

        await catalog.run(clear)


async def test_a_work_that_fails_takes_no_other_with_it(catalog: Catalog) -> None:
    async def fail(n: int) -> None:
        async def work(tx: Transaction) -> None:
            await tx.execute(PUT, (f"bad {n}", ""))
            raise Taken

        await catalog.run(work)

    async def clash(n: int) -> None:
        async def work(tx: Transaction) -> None:
            await tx.execute(PUT, (f"clash {n}", ""))
            await tx.execute(PUT, ("taken", ""))

        await catalog.run(work)

    await put(catalog, "taken", "")
    kinds = [put(catalog, f"good {n}", "") for n in range(30)]
    kinds += [fail(n) for n in range(30)]
    kinds += [clash(n) for n in range(30)]
    outcomes = await asyncio.gather(*kinds, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == (
        [type(None)] * 30 + [Taken] * 30 + [Conflict] * 30
    )
    rows = await catalog.fetch("SELECT name FROM settings WHERE name <> 'schema version'")
    assert {row[0] for row in rows} == {"taken", *(f"good {n}" for n in range(30))}


async def test_a_work_cancelled_before_it_began_never_happens(catalog: Catalog) -> None:
    task = asyncio.ensure_future(put(catalog, "a", "1"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(catalog, "b", "1")
    assert await get(catalog, "a") is None


@pytest.mark.parametrize("turns", [int(1.3**power) for power in range(30)])
async def test_who_is_told_of_a_cancellation_can_rely_on_nothing_being_done(
    catalog: Catalog, turns: int
) -> None:
    """Whenever it comes: told within `run`, nothing was done; told behind it, everything was."""
    returned = False

    async def caller() -> None:
        nonlocal returned
        await put(catalog, "a", "1")
        returned = True
        await asyncio.sleep(0)  # where a cancellation arrives that came too late

    task = asyncio.ensure_future(caller())
    for _ in range(turns):
        await asyncio.sleep(0)
    told = task.cancel()
    outcome = (await asyncio.gather(task, return_exceptions=True))[0]
    assert isinstance(outcome, asyncio.CancelledError) == told
    await put(catalog, "behind", "1")  # whatever was under way is over
    assert (await get(catalog, "a") is not None) == returned


async def test_a_cancellation_in_the_middle_of_a_work_leaves_no_doubt(catalog: Catalog) -> None:
    returned = False

    async def work(tx: Transaction) -> None:
        await tx.execute(PUT, ("a", "1"))
        task.cancel()
        await tx.execute(PUT, ("b", "1"))

    async def caller() -> None:
        nonlocal returned
        await catalog.run(work)
        returned = True
        await asyncio.sleep(0)

    task = asyncio.ensure_future(caller())
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(catalog, "behind", "1")
    assert (await get(catalog, "a") is not None) == returned
    assert (await get(catalog, "b") is not None) == returned


async def test_a_timeout_is_still_a_timeout_when_the_work_had_begun(catalog: Catalog) -> None:
    async def caller() -> None:
        async with asyncio.timeout(0):
            await put(catalog, "a", "1")
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await caller()
    await put(catalog, "b", "1")


async def test_the_others_of_a_group_do_not_feel_a_cancellation(catalog: Catalog) -> None:
    tasks = [asyncio.ensure_future(put(catalog, f"n{n}", "")) for n in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for n, outcome in enumerate(outcomes):
        assert (await get(catalog, f"n{n}") is None) == isinstance(outcome, asyncio.CancelledError)
    assert outcomes[1::2] == [None] * 25


async def test_a_closed_catalog_finished_what_was_asked_and_takes_no_more(
    catalog: Catalog, other: Catalog
) -> None:
    works = [asyncio.ensure_future(put(catalog, f"n{n}", "")) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(*works)
    await catalog.close()
    await catalog.close()
    with pytest.raises(Unavailable):
        await put(catalog, "late", "")
    with pytest.raises(Unavailable):
        await get(catalog, "late")
    rows = await other.fetch("SELECT name FROM settings WHERE name >= ? AND name < ?", ("n", "o"))
    assert len(rows) == 20


async def test_what_is_under_way_when_it_is_closed_is_done_or_refused(
    catalog: Catalog, other: Catalog
) -> None:
    works = [asyncio.ensure_future(put(catalog, f"n{n}", "")) for n in range(40)]
    await asyncio.sleep(0)
    await catalog.close()
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {type(None), Unavailable}
    for n, outcome in enumerate(outcomes):
        assert (await get(other, f"n{n}") is not None) == (outcome is None)


async def test_opening_it_again_finds_everything(catalog: Catalog, other: Catalog) -> None:
    await put(catalog, "a", "1")
    await catalog.close()
    assert await get(other, "a") == "1"
    version = await get(other, "schema version")
    assert version is not None
    assert int(version) > 0
