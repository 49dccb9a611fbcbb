"""One share, used by many at once on two nodes: as often as it may be, and nobody else waits."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.driving import Driver, open_driver
from tests.ledger.sharing import BUCKET, Sharer

BODY = bytes(range(256)) * 8
MOST, AT_ONCE = 7, 60


@asynccontextmanager
async def two_drivers(where: str, folder: Path) -> AsyncIterator[tuple[Driver, Driver]]:
    """Two nodes with one catalog, one folder of blobs and one master key."""
    opened = asynccontextmanager(open_driver)
    blobs = str(folder / "blobs")
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(opened(folder / "a", catalog=where, blobs=blobs))
        (folder / "b").mkdir(mode=0o700)
        shutil.copy(folder / "a" / "master.key", folder / "b" / "master.key")
        other = await stack.enter_async_context(opened(folder / "b", catalog=where, blobs=blobs))
        await one.send("PUT", f"/{BUCKET}")
        await one.send("PUT", f"/{BUCKET}/k", body=BODY)
        yield one, other


async def test_of_many_at_once_on_two_nodes_as_many_are_admitted_as_may(
    where: str, tmp_path: Path
) -> None:
    async with two_drivers(where, tmp_path) as nodes:
        told = await Sharer(nodes[0]).issue("k", max_downloads=MOST)
        answers = await asyncio.gather(
            *(nodes[n % 2].as_nobody().url(told["raw"]) for n in range(AT_ONCE))
        )
        assert Counter(answer.status for answer in answers) == {200: MOST, 403: AT_ONCE - MOST}
        assert all(answer.body == BODY for answer in answers if answer.status == 200)
        share = await Sharer(nodes[1]).share(told["share"]["id"])
        assert (share["downloads"], share["downloads_left"]) == (MOST, 0)


async def test_what_one_node_takes_back_the_other_refuses_from_the_next_request_on(
    where: str, tmp_path: Path
) -> None:
    async with two_drivers(where, tmp_path) as (one, other):
        for _ in range(5):
            told = await Sharer(one).issue("k")
            for _ in range(3):
                assert (await other.as_nobody().url(told["raw"])).status == 200
            await Sharer(one).ask("DELETE", f"shares/{told['share']['id']}")
            assert (await other.as_nobody().url(told["raw"])).status == 403
