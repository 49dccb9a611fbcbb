"""A server in process, fresh for each test: two accounts, and a bucket with an object in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from narthex import tenancy
from narthex.bootstrap import RootKey
from tests.asking import Api, document
from tests.driving import open_driver
from tests.operations.access import POLICY

BUCKET = "bucketofbigsecrets"
BYTES = b"the secret"


@pytest.fixture
async def root(tmp_path: Path) -> AsyncIterator[Api]:
    """The first account's root. Its bucket BUCKET holds `inbox/report.pdf`."""
    async for driver in open_driver(tmp_path, inline_size=1024, min_part_size=1):
        assert (await driver.send("PUT", f"/{BUCKET}")).status == 200
        await put(Api(driver), "inbox/report.pdf")
        yield Api(driver)


@pytest.fixture
async def other(root: Api) -> Api:
    """Another account's root."""
    _, key = await tenancy.create_account(root.s3.server, "elsewhere")
    return root.as_key(RootKey(key.id, key.secret))


async def put(
    caller: Api,
    key: str,
    body: bytes = BYTES,
    bucket: str = BUCKET,
    headers: tuple[tuple[str, str], ...] = (),
) -> None:
    """An object that is there."""
    answer = await caller.s3.send("PUT", f"/{bucket}/{key}", headers=headers, body=body)
    assert answer.status == 200, answer.body


def arn(key: str = "*", bucket: str = BUCKET) -> str:
    """The ARN of a key, or of a bucket when the key is empty."""
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")


async def set_policy(root: Api, *statements: dict[str, object], bucket: str = BUCKET) -> None:
    """The bucket's policy is this; Principal is everyone unless told otherwise."""
    whole = [{"Principal": "*", **statement} for statement in statements]
    answer = await root.s3.send("PUT", f"/{bucket}", POLICY, body=document(*whole).encode())
    assert answer.status == 204, answer.body
