"""The host of functions as a process: opens the server's seams, answers on its socket, ends itself.

This file never runs a function: `functions.host` does.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal

import structlog

from narthex import logs
from narthex.app import open_server
from narthex.config import Settings, load
from narthex.errors import StoreError
from narthex.functions.host.service import Service
from narthex.pools import pools_of

VARIABLE = "NARTHEX_FUNCTION_HOST_SETTINGS"
PARENT_CHECK = 1.0  # seconds between two looks at whether the supervisor still lives

log = structlog.get_logger("narthex")


async def _run(settings: Settings, endpoint: str, parent: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    watch = loop.create_task(_stop_with(parent, stop))
    server = await open_server(settings, pools_of(settings).functions)
    service = Service(server, endpoint)
    await service.start()
    await stop.wait()
    watch.cancel()
    await service.close()
    await server.ledger.close()
    await server.catalog.close()


async def _stop_with(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - a parent's death sends no event
        await asyncio.sleep(PARENT_CHECK)
    stop.set()


def main() -> None:
    """Run as the child of a supervisor, which hands settings and our own URL over in a variable."""
    logs.set_up()
    told = json.loads(os.environ.pop(VARIABLE))
    settings = load(told["settings"], {})
    try:
        asyncio.run(_run(settings, told["endpoint"], told["parent"]))
    except (StoreError, OSError) as error:
        log.error("functions cannot start", reason=str(error))
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
