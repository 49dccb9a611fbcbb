"""Targets, addresses and what was told, on every catalog."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from narthex.catalog import Catalog, Transaction, addresses, share_notices, shares, targets
from narthex.catalog.addresses import Address
from narthex.catalog.targets import NamedTarget
from narthex.errors import Conflict
from narthex.ledger import notices
from narthex.pure.notices import Use
from narthex.pure.shares import Limits, Notices
from tests.contract.ledger_values import HOUR, add, share_of
from tests.contract.values import ACCOUNT, NOW, OTHER

OPS = NamedTarget(ACCOUNT.id, "ops", "https://h.example.org/…", b"\0sealed", NOW)
TOLD = Notices(("first", "used-up", "expiring"), ("mailto:ops@example.org",))


async def test_a_target_comes_back_as_it_was(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> None:
        for one in (OPS, replace(OPS, name="a"), replace(OPS, account=OTHER.id)):
            await targets.add(tx, one)

    await catalog.run(work)
    assert await targets.find(catalog, ACCOUNT.id, "ops") == OPS
    assert [one.name for one in await targets.every(catalog, ACCOUNT.id)] == ["a", "ops"]
    for name in ("Ops", "op", "ops\0"):
        assert await targets.find(catalog, ACCOUNT.id, name) is None
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: targets.add(tx, OPS))
    assert await catalog.run(lambda tx: targets.remove(tx, ACCOUNT.id, "ops"))
    assert not await catalog.run(lambda tx: targets.remove(tx, ACCOUNT.id, "ops"))
    assert await targets.find(catalog, OTHER.id, "ops") is not None


async def test_addresses_are_found_by_what_a_delivery_names(catalog: Catalog) -> None:
    own = Address("share-0f", 0, ACCOUNT.id, sealed=b"\0x")
    named = Address("share-0f", 1, ACCOUNT.id, target="arn:aws:sns:r:a:ops")
    other = Address("share-0f3", 0, ACCOUNT.id, sealed=b"y")
    await catalog.run(lambda tx: addresses.add(tx, [own, named, other]))
    assert await addresses.of(catalog, "share-0f") == [own, named]
    assert named.of_delivery == named.target
    assert await addresses.find(catalog, own.of_delivery) == own
    for text in ("address:share-0f/2", "address:share-0f/x", "address:/0", "address:share-0f\0/0"):
        assert await addresses.find(catalog, text) is None
    await catalog.run(lambda tx: addresses.remove(tx, "share-0f"))
    assert await addresses.of(catalog, "share-0f") == []
    assert await addresses.of(catalog, "share-0f3") == [other]


async def test_what_is_told_is_told_once_whoever_tells_it(catalog: Catalog) -> None:
    share = replace(share_of(limits=Limits(NOW + HOUR, max_uses=1)), notices=TOLD)
    await add(catalog, share)
    found = await shares.find(catalog, share.id)
    assert found is not None
    assert found.share.notices == TOLD
    address = Address(notices.holder_of(share.id), 0, ACCOUNT.id, sealed=b"x")
    await catalog.run(lambda tx: addresses.add(tx, [address]))

    async def tell(number: int) -> None:
        use = Use(str(number), share.target.key, 5)
        await catalog.run(lambda tx: notices.tell_use(tx, share.id, use, NOW))

    await asyncio.gather(*(tell(number) for number in range(10)))
    rows = await catalog.fetch("SELECT target, lane, kind, account FROM deliveries")
    assert rows == [(address.of_delivery, address.holder, "notice", ACCOUNT.id)]


async def test_an_end_is_due_in_its_order(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> None:
        for id, due in (("b", 20), ("a", 30), ("c", 10), ("a", 20), ("d", 5), ("d", None)):
            await share_notices.set_end(tx, id, due)

    await catalog.run(work)
    assert await share_notices.due(catalog, 9) == []
    assert await share_notices.due(catalog, 20) == ["c", "a", "b"]
