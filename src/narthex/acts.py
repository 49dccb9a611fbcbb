"""Acts of administration: an entry of the audit log for each, in the transaction of its change.

Every wire runs its acts through `perform`, which hands the operation a server whose first
transaction writes the entry too; so no operation writes one, and none can forget it. This file
never decides what is an act (`pure.administration`) and never holds a secret.
INVARIANT: no act is done without its entry, and no entry says `done` of what was not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from narthex.catalog import Catalog, Row, Transaction, Value, audit
from narthex.catalog.audit import Entry
from narthex.http import Request
from narthex.identity import Identity
from narthex.ledger.issue import new_entry_id
from narthex.pure.administration import told
from narthex.server import Server
from narthex.share_keys import owner_of

T = TypeVar("T")

DONE, DENIED = "done", "denied"
# What each wire calls a refusal of authorisation.
DENIALS = frozenset(["AccessDenied", "AccessDeniedException"])


@dataclass(frozen=True, slots=True)
class Act:
    """One act, as the log tells it. action: of IAM. name: the operation's, where it says more.

    resource: the ARN it is on. owner: the account whose that is; it is told too when it is not the
    actor's. said: what it was given and what it made, as far as that is told; asked at the end.
    """

    action: str
    name: str
    resource: str
    owner: str
    identity: Identity
    request: Request
    request_id: str
    said: Callable[[], Iterable[tuple[str, str]]]

    def entries(self, outcome: str, now_us: int) -> list[Entry]:
        """What is written down: one for each account it concerns."""
        actor = self.identity.principal
        concerned = [actor.account]
        if self.owner and self.owner != actor.account and outcome == DONE:
            concerned.append(self.owner)
        operation = () if self.action.endswith(f":{self.name}") else (("operation", self.name),)
        own, detail = owner_of(self.identity)[0].key, told((*operation, *self.said()))
        return [
            Entry(
                id=new_entry_id(now_us),
                account=account,
                owner=own if account == actor.account else "",
                share="",
                at_us=now_us,
                event=self.action,
                outcome=outcome,
                actor=actor.arn,
                address=self.request.client,
                agent=self.request.headers.get("user-agent") or "",
                detail=detail,
                access_key_id=actor.access_key_id,
                resource=self.resource,
                request=self.request_id,
            )
            for account in concerned
        ]


class Acting:
    """The catalog for as long as one act is done: its first transaction writes the entries."""

    __slots__ = ("_catalog", "_entries", "_written")

    def __init__(self, catalog: Catalog, entries: Callable[[], Sequence[Entry]]) -> None:
        self._catalog = catalog
        self._entries = entries
        self._written = False

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """As the catalog runs it, with the entries in the same transaction; once."""
        if self._written:
            return await self._catalog.run(work)

        async def with_entries(tx: Transaction) -> T:
            result = await work(tx)
            await audit.add(tx, self._entries())
            return result

        result = await self._catalog.run(with_entries)
        self._written = True
        return result

    async def end(self) -> None:
        """The act was done; the entries are there also where there was nothing to change."""
        if not self._written:
            await self.run(_nothing)

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return await self._catalog.fetch(sql, values)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        return await self._catalog.fetch_one(sql, values)

    def recent(self) -> dict[Any, Any] | None:
        return self._catalog.recent()

    async def latest(self) -> dict[Any, Any] | None:
        return await self._catalog.latest()

    async def call(self) -> None:
        await self._catalog.call()

    async def listen(self, hear: Callable[[], None]) -> None:
        await self._catalog.listen(hear)

    async def clock(self) -> int | None:
        return await self._catalog.clock()

    async def close(self) -> None:
        await self._catalog.close()


async def _nothing(_: Transaction) -> None:
    """No change."""


async def perform(act: Act, server: Server, run: Callable[[Server], Awaitable[T]]) -> T:
    """What `run` returns, with the act written down as it is done."""
    acting = Acting(server.catalog, lambda: act.entries(DONE, server.clock()))
    result = await run(replace(server, catalog=acting, ledger=server.ledger.writing_to(acting)))
    await acting.end()
    return result


@contextmanager
def denials_noted(act: Act | None, server: Server, refusal: type[Exception]) -> Iterator[None]:
    """What is refused in here for want of rights is noted, beside all transactions.

    refusal: the wire's own error, which has a `code`.
    """
    try:
        yield
    except refusal as error:
        if act is not None and getattr(error, "code", "") in DENIALS:
            note_denial(act, server)
        raise


def note_denial(act: Act, server: Server) -> None:
    """Somebody known was not allowed this."""
    for entry in act.entries(DENIED, server.clock()):
        server.ledger.denials.note(entry)
