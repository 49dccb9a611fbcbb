"""The audit log on its way: in groups, in bounded memory, through a catalog that comes and goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from narthex.catalog import Catalog, Transaction, shares
from narthex.catalog.audit import Sought
from narthex.catalog.audit import page as audit_page
from narthex.catalog.share_uses import Spent
from narthex.errors import Unavailable, Uncertain
from narthex.ledger import journal as journals
from narthex.ledger.issue import event
from narthex.ledger.journal import Journal
from narthex.pure.shares import Counts
from tests.contract.ledger_values import add, share_of
from tests.driving import NOON, Driver


class Faulty:
    """A catalog whose writes fail as told, counting them."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.failing: list[Exception] = []
        self.writes = 0

    async def run(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        self.writes += 1
        if self.failing:
            raise self.failing.pop()
        return await self.catalog.run(work)


@pytest.fixture
def faulty(narthex: Driver) -> Faulty:
    """The server's catalog, but for its faults."""
    return Faulty(narthex.server.catalog)


SHARE = share_of()


async def noted(narthex: Driver) -> int:
    """How many entries are written."""
    sought = Sought(SHARE.owner.account, None)
    catalog = narthex.server.catalog
    return len(await audit_page(catalog, sought, None, 100_000, newest_first=False))


async def test_what_is_noted_together_is_written_together(narthex: Driver, faulty: Faulty) -> None:
    await add(narthex.server.catalog, SHARE)
    journal = Journal(faulty)  # type: ignore[arg-type]
    for number in range(100):
        journal.note(event(SHARE, "used", NOON), Spent(1, 10, NOON + number))
    await journal.written()
    assert faulty.writes == 1
    assert await noted(narthex) == 100
    found = await shares.find(narthex.server.catalog, SHARE.id)
    assert found is not None
    assert found.counts == Counts(100, 1000, NOON + 99)
    await journal.written()
    assert faulty.writes == 1


async def test_what_is_the_same_is_counted_until_it_is_written(
    narthex: Driver, faulty: Faulty
) -> None:
    share = share_of()
    await add(narthex.server.catalog, share)
    journal, spent = Journal(faulty), Spent(1, 10, NOON)  # type: ignore[arg-type]
    entry = event(share, "used", NOON, size=10)
    for _ in range(2):
        assert not journal.note_again("same", share.id, spent)
        journal.note(entry, spent, "same")
        assert journal.note_again("same", share.id, spent)
        assert not journal.note_again("other", share.id, spent)
        await journal.written()
        entry = event(share, "used", NOON, size=10)
    sought = Sought(share.owner.account, None)
    kept = await audit_page(narthex.server.catalog, sought, None, 10, newest_first=True)
    assert [(one.times, one.bytes) for one in kept] == [(2, 20), (2, 20)]
    found = await shares.find(narthex.server.catalog, share.id)
    assert found is not None
    assert found.counts == Counts(4, 40, NOON)


async def test_what_could_not_be_written_is_written_later(narthex: Driver, faulty: Faulty) -> None:
    share = share_of()
    await add(narthex.server.catalog, share)
    journal = Journal(faulty)  # type: ignore[arg-type]
    faulty.failing = [Unavailable("away")]
    journal.note(event(share, "used", NOON), Spent(1, 10, NOON))
    await journal.written()
    assert await noted(narthex) == 0
    journal.note(event(share, "used", NOON), Spent(1, 10, NOON))
    await journal.written()
    assert await noted(narthex) == 2
    found = await shares.find(narthex.server.catalog, share.id)
    assert found is not None
    assert found.counts == Counts(2, 20, NOON)


async def test_what_may_have_been_written_is_not_written_twice(
    narthex: Driver, faulty: Faulty
) -> None:
    journal = Journal(faulty)  # type: ignore[arg-type]
    faulty.failing = [Uncertain("cut off")]
    journal.note(event(SHARE, "used", NOON))
    await journal.written()
    journal.note(event(SHARE, "used", NOON))
    await journal.written()
    assert await noted(narthex) == 1


async def test_memory_is_bounded_and_counts_are_kept(
    narthex: Driver, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "MOST", 10)
    share = share_of()
    await add(narthex.server.catalog, share)
    journal = Journal(faulty)  # type: ignore[arg-type]
    for _ in range(25):
        journal.note(event(share, "used", NOON), Spent(1, 1, NOON))
    assert journal.left_out == 15
    await journal.written()
    assert await noted(narthex) == 10
    found = await shares.find(narthex.server.catalog, share.id)
    assert found is not None
    assert found.counts == Counts(25, 25, NOON)
