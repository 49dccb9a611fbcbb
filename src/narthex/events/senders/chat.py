"""Chat, push and mail services by apprise, each message in a process of its own.

This file never imports apprise: it brings a hundred services along, whose code follows redirects
and reads files that a URL names. `events/apprise_child.py` is where it may, guarded.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from narthex.events.apprise_child import LOCAL
from narthex.events.target import Delivery, Undelivered
from narthex.pure.messages import Message, message_of

SECONDS = 40.0  # for all of one attempt
AT_ONCE = 2  # processes: each takes 60 MB and half a second to begin
MODULE = "narthex.events.apprise_child"
# The process has nothing else of our environment: no proxy, no folder, no key.
_KEPT = ("PATH", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Chat:
    """One URL of apprise. allowed: networks that may be reached although they are not public."""

    url: str = field(repr=False)
    allowed: tuple[str, ...]

    async def check(self) -> None:
        """The service is known, its URL complete, its host one that may be reached."""
        await self._ask(Message("", ""), check=True)

    async def deliver(self, delivery: Delivery) -> None:
        """The service has taken it."""
        await self._ask(message_of(delivery.kind, delivery.payload), check=False)

    async def _ask(self, message: Message, *, check: bool) -> None:
        scheme = self.url.partition(":")[0].lower()
        if scheme in LOCAL:
            raise Undelivered(f"`{scheme}` is no service of the network", permanent=True)
        order = {
            "url": self.url,
            "allowed": list(self.allowed),
            "subject": message.subject,
            "text": message.text,
            "check": check,
        }
        loop = asyncio.get_running_loop()
        async with _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
            outcome = await _run(json.dumps(order).encode())
        if not outcome.get("ok"):
            why = str(outcome.get("why", "the message was not taken"))
            raise Undelivered(why, permanent=bool(outcome.get("permanent")))


async def _run(order: bytes) -> dict[str, Any]:
    """The outcome of an order. The process has ended when this returns, also when cancelled."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", MODULE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        cwd="/",
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate(order)
    except TimeoutError as error:
        raise Undelivered("the service did not answer in time") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError as error:
        raise Undelivered("the service could not be asked") from error
    return found
