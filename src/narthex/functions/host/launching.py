"""New environments: code unpacked, credentials issued, variables opened, a process forked.

This file never starts one that is not shut off, unless the operator said that it may.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import structlog

from narthex.functions import credentials, variables
from narthex.functions.credentials import REPLACED, RoleKey
from narthex.functions.errors import LambdaError
from narthex.functions.host.deploying import Deployments
from narthex.functions.host.environment import Environment
from narthex.functions.host.forking import Zygote
from narthex.functions.host.journal import Journal
from narthex.functions.host.runtime_api import RuntimeApi
from narthex.pure.functions import Function, Version
from narthex.server import Server

PROBE_SECONDS = 30.0
SECOND_US = 1_000_000
UNCONFINED = (
    "Functions are not run here: this system does not let a process be shut off from the rest of "
    "it. The setting `functions_unconfined` runs them all the same."
)

log = structlog.get_logger("narthex")


class Launcher:
    """Starts environments and discards them."""

    def __init__(self, server: Server, endpoint: str, api: RuntimeApi, journal: Journal) -> None:
        self._server = server
        self._endpoint = endpoint
        self._api = api
        self._journal = journal
        self._zygote = Zygote()
        self._deployments = Deployments(server)
        self._keys: dict[tuple[str, str], RoleKey] = {}
        self._numbers: dict[Environment, int] = {}
        self._user = 0
        self._confined: bool | None = None
        self._probing = asyncio.Lock()

    def start(self) -> None:
        """The folders are there. Raises OSError."""
        self._deployments.start()

    async def sweep(self) -> None:
        """Code that no function has any more leaves this machine. Raises StoreError, OSError."""
        await self._deployments.sweep()

    async def close(self) -> None:
        """The zygote, and with it every environment, is ended."""
        for one in list(self._numbers):
            self.discard(one)
        await self._zygote.close()

    @property
    def confined(self) -> bool:
        """Whether environments are shut off; false before that was tried."""
        return bool(self._confined)

    async def prepare(self, version: Version) -> None:
        """What a start would wait for is done. Raises LambdaError, StoreError, OSError."""
        await self._deployments.folder_of(version.code)
        await self._is_confined()

    async def launch(self, function: Function, version: Version) -> Environment:
        """A new environment, whose process runs. Raises LambdaError, StoreError, OSError."""
        confined = await self._is_confined()
        folder = await self._deployments.folder_of(version.code)
        role = await self._role_key(function, version)
        now_us = self._server.clock()
        stream = variables.log_stream(now_us, version.version, self._server.new_id())
        environment = Environment(function, version, stream, self._journal)
        environment.born_us = role.issued_us
        number, api = self._api.admit(environment)
        self._numbers[environment] = number
        told = variables.unseal(self._server.keyring, function.id, version.sealed)
        told |= variables.of_runtime(function, version, role, self._endpoint, api, stream)
        if not confined:
            told |= {"LAMBDA_TASK_ROOT": str(folder), "PYTHONPATH": str(folder)}
        settings = version.settings
        try:
            await environment.start(
                self._zygote,
                self._orders(str(folder), settings.memory, settings.storage, told, confined),
            )
        except OSError:
            self.discard(environment)
            raise
        return environment

    def discard(self, environment: Environment) -> None:
        """It is ended, and its path leads nowhere."""
        number = self._numbers.pop(environment, None)
        if number is not None:
            self._api.forget(number)
        environment.end()

    def _orders(
        self, code: str, memory: int, storage: int, told: dict[str, str], confined: bool
    ) -> dict[str, Any]:
        self._user += 1
        settings = self._server.settings
        hidden = [settings.folder.resolve(), settings.blobs_folder.resolve()]
        return {
            "confined": confined,
            "root": str(self._deployments.root.resolve()),
            "code": code,
            "hidden": [str(path) for path in hidden],
            "limits": {"memory": memory, "storage": storage, "user": self._user},
            "environment": told,
            "probe": not told,
        }

    async def _role_key(self, function: Function, version: Version) -> RoleKey:
        place = (function.id, version.settings.role_id)
        held = self._keys.get(place)
        now_us = self._server.clock()
        # Half of the time that an environment may live with them: the other half is its own.
        if held is not None and now_us - held.issued_us < REPLACED * SECOND_US // 2:
            return held
        fresh = await credentials.issue(self._server, function, version.settings)
        if len(self._keys) >= 1024:
            self._keys.clear()
        self._keys[place] = fresh
        return fresh

    async def _is_confined(self) -> bool:
        """Whether environments are shut off; tried once. Raises ServiceException."""
        async with self._probing:
            if self._confined is None:
                self._confined = await self._probe()
                if not self._confined:
                    log.warning("functions cannot be shut off on this system")
        if not self._confined and not self._server.settings.functions_unconfined:
            raise LambdaError("ServiceException", UNCONFINED)
        return self._confined

    async def _probe(self) -> bool:
        ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        orders = self._orders(str(self._deployments.root), 64, 1, {}, confined=True)
        _, _, output = await self._zygote.fork(orders, ended.set_result)
        try:
            return await asyncio.wait_for(ended, PROBE_SECONDS) == 0
        except TimeoutError:
            return False
        finally:
            os.close(output)
