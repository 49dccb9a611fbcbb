"""DeletePublicAccessBlock of an account."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.account_blocks import ask, flags, refuses


async def test_there_are_none_afterwards(narthex: Driver) -> None:
    assert await flags(narthex) == {"true"}
    for _ in range(2):
        assert (await ask(narthex, "DELETE")).status == 204
    assert await flags(narthex) == set()


async def test_it_refuses_strangers_and_other_accounts(narthex: Driver) -> None:
    await refuses(narthex, "DELETE")
