"""The audit log on its way to the catalog: noted by requests, written in groups without them.

INVARIANT: memory is bounded. When more is noted than can be written, details are left out, and the
log says how many; what is added to the counts of shares never is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from dataclasses import dataclass, replace

from narthex.catalog import Catalog, Transaction, audit, share_uses
from narthex.catalog.audit import Entry
from narthex.catalog.share_uses import Spent
from narthex.errors import StoreError, Uncertain

log = logging.getLogger(__name__)

GATHER = 1.0  # seconds in which what is noted gathers: a hot share costs one commit in that time
RETRY = 5.0  # seconds until what could not be written is tried again
MOST = 20_000  # entries that wait; about 10 MB
GROUP = 2_000  # entries of one transaction
REFUSAL_EVERY_US = 60_000_000  # the same refusal from the same address is written once in that time
REFUSALS = 10_000  # refusals that are remembered


@dataclass(slots=True)
class _Noted:
    """An entry that waits, and what was added to it since."""

    entry: Entry
    times: int
    bytes: int

    @property
    def whole(self) -> Entry:
        """The entry as it is written."""
        if self.times == 1:
            return self.entry
        return replace(self.entry, times=self.times, bytes=self.bytes)


class Journal:
    """What one process has noted and not yet written."""

    __slots__ = (
        "_catalog",
        "_hurry",
        "_refusals",
        "_same",
        "_spent",
        "_waiting",
        "_writing",
        "left_out",
    )

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: list[_Noted] = []
        self._same: dict[Hashable, _Noted] = {}
        self._spent: dict[str, Spent] = {}
        self._refusals: dict[tuple[str, str, str], int] = {}
        self._hurry = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self.left_out = 0

    def note(self, entry: Entry, spent: Spent | None = None, same: Hashable = None) -> None:
        """Write this down soon, and add to the counts of its share.

        same: what another entry must have in common with it to be counted as the same again.
        """
        if len(self._waiting) < MOST:
            noted = _Noted(entry, 1, entry.bytes)
            self._waiting.append(noted)
            if same is not None:
                self._same[same] = noted
        else:
            self.left_out += 1
        if spent is not None:
            self._add(entry.share, spent)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    def note_again(self, same: Hashable, share: str, spent: Spent) -> bool:
        """Count what is the same as an entry that waits; False when there is none."""
        noted = self._same.get(same)
        if noted is None:
            return False
        noted.times += 1
        noted.bytes += spent.bytes
        self._add(share, spent)
        return True

    def _add(self, share: str, spent: Spent) -> None:
        before = self._spent.get(share)
        self._spent[share] = spent if before is None else before.plus(spent)

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
        group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        self._same = {}  # what is being written is not added to
        entries = [noted.whole for noted in group]
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
            self._waiting = [*group, *self._waiting][:MOST]
            for share, one in spent.items():
                self._add(share, one)
            return False
        return True
