"""Which environment runs what: warm ones first, new ones while there is room, idle ones ended.

This file never runs two invocations in one environment at once, and never one of a function in an
environment of another, of another version or of other settings.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

import structlog

from narthex.catalog import functions
from narthex.errors import StoreError
from narthex.functions.credentials import REPLACED
from narthex.functions.errors import LambdaError, missing
from narthex.functions.host.environment import Environment
from narthex.functions.host.journal import Journal
from narthex.functions.host.launching import Launcher
from narthex.functions.host.runtime_api import RuntimeApi
from narthex.pure.functions import ANY, Function, Order, Outcome, Version
from narthex.server import Server

IDLE_SECONDS = 300.0
PATIENCE = 240.0  # seconds that an asynchronous invocation waits for room
REAP_SECONDS = 5.0
SWEEP_SECONDS = 600.0
SECOND_US = 1_000_000

log = structlog.get_logger("narthex")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What makes two environments the same."""

    function: str
    version: str
    revision: str


class Pool:
    """Every environment of this machine."""

    def __init__(self, server: Server, endpoint: str) -> None:
        self._server = server
        self._journal = Journal(server)
        self._api = RuntimeApi()
        self._launcher = Launcher(server, endpoint, self._api, self._journal)
        self._idle: dict[_Kind, list[Environment]] = {}
        self._running: Counter[str] = Counter()
        self._changed = asyncio.Condition()
        self._reaper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Ready to run what comes. Raises OSError."""
        await self._api.start()
        self._launcher.start()
        self._journal.start()
        self._reaper = asyncio.get_running_loop().create_task(self._reap())

    async def close(self) -> None:
        """Every environment is ended, and what they wrote is kept."""
        if self._reaper is not None:
            self._reaper.cancel()
        for kind in list(self._idle):
            for one in self._idle.pop(kind):
                self._launcher.discard(one)
        await self._launcher.close()
        await self._api.close()
        await self._journal.close()

    @property
    def running(self) -> int:
        """How many invocations run now."""
        return self._running.total()

    @property
    def confined(self) -> bool:
        """Whether what runs is shut off; false before anything has run."""
        return self._launcher.confined

    async def flush(self) -> None:
        """What was written so far can be read."""
        await self._journal.flush()

    async def prepare(self, id: str) -> None:
        """The code of a function is unpacked, and what it begins as is there."""
        version = await functions.version(self._server.catalog, id)
        if version is not None:
            await self._launcher.prepare(version)

    async def invoke(self, order: Order, *, patient: bool) -> Outcome:
        """The outcome of one invocation. patient: wait for room.

        Raises LambdaError when it did not run, StoreError, OSError.
        """
        function = await functions.get(self._server.catalog, order.function)
        version = await functions.version(self._server.catalog, order.function, order.version)
        if function is None or version is None:
            raise missing(f"Function not found: {order.arn}")
        await self._enter(function, patient=patient)
        try:
            environment = await self._environment(function, version)
            try:
                return await environment.run(order)
            finally:
                self._give_back(environment)
        finally:
            await self._leave(function)

    async def _enter(self, function: Function, *, patient: bool) -> None:
        """Count one more that runs. Raises TooManyRequestsException where there is no room."""
        most = self._server.settings.functions_concurrency
        own = most if function.reserved == ANY else function.reserved

        def has_room() -> bool:
            return self._running[function.id] < own and self._running.total() < most

        async with self._changed:
            if not has_room() and patient and own:
                try:
                    await asyncio.wait_for(self._changed.wait_for(has_room), PATIENCE)
                except TimeoutError:
                    pass  # still no room: refused below
            if not has_room():
                reason = "ConcurrentInvocationLimitExceeded"
                if self._running[function.id] >= own and function.reserved != ANY:
                    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
                raise LambdaError("TooManyRequestsException", "Rate Exceeded.", reason)
            self._running[function.id] += 1

    async def _leave(self, function: Function) -> None:
        async with self._changed:
            self._running[function.id] -= 1
            if not self._running[function.id]:
                del self._running[function.id]
            self._changed.notify_all()

    async def _environment(self, function: Function, version: Version) -> Environment:
        kind = _Kind(function.id, version.version, version.revision)
        waiting = self._idle.get(kind, [])
        while waiting:
            one = waiting.pop()
            if self._is_good(one) and await one.is_ready():
                return one
            self._launcher.discard(one)
        await self._make_room()
        return await self._launcher.launch(replace(function, tags=()), version)

    def _is_good(self, one: Environment) -> bool:
        age = self._server.clock() - one.born_us
        return not one.has_ended and age < REPLACED * SECOND_US

    def _give_back(self, one: Environment) -> None:
        if one.has_ended or not one.is_whole:
            self._launcher.discard(one)
            return
        kind = _Kind(one.function.id, one.version.version, one.version.revision)
        self._idle.setdefault(kind, []).append(one)

    async def _make_room(self) -> None:
        """End the one that was idle longest, where idle and running ones are too many together."""
        idle = [one for waiting in self._idle.values() for one in waiting]
        if len(idle) + self._running.total() <= self._server.settings.functions_concurrency:
            return
        for one in sorted(idle, key=lambda one: one.idle_since)[:1]:
            self._drop(one)

    def _drop(self, one: Environment) -> None:
        for kind, waiting in list(self._idle.items()):
            if one in waiting:
                waiting.remove(one)
            if not waiting:
                del self._idle[kind]
        self._launcher.discard(one)

    async def _reap(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while True:
            if loop.time() >= sweep_at:
                await self.sweep()
                sweep_at = loop.time() + SWEEP_SECONDS
            await asyncio.sleep(REAP_SECONDS)
            for waiting in list(self._idle.values()):
                for one in list(waiting):
                    if loop.time() - one.idle_since > IDLE_SECONDS or not await self._is_wanted(
                        one
                    ):
                        self._drop(one)

    async def sweep(self) -> None:
        """Code that no function has any more leaves this machine."""
        try:
            await self._launcher.sweep()
        except (StoreError, OSError) as error:
            log.warning("functions", reason=str(error))

    async def _is_wanted(self, one: Environment) -> bool:
        """Whether its version is still what it was when it was started."""
        if not self._is_good(one):
            return False
        try:
            found = await functions.version(
                self._server.catalog, one.function.id, one.version.version
            )
        except StoreError as error:
            log.warning("functions", reason=str(error))
            return True
        return found is not None and found.revision == one.version.revision
