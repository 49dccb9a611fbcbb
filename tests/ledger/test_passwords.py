"""Passwords: hashed slowly, checked few at a time, and guessing costs time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from narthex.errors import Corrupt
from narthex.ledger.passwords import FREE_TRIES, LONGEST_WAIT_US, QUEUE, Passwords
from tests.driving import NOON, SECOND

RIGHT = "correct horse battery"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """None tried yet."""
    made = Passwords()
    yield made
    made.close()


@pytest.fixture
async def kept(passwords: Passwords) -> str:
    """The hash of RIGHT."""
    return await passwords.hash(RIGHT)


async def test_the_right_one_is_right_and_a_letter_else_is_wrong(
    passwords: Passwords, kept: str
) -> None:
    assert RIGHT not in kept
    assert await passwords.check("link", kept, RIGHT, NOON) == ("right", 0)
    for wrong in ("", "Correct horse battery", RIGHT + " ", RIGHT[:-1]):
        assert (await passwords.check(wrong, kept, wrong, NOON))[0] == "wrong"


async def test_two_hashes_of_one_password_differ(passwords: Passwords, kept: str) -> None:
    assert await passwords.hash(RIGHT) != kept


async def test_each_wrong_one_after_a_few_waits_twice_as_long(
    passwords: Passwords, kept: str
) -> None:
    now, waits = NOON, []
    for _ in range(FREE_TRIES + 8):
        checked, wait = await passwords.check("link", kept, "wrong", now)
        assert checked == "wrong"
        waits.append(wait)
        if wait:
            early = await passwords.check("link", kept, RIGHT, now + wait * SECOND - 1)
            assert early == ("later", 1), "it is not even looked at"
        now += wait * SECOND
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert LONGEST_WAIT_US == 60 * SECOND
    assert await passwords.check("link", kept, RIGHT, now) == ("right", 0)
    assert await passwords.check("link", kept, "wrong", now) == ("wrong", 0), "it starts anew"


async def test_another_link_does_not_wait(passwords: Passwords, kept: str) -> None:
    for _ in range(FREE_TRIES):
        await passwords.check("link", kept, "wrong", NOON)
    assert (await passwords.check("link", kept, RIGHT, NOON))[0] == "later"
    assert (await passwords.check("other", kept, RIGHT, NOON))[0] == "right"


async def test_a_crowd_is_told_to_come_back(passwords: Passwords, kept: str) -> None:
    asked = [passwords.check(str(number), kept, "wrong", NOON) for number in range(QUEUE + 5)]
    answers = await asyncio.gather(*asked)
    assert [checked for checked, _ in answers].count("later") == 5


async def test_what_is_no_hash_is_never_right(passwords: Passwords) -> None:
    with pytest.raises(Corrupt):
        await passwords.check("link", "plain", "plain", NOON)
