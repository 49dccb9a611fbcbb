"""The audit log from behind: its entries as they are kept, and a catalog whose commits fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from narthex.catalog import Catalog, Transaction, audit
from narthex.catalog.audit import Entry, Sought
from narthex.errors import Unavailable
from tests.driving import Driver
from tests.operations.access import account_of

T = TypeVar("T")


class Torn:
    """A catalog that is away when a work is to be committed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async def fails(tx: Transaction) -> T:
            await work(tx)
            raise Unavailable("the disk is gone")

        return await self._catalog.run(fails)


@dataclass(frozen=True)
class Watch:
    """A caller, and what the log says of its account."""

    narthex: Driver
    account: str

    @classmethod
    async def of(cls, narthex: Driver) -> Watch:
        """The log of this caller's account."""
        return cls(narthex, await account_of(narthex))

    @property
    def torn(self) -> Driver:
        """The same caller, whose changes fail when they are to be committed."""
        server = self.narthex.server
        catalog: Any = Torn(server.catalog)
        ledger = server.ledger.writing_to(catalog)
        return replace(self.narthex, server=replace(server, catalog=catalog, ledger=ledger))

    async def entries(self, account: str | None = None) -> list[Entry]:
        """All of an account's, the oldest first."""
        server = self.narthex.server
        server.ledger.denials.close()
        await server.ledger.journal.written()
        sought = Sought(account or self.account, None)
        return await audit.page(server.catalog, sought, None, 10_000, newest_first=False)

    async def new(self, before: list[Entry]) -> list[Entry]:
        """Those that were not there before."""
        known = {one.id for one in before}
        return [one for one in await self.entries() if one.id not in known]

    async def text(self) -> str:
        """Everything the log says, to look for what it must not."""
        rows = await self.narthex.server.catalog.fetch(
            "SELECT id, account, owner, share, event, outcome, actor, address, agent, key, booking,"
            " detail, access_key_id, resource, request FROM audit"
        )
        return repr(rows)
