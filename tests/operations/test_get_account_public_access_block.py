"""GetPublicAccessBlock of an account, as S3 Control has it."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.access import NO_BLOCKS, account_of
from tests.operations.refusals import refuses_strangers

PATH = "/v20180820/configuration/publicAccessBlock"
BODY = NO_BLOCKS.replace(
    b"<PublicAccessBlockConfiguration>",
    b'<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">',
)


async def flags(narthex: Driver) -> set[str | None]:
    """What the account's blocks are; empty when there are none."""
    headers = [("x-amz-account-id", await account_of(narthex))]
    answer = await narthex.send("GET", PATH, headers=headers)
    if answer.status == 404:
        assert answer.code == "NoSuchPublicAccessBlockConfiguration"
        return set()
    return {child.text for child in answer.xml}


async def test_the_way_there_and_back(narthex: Driver) -> None:
    headers = [("x-amz-account-id", await account_of(narthex))]
    assert await flags(narthex) == {"true"}
    half = BODY.replace(b"<BlockPublicAcls>false", b"<BlockPublicAcls>true")
    assert (await narthex.send("PUT", PATH, headers=headers, body=half)).status == 200
    assert await flags(narthex) == {"true", "false"}
    assert (await narthex.send("DELETE", PATH, headers=headers)).status == 204
    assert await flags(narthex) == set()


async def test_it_refuses_strangers_and_other_accounts(narthex: Driver) -> None:
    headers = [("x-amz-account-id", await account_of(narthex))]
    body = b""
    await refuses_strangers(narthex, "GET", PATH, headers=headers, body=body)
    other = [("x-amz-account-id", "000000000000")]
    answer = await narthex.send("GET", PATH, headers=other, body=body)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert await flags(narthex) == {"true"}
