"""GetPublicAccessBlock of an account."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.account_blocks import BODY, ask, flags, refuses


async def test_all_four_are_on_until_they_are_taken_away(narthex: Driver) -> None:
    assert await flags(narthex) == {"true"}
    assert (await ask(narthex, "PUT", BODY)).status == 200
    assert await flags(narthex) == set()


async def test_it_refuses_strangers_and_other_accounts(narthex: Driver) -> None:
    await refuses(narthex, "GET")
