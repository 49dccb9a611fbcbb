"""Ranges asked for ahead: their order, their bound, and that nothing outlives the reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.blobs.remote_ahead import FIRST, MOST, in_order
from narthex.errors import Unavailable


class Asked:
    """A store that answers when it is told to."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[int]] = {}
        self.begun: list[int] = []
        self.held = 0  # under way, or answered and not taken
        self.most = 0

    async def ask(self, one: int) -> int:
        self.begun.append(one)
        self.held += 1
        self.most = max(self.most, self.held)
        self.waiting[one] = asyncio.get_running_loop().create_future()
        try:
            return await self.waiting[one]
        except asyncio.CancelledError:
            self.held -= 1
            raise
        finally:
            del self.waiting[one]

    async def answer(self, dice: list[int], reading: asyncio.Future[None]) -> None:
        """Whichever the dice say, one after the other, until the reader has ended."""
        turn = 0
        while not reading.done():
            await asyncio.sleep(0)
            open_ones = [one for one, future in self.waiting.items() if not future.done()]
            if open_ones:
                chosen = open_ones[dice[turn % len(dice)] % len(open_ones)]
                self.waiting[chosen].set_result(chosen)
                turn += 1


async def settle() -> None:
    """Whatever can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


@given(
    count=st.integers(0, 30),
    most=st.integers(1, 6),
    dice=st.lists(st.integers(0, 5), min_size=1, max_size=30),
)
async def test_the_order_is_that_of_the_ranges_whoever_is_answered_first(
    count: int, most: int, dice: list[int]
) -> None:
    store, got = Asked(), []

    async def read() -> None:
        async for one in in_order(store.ask, range(count), most):
            got.append(one)
            store.held -= 1

    reading = asyncio.ensure_future(read())
    await store.answer(dice, reading)
    await reading
    assert got == store.begun == list(range(count))
    assert store.most <= most


async def test_few_are_asked_for_at_first_and_each_that_is_taken_adds_one() -> None:
    store, begun = Asked(), []
    async with aclosing(in_order(store.ask, range(100))) as answers:
        for number in range(6):
            taking = asyncio.ensure_future(anext(answers))
            await settle()
            begun.append(len(store.begun) - number)
            store.waiting[number].set_result(number)
            assert await taking == number
    assert begun == [FIRST, FIRST + 1, MOST, MOST, MOST, MOST]


@pytest.mark.parametrize("taken", [0, 1, 5])
async def test_a_reader_that_stops_ends_what_is_under_way(taken: int) -> None:
    store = Asked()
    answers = in_order(store.ask, range(100))
    for number in range(taken):
        await _take(answers, store, number)
    await answers.aclose()
    assert store.waiting == {}
    assert len(store.begun) < taken + MOST
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_reader_that_is_cancelled_while_it_waits_ends_them_too() -> None:
    store = Asked()
    answers = in_order(store.ask, range(100))
    for number in range(3):
        await _take(answers, store, number)
    taking = asyncio.ensure_future(anext(answers))
    await settle()
    assert len(store.waiting) == MOST
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert store.waiting == {}
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_comes_in_its_turn_and_ends_the_rest() -> None:
    store = Asked()
    answers = in_order(store.ask, range(100))
    for number in range(3):
        await _take(answers, store, number)
    taking = asyncio.ensure_future(anext(answers))
    await settle()
    store.waiting[4].set_exception(Unavailable("gone"))
    await settle()
    assert not taking.done()
    store.waiting[3].set_result(3)
    assert await taking == 3
    with pytest.raises(Unavailable, match="gone"):
        await anext(answers)
    assert store.waiting == {}


async def _take(answers: AsyncGenerator[int, None], store: Asked, number: int) -> None:
    taking = asyncio.ensure_future(anext(answers))
    await settle()
    store.waiting[number].set_result(number)
    assert await taking == number
