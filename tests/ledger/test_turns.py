"""Turns: those who want one row share its transactions, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from narthex.catalog import Transaction
from narthex.errors import Unavailable
from narthex.ledger.turns import MOST, Turns


class Slow:
    """A catalog whose transactions end when told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.open = asyncio.Event()
        self.open.set()
        self.error: Exception | None = None

    async def run(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        self.runs += 1
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return await work(None)  # type: ignore[arg-type]


def counting(done: list[int], number: int) -> Callable[[Transaction], Awaitable[int]]:
    """A step that says it was taken."""

    async def step(_: Transaction) -> int:
        done.append(number)
        return number

    return step


async def test_who_waits_shares_the_next_transaction() -> None:
    catalog, done = Slow(), []  # type: ignore[var-annotated]
    turns = Turns(catalog)  # type: ignore[arg-type]
    catalog.open.clear()
    asked = [asyncio.create_task(turns.take("row", counting(done, n))) for n in range(2 * MOST)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    catalog.open.set()
    assert await asyncio.gather(*asked) == list(range(2 * MOST)) == done
    assert catalog.runs == 2
    assert await turns.take("row", counting(done, 7)) == 7


async def test_rows_do_not_wait_for_each_other() -> None:
    catalog, done = Slow(), []  # type: ignore[var-annotated]
    turns = Turns(catalog)  # type: ignore[arg-type]
    await asyncio.gather(*[turns.take(str(n), counting(done, n)) for n in range(5)])
    assert catalog.runs == 5


async def test_what_fails_fails_for_all_who_share_it_and_for_nobody_else() -> None:
    catalog, done = Slow(), []  # type: ignore[var-annotated]
    turns = Turns(catalog)  # type: ignore[arg-type]
    catalog.error = Unavailable("away")
    asked = [turns.take("row", counting(done, n)) for n in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    catalog.error = None
    assert await turns.take("row", counting(done, 1)) == 1


async def test_a_bug_in_a_step_is_told_and_leaves_no_one_waiting() -> None:
    turns = Turns(Slow())  # type: ignore[arg-type]

    async def broken(_: Transaction) -> None:
        raise TypeError("a bug")

    with pytest.raises(TypeError):
        await asyncio.wait_for(turns.take("row", broken), 5)


async def test_what_nobody_waits_for_any_more_is_undone() -> None:
    catalog, done, undone = Slow(), [], []  # type: ignore[var-annotated]
    turns = Turns(catalog)  # type: ignore[arg-type]
    catalog.open.clear()

    async def undo(number: int) -> None:
        undone.append(number)

    asked = asyncio.create_task(turns.take("row", counting(done, 3), undo))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.wait([asked])
    assert asked.cancelled()
    catalog.open.set()
    await turns.close()
    assert (done, undone) == ([3], [3])


async def test_what_failed_is_not_undone() -> None:
    catalog, done, undone = Slow(), [], []  # type: ignore[var-annotated]
    turns = Turns(catalog)  # type: ignore[arg-type]
    catalog.open.clear()
    catalog.error = Unavailable("away")

    async def undo(number: int) -> None:
        undone.append(number)

    asked = asyncio.create_task(turns.take("row", counting(done, 3), undo))
    await asyncio.sleep(0)
    asked.cancel()
    catalog.open.set()
    await turns.close()
    assert undone == []
