"""Where a process cannot be shut off, functions are refused, unless the operator wants them so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narthex.functions.host.deploying import FOLDER, ROOT
from narthex.functions.host.service import Service
from tests.asking import Refused
from tests.driving import open_driver
from tests.functions.asking import Lambda

TELL = """
import os
def handler(event, context):
    return [os.getuid(), os.environ["LAMBDA_TASK_ROOT"], sorted(os.listdir("."))]
"""


@pytest.mark.parametrize("wanted", [False, True])
async def test_what_cannot_be_confined_runs_only_where_that_is_wanted(
    tmp_path: Path, wanted: bool
) -> None:
    async for driver in open_driver(tmp_path, functions_unconfined=wanted):
        root = Lambda(driver)
        host = Service(driver.server, "http://narthex.test")
        await host.start()
        try:
            # Over this folder a sandbox would put its root: without it none can be entered.
            (driver.server.settings.folder / FOLDER / ROOT).rmdir()
            await root.make(await root.role(), TELL)
            if wanted:
                told, _ = await root.invoke()
                assert (told[0], told[2]) == (os.getuid(), ["main.py"])
                assert told[1].startswith(str(tmp_path))
                assert not host.pool.confined
            else:
                with pytest.raises(Refused, match="functions_unconfined") as caught:
                    await root.invoke()
                assert (caught.value.status, caught.value.code) == (500, "ServiceException")
        finally:
            await host.close()
