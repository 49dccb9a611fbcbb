"""PutPublicAccessBlock of an account."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.account_blocks import BODY, ask, flags, refuses


async def test_each_flag_is_set_by_itself(narthex: Driver) -> None:
    half = BODY.replace(b"<BlockPublicAcls>false", b"<BlockPublicAcls>true")
    assert (await ask(narthex, "PUT", half)).status == 200
    assert await flags(narthex) == {"true", "false"}


async def test_it_refuses_strangers_and_other_accounts(narthex: Driver) -> None:
    await refuses(narthex, "PUT", BODY)
