"""The audit log on its way to the catalog: noted by requests, written in groups without them.

INVARIANT: memory is bounded. When more is noted than can be written, details are left out, and the
log says how many; what is added to the counts of shares never is.
"""

from __future__ import annotations

import asyncio
import logging

from narthex.catalog import Catalog, Transaction, audit, share_uses
from narthex.catalog.audit import Entry
from narthex.catalog.share_uses import NOTHING_SPENT, Spent
from narthex.errors import StoreError, Uncertain

log = logging.getLogger(__name__)

GATHER = 1.0  # seconds in which what is noted gathers: a hot share costs one commit in that time
RETRY = 5.0  # seconds until what could not be written is tried again
MOST = 20_000  # entries that wait; about 10 MB
GROUP = 2_000  # entries of one transaction
REFUSAL_EVERY_US = 60_000_000  # the same refusal from the same address is written once in that time
REFUSALS = 10_000  # refusals that are remembered


class Journal:
    """What one process has noted and not yet written."""

    __slots__ = ("_catalog", "_hurry", "_refusals", "_spent", "_waiting", "_writing", "left_out")

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: list[Entry] = []
        self._spent: dict[str, Spent] = {}
        self._refusals: dict[tuple[str, str, str], int] = {}
        self._hurry = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self.left_out = 0

    def note(self, entry: Entry, spent: Spent | None = None) -> None:
        """Write this down soon, and add to the counts of its share."""
        if len(self._waiting) < MOST:
            self._waiting.append(entry)
        else:
            self.left_out += 1
        if spent is not None:
            before = self._spent.get(entry.share, NOTHING_SPENT)
            self._spent[entry.share] = before.plus(spent)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    def note_refusal(self, entry: Entry) -> None:
        """Write a refusal down, unless the same was refused to the same address just before."""
        what = (entry.share or entry.detail, entry.outcome, entry.address)
        before = self._refusals.get(what)
        if before is not None and entry.at_us - before < REFUSAL_EVERY_US:
            return
        if len(self._refusals) >= REFUSALS:
            self._refusals.clear()
        self._refusals[what] = entry.at_us
        self.note(entry)

    async def written(self) -> None:
        """Wait until what was noted is in the catalog, or could not be written."""
        self._hurry.set()
        if self._writing is not None:
            await self._writing
        self._hurry.clear()

    async def _write(self) -> None:
        while self._waiting or self._spent:
            await self._gather(GATHER)
            is_written = await self._write_group()
            while is_written and len(self._waiting) >= GROUP:  # more comes in than one group holds
                is_written = await self._write_group()
            if not is_written and await self._gather(RETRY):
                return  # kept, and tried again with what is noted next

    async def _gather(self, seconds: float) -> bool:
        """Wait that long; not at all when somebody waits for us, which is returned."""
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _write_group(self) -> bool:
        entries, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        spent, self._spent = self._spent, {}
        left_out, self.left_out = self.left_out, 0
        if left_out:
            log.warning("the audit log leaves out %d entries: too many at once", left_out)

        async def work(tx: Transaction) -> None:
            await audit.add(tx, entries)
            await share_uses.add(tx, spent)

        try:
            await self._catalog.run(work)
        except Uncertain as error:  # it may be there already: never twice
            log.warning("%d audit entries may be lost: %s", len(entries), error)
            return False
        except StoreError as error:
            log.warning("%d audit entries not written yet: %s", len(entries), error)
            self._waiting = [*entries, *self._waiting][:MOST]
            for share, one in spent.items():
                self._spent[share] = self._spent.get(share, NOTHING_SPENT).plus(one)
            return False
        return True
