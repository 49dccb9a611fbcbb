"""Buckets, their documents, accounts, keys, leases and settings, on every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from narthex.catalog import Catalog, Transaction, accounts, buckets, leases, objects
from narthex.catalog import settings as facts
from narthex.errors import Conflict
from narthex.model import Bucket
from tests.contract.values import (
    ACCOUNT,
    BUCKET,
    NOW,
    OTHER,
    SECOND,
    furnish,
    inline,
    key_of,
    new_id,
    object_of,
)

T = TypeVar("T")


@pytest.fixture
async def store(catalog: Catalog) -> Catalog:
    """A catalog with accounts and buckets."""
    await furnish(catalog)
    return catalog


async def in_one(store: Catalog, do: Callable[[Transaction], Awaitable[T]]) -> T:
    """The outcome of one call in a transaction of its own."""
    return await store.run(do)


async def test_a_bucket_is_found_by_its_name_and_no_other(store: Catalog) -> None:
    assert await buckets.find(store, BUCKET.name) == BUCKET
    for name in (BUCKET.name + "x", BUCKET.name[:-1], BUCKET.name.upper(), "", "\0", "é"):
        assert await buckets.find(store, name) is None


@pytest.mark.parametrize("account", [ACCOUNT, OTHER], ids=["own", "other"])
async def test_a_name_is_taken_for_every_account(store: Catalog, account: object) -> None:
    again = replace(BUCKET, id=new_id(), account=getattr(account, "id", ""))
    with pytest.raises(Conflict):
        await in_one(store, lambda tx: buckets.create(tx, again))
    assert await buckets.find(store, BUCKET.name) == BUCKET


async def test_buckets_are_paged_by_name_and_only_those_of_the_account(store: Catalog) -> None:
    made = [
        Bucket(new_id(), name, ACCOUNT.id, ACCOUNT.canonical_id, "", NOW)
        for name in ("x-1", "x.1", "x1", "x10", "y")
    ]
    foreign = Bucket(new_id(), "x-2", OTHER.id, OTHER.canonical_id, "", NOW)

    async def work(tx: Transaction) -> None:
        for bucket in [*made, foreign]:
            await buckets.create(tx, bucket)

    await store.run(work)

    async def names(prefix: str, after: str, limit: int) -> list[str]:
        return [b.name for b in await buckets.page(store, ACCOUNT.id, prefix, after, limit)]

    every = sorted([SECOND.name, BUCKET.name, *(bucket.name for bucket in made)])
    assert await names("", "", 99) == every
    assert await names("", every[1], 2) == every[2:4]
    assert await names("x", "", 99) == ["x-1", "x.1", "x1", "x10"]
    assert await names("x1", "", 99) == ["x1", "x10"]
    assert await names("x1", "x1", 99) == ["x10"]
    assert await names("x", "x\0y", 99) == ["x-1", "x.1", "x1", "x10"]
    assert await names("é", "", 99) == []
    assert await names("", "é", 99) == []


async def test_a_bucket_is_empty_until_it_holds_an_object(store: Catalog) -> None:
    piece = inline()
    assert await buckets.is_empty(store, BUCKET.id)
    await in_one(store, lambda tx: objects.put(tx, BUCKET.id, object_of("k", piece), [piece], NOW))
    assert not await buckets.is_empty(store, BUCKET.id)
    assert await buckets.is_empty(store, SECOND.id)
    await in_one(store, lambda tx: objects.remove(tx, BUCKET.id, "k", NOW))
    assert await buckets.is_empty(store, BUCKET.id)


async def test_of_a_put_and_a_removal_of_its_bucket_one_wins(
    store: Catalog, other: Catalog
) -> None:
    class Refused(Exception):
        pass

    piece = inline()
    for turn in range(10):
        bucket = replace(BUCKET, id=new_id(), name=f"turn-{turn}")
        await in_one(store, lambda tx, bucket=bucket: buckets.create(tx, bucket))  # type: ignore[misc]

        async def put(tx: Transaction, bucket: Bucket = bucket) -> None:
            if await buckets.find(tx, bucket.name) is None:
                raise Refused
            await objects.put(tx, bucket.id, object_of("k", piece), [piece], NOW)

        async def remove(tx: Transaction, bucket: Bucket = bucket) -> None:
            if not await buckets.is_empty(tx, bucket.id):
                raise Refused
            await buckets.remove(tx, bucket.id, NOW)

        outcomes = await asyncio.gather(store.run(put), other.run(remove), return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Refused"]
        there = await buckets.find(store, bucket.name) is not None
        assert there == (await objects.find(store, bucket.id, "k") is not None)


async def test_a_document_is_kept_replaced_and_gone_with_its_bucket(store: Catalog) -> None:
    text = "<Tagging>é☃\"'</Tagging>"
    await in_one(store, lambda tx: buckets.attach(tx, BUCKET.id, "tagging", "old"))
    await in_one(store, lambda tx: buckets.attach(tx, BUCKET.id, "tagging", text))
    await in_one(store, lambda tx: buckets.attach(tx, BUCKET.id, "policy", "{}"))
    assert await buckets.attached(store, BUCKET.id, "tagging") == text
    assert await buckets.attached(store, SECOND.id, "tagging") is None
    await in_one(store, lambda tx: buckets.detach(tx, BUCKET.id, "tagging"))
    await in_one(store, lambda tx: buckets.detach(tx, BUCKET.id, "tagging"))
    assert await buckets.attached(store, BUCKET.id, "tagging") is None
    assert await buckets.attached(store, BUCKET.id, "policy") == "{}"
    await in_one(store, lambda tx: buckets.remove(tx, BUCKET.id, NOW))
    assert await buckets.attached(store, BUCKET.id, "policy") is None
    assert await buckets.find(store, BUCKET.name) is None


async def test_a_key_is_found_as_it_was_put_and_by_its_id_only(store: Catalog) -> None:
    key = key_of(ACCOUNT)
    assert await accounts.find_key(store, key.id) == key
    for other in (key.id + "X", key.id[:-1], key.id.lower(), "", "\0", "é"):
        assert await accounts.find_key(store, other) is None


async def test_a_key_is_replaced_by_its_account_and_no_other(store: Catalog) -> None:
    rotated = replace(key_of(ACCOUNT), sealed=b"other", active=False)
    await in_one(store, lambda tx: accounts.put_key(tx, rotated))
    assert await accounts.find_key(store, rotated.id) == rotated
    with pytest.raises(Conflict):
        await in_one(store, lambda tx: accounts.put_key(tx, key_of(OTHER)))
    assert await accounts.find_key(store, rotated.id) == rotated
    assert await accounts.keys(store, ACCOUNT.id) == [rotated]
    assert await accounts.keys(store, OTHER.id) == []


async def test_every_write_to_a_key_moves_the_generation(store: Catalog, other: Catalog) -> None:
    seen = [await accounts.generation(other)]
    for write in (
        lambda tx: accounts.put_key(tx, key_of(OTHER, "AKIA2")),
        lambda tx: accounts.put_key(tx, replace(key_of(OTHER, "AKIA2"), active=False)),
        lambda tx: accounts.remove_key(tx, "AKIA2"),
    ):
        await in_one(store, write)
        seen.append(await accounts.generation(other))
    assert seen == sorted(set(seen))
    assert await accounts.find_key(store, "AKIA2") is None


async def test_a_write_that_is_rolled_back_moves_nothing(store: Catalog) -> None:
    before = await accounts.generation(store)

    async def work(tx: Transaction) -> None:
        await accounts.remove_key(tx, key_of(ACCOUNT).id)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.run(work)
    assert await accounts.generation(store) == before
    assert await accounts.find_key(store, key_of(ACCOUNT).id) is not None


async def test_accounts_are_listed_oldest_first_and_never_twice(catalog: Catalog) -> None:
    assert await accounts.first(catalog) is None
    await furnish(catalog)
    assert await accounts.first(catalog) == ACCOUNT
    assert await accounts.every(catalog) == [ACCOUNT, OTHER]
    for twin in (replace(OTHER, id="1" * 12), replace(OTHER, canonical_id="ef" * 32)):
        with pytest.raises(Conflict):
            await in_one(catalog, lambda tx, twin=twin: accounts.create(tx, twin))  # type: ignore[misc]


async def test_a_lease_is_held_by_one_until_it_runs_out(store: Catalog) -> None:
    async def take(holder: str, now: int, until: int) -> bool:
        return await in_one(store, lambda tx: leases.take(tx, "steward", holder, now, until))

    async def renew(holder: str, until: int) -> bool:
        return await in_one(store, lambda tx: leases.renew(tx, "steward", holder, until))

    assert await take("a", 100, 200)
    assert not await take("b", 199, 300)
    assert await leases.holder(store, "steward", 199) == "a"
    assert await leases.holder(store, "steward", 200) is None
    assert await renew("a", 250)
    assert not await renew("b", 999)
    assert not await take("b", 249, 300)
    assert await take("b", 250, 350)
    assert not await renew("a", 999)
    await in_one(store, lambda tx: leases.release(tx, "steward", "a"))
    assert not await take("a", 300, 400)
    await in_one(store, lambda tx: leases.release(tx, "steward", "b"))
    assert await take("a", 300, 400)
    assert await take("a", 300, 450)


async def test_of_many_that_want_a_lease_one_gets_it(store: Catalog, other: Catalog) -> None:
    async def take(n: int) -> bool:
        node = (store, other)[n % 2]
        return await in_one(node, lambda tx: leases.take(tx, "steward", str(n), 100, 200))

    assert sum(await asyncio.gather(*(take(n) for n in range(20)))) == 1


async def test_a_fact_is_what_was_last_written(store: Catalog) -> None:
    assert await facts.read(store, "scrub position") is None
    await in_one(store, lambda tx: facts.write(tx, "scrub position", "1"))
    await in_one(store, lambda tx: facts.write(tx, "scrub position", "2"))
    assert await facts.read(store, "scrub position") == "2"
