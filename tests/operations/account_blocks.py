"""The public access blocks of an account, as S3 Control has them."""

from __future__ import annotations

from tests.driving import Answer, Driver
from tests.operations.access import NO_BLOCKS, account_of
from tests.operations.refusals import refuses_strangers

PATH = "/v20180820/configuration/publicAccessBlock"
BODY = NO_BLOCKS.replace(
    b"<PublicAccessBlockConfiguration>",
    b'<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">',
)


async def ask(narthex: Driver, method: str, body: bytes = b"") -> Answer:
    """One request about the caller's own account."""
    headers = [("x-amz-account-id", await account_of(narthex))]
    return await narthex.send(method, PATH, headers=headers, body=body)


async def flags(narthex: Driver) -> set[str | None]:
    """What the account's blocks are; empty when there are none."""
    answer = await ask(narthex, "GET")
    if answer.status == 404:
        assert answer.code == "NoSuchPublicAccessBlockConfiguration"
        return set()
    return {child.text for child in answer.xml}


async def refuses(narthex: Driver, method: str, body: bytes = b"") -> None:
    """Strangers and other accounts are refused, and change nothing."""
    headers = [("x-amz-account-id", await account_of(narthex))]
    await refuses_strangers(narthex, method, PATH, headers=headers, body=body)
    other = [("x-amz-account-id", "000000000000")]
    answer = await narthex.send(method, PATH, headers=other, body=body)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert await flags(narthex) == {"true"}
