"""Every operation x every kind of caller x private or public x Block Public Access on and off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from narthex.s3.operation import declared
from tests.access import callers, cells
from tests.access.table import (
    ACCOUNT,
    BLOCKINGS,
    BUCKET,
    CALLERS,
    ROWS,
    SOURCE,
    TARGET,
    UPLOAD,
    WORLDS,
    Outcome,
    Row,
    expected,
)
from tests.driving import Answer, Driver, open_driver
from tests.form_bodies import Form
from tests.operations.access import account_of
from tests.posting import post

pytestmark = pytest.mark.asyncio(loop_scope="module")
CONTROL = "/v20180820/configuration/publicAccessBlock"


@dataclass(frozen=True)
class Setting:
    """One server for the whole module, and what every row needs of it."""

    narthex: Driver
    outsiders: dict[str, Driver]
    account: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def setting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Setting]:
    """A server with two accounts."""
    async for driver in open_driver(tmp_path_factory.mktemp("matrix"), min_part_size=1):
        yield Setting(driver, await callers.outsiders(driver), await account_of(driver))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
async def test_who_may(setting: Setting, row: Row) -> None:
    asking = {**await callers.insiders(setting.narthex, row), **setting.outsiders}
    assert asking.keys() == set(CALLERS)
    wrong: list[str] = []
    for blocking in BLOCKINGS:
        for world in WORLDS:
            made = await cells.fill(
                setting.narthex, callers.slug(row), [(world, blocking)] * len(CALLERS)
            )
            for cell, caller in zip(made, CALLERS, strict=True):
                await cells.block_account(setting.narthex, blocking)
                answer = await ask(setting, asking[caller], row, cell)
                wanted = expected(row, caller, world, blocking)
                if outcome(row, answer) != wanted:
                    wrong.append(f"{world}, {blocking}, {caller}: not {wanted}: {told(answer)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
async def test_each_action_that_a_request_needs_is_asked_for(setting: Setting, row: Row) -> None:
    """Whoever may do everything but one of them may not: no action stands for another."""
    await cells.block_account(setting.narthex, "no blocks")
    for action, _ in row.needs:
        caller = await callers.all_but(setting.narthex, row, action)
        made = await cells.fill(
            setting.narthex, callers.slug(row), [(world, "no blocks") for world in WORLDS]
        )
        for cell, world in zip(made, WORLDS, strict=True):
            answer = await ask(setting, caller, row, cell)
            wanted = expected(row, "", world, "no blocks", lacks=action)
            assert outcome(row, answer) == wanted, f"{world}, {action}: {told(answer)}"


async def test_the_table_has_every_operation() -> None:
    names = {operation.name for operation in declared().values()}
    assert names == {row.name.split()[0] for row in ROWS}


async def ask(setting: Setting, caller: Driver, row: Row, cell: cells.Cell) -> Answer:
    """The answer to the row's request, asked of this cell."""
    words = {
        BUCKET: cell.bucket, UPLOAD: cell.upload, ACCOUNT: setting.account, "{etag}": cells.ETAG
    }  # fmt: skip
    path = {
        "nothing": CONTROL if row.headers else "/",
        "bucket": f"/{cell.bucket}",
        "target": f"/{cell.bucket}/{TARGET}",
        "source": f"/{cell.bucket}/{SOURCE}",
    }[row.place]
    if row.name.startswith("CreateBucket"):
        path += "-new"

    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    if row.name.startswith("PostObject"):
        fields = (("key", TARGET), *row.headers)
        return await post(caller, Form(cell.bucket, fields, row.body))
    return await caller.send(
        row.method,
        path,
        [(name, filled(value)) for name, value in row.query],
        [(name, filled(value)) for name, value in row.headers],
        filled(row.body.decode()).encode(),
    )


def outcome(row: Row, answer: Answer) -> Outcome | str:
    """What came of it: one of the outcomes, or what nobody expects."""
    code = None if row.method == "HEAD" or answer.body[:1] != b"<" else told_code(answer)
    if answer.status == 403 and (row.method == "HEAD" or code == "AccessDenied"):
        return "denied"
    if answer.status == 405 and code == "MethodNotAllowed":
        return "not theirs"
    if row.name.startswith("DeleteObjects") and answer.text("Error/Code") == "AccessDenied":
        return "denied"
    return "allowed" if answer.status in row.done else told(answer)


def told_code(answer: Answer) -> str | None:
    """The code of a refusal; None for a result."""
    return answer.code if answer.xml.tag == "Error" else None


def told(answer: Answer) -> str:
    """An answer in few words, for a failed assertion."""
    return f"{answer.status} {answer.body[:300]!r}"
