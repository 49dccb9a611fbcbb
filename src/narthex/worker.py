"""One web worker: opens the server's seams on its own loop, answers, closes them at the end.

This file never handles a request itself; `asgi` does. A worker whose supervisor died ends itself.
"""

from __future__ import annotations

import asyncio
import os
import signal

import structlog

from narthex import logs
from narthex.app import open_server
from narthex.asgi import App, Receive, Scope, Send, make_app
from narthex.config import Settings
from narthex.errors import StoreError
from narthex.pools import pools_of
from narthex.review import looking

PARENT_CHECK = 1.0  # seconds between two looks at whether the supervisor still lives

log = structlog.get_logger("narthex")


def load(settings: Settings) -> App:
    """The ASGI application of this process."""
    logs.set_up()
    return Worker(settings)


class Worker:
    """An ASGI application with a life: requests come between its start and its end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answer: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._answer is not None and scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        try:
            server = await open_server(self._settings, pools_of(self._settings).worker)
        except (StoreError, OSError) as error:
            log.error("cannot start", reason=str(error))
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        self._answer = make_app(server)
        watch = asyncio.create_task(_end_with(os.getppid()))
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        watch.cancel()
        await looking.close()
        await server.ledger.close()
        await server.catalog.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _end_with(parent: int) -> None:
    """End this process when its parent is gone: a killed supervisor leaves no orphans serving."""
    while os.getppid() == parent:  # noqa: ASYNC110 - a parent's death sends no event
        await asyncio.sleep(PARENT_CHECK)
    os.kill(os.getpid(), signal.SIGTERM)
