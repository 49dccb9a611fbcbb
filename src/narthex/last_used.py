"""When access keys were last used: noted by requests, written behind their backs.

INVARIANT: no request waits for such a write. At most one row a minute for each key and worker; all
that wait share one commit. What a crash loses is a minute of a time that is told in minutes.
"""

from __future__ import annotations

import asyncio
import logging

from narthex.catalog import Catalog, Transaction, key_uses
from narthex.entities import KeyUse
from narthex.errors import StoreError

log = logging.getLogger(__name__)

EVERY_US = 60_000_000
REMEMBERED = 100_000  # keys


class LastUsed:
    """What one process knows of the uses of keys."""

    __slots__ = ("_catalog", "_noted", "_waiting", "_writing")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._noted: dict[str, int] = {}
        self._waiting: dict[str, KeyUse] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, access_key_id: str, use: KeyUse) -> None:
        """Remember a use, and begin to write it when the last of this key is a minute ago."""
        before = self._noted.get(access_key_id)
        if before is not None and use.used_us - before < EVERY_US:
            return
        if len(self._noted) >= REMEMBERED:
            self._noted.clear()
        self._noted[access_key_id] = use.used_us
        self._waiting[access_key_id] = use
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def written(self) -> None:
        """Wait until what this process noted is in the catalog."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}

            async def work(tx: Transaction, batch: dict[str, KeyUse] = batch) -> None:
                await key_uses.note(tx, batch)

            try:
                await self._catalog.run(work)
            except StoreError as error:
                log.warning("last use of %d keys not written: %s", len(batch), error)
