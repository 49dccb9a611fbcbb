"""Walks over objects and uploads that end by rules, on every engine, by one node and by two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from narthex.catalog import (
    Catalog,
    Transaction,
    buckets,
    doomed,
    lifecycle_walks,
    objects,
    uploads,
)
from narthex.catalog.lifecycle_walks import Walk
from narthex.pure import lifecycle_document
from narthex.pure.lifecycle import DAY_US, Filter, Rule
from narthex.s3 import expiring
from narthex.s3.expiring import end_by_rules
from narthex.s3.lifecycle import keep_rules
from tests.contract.test_two_nodes import two_nodes
from tests.contract.values import BUCKET, NOW, SECOND, furnish, inline, object_of, stored, upload_of

T = TypeVar("T")
KEYS = ("a", "a\x00", "a/", "b", "\uffff", "\U0010ffff")  # in the order of their bytes


@pytest.fixture
async def store(catalog: Catalog) -> Catalog:
    """A catalog with accounts and buckets."""
    await furnish(catalog)
    return catalog


async def in_one(store: Catalog, do: Callable[[Transaction], Awaitable[T]]) -> T:
    """The outcome of one call in a transaction of its own."""
    return await store.run(do)


async def fill(store: Catalog, *keys: str, made_us: int = NOW) -> None:
    """Objects in BUCKET."""

    async def work(tx: Transaction) -> None:
        for key in keys:
            piece = inline()
            new = object_of(key, piece, modified_us=made_us)
            await objects.put(tx, BUCKET.id, new, [piece], made_us)

    await store.run(work)


async def test_the_walk_that_waited_longest_is_due_first(store: Catalog) -> None:
    first, second = Walk(SECOND.id, NOW), Walk(BUCKET.id, NOW + 1)
    await in_one(store, lambda tx: lifecycle_walks.put(tx, second))
    await in_one(store, lambda tx: lifecycle_walks.put(tx, first))
    assert await lifecycle_walks.due(store, NOW - 1) is None
    assert await lifecycle_walks.due(store, NOW + 1) == first
    later = Walk(SECOND.id, NOW + 9, NOW, "uploads", b"a\0\xff", 5, "u", NOW + 7)
    await in_one(store, lambda tx: lifecycle_walks.put(tx, later))
    assert await lifecycle_walks.due(store, NOW + 1) == second
    assert await lifecycle_walks.find(store, SECOND.id) == later
    await in_one(store, lambda tx: lifecycle_walks.remove(tx, BUCKET.id))
    assert await lifecycle_walks.due(store, NOW + 1) is None


async def test_objects_come_in_the_order_of_their_bytes(store: Catalog) -> None:
    await fill(store, *reversed(KEYS))
    found = await lifecycle_walks.objects_from(store, BUCKET.id, b"", b"\xff", 100)
    assert [one.key.decode() for one in found] == list(KEYS)
    assert {(one.size, one.made_us, one.tags) for one in found} == {
        (5, NOW, (("a", "1"), ("b", "")))
    }
    some = await lifecycle_walks.objects_from(store, BUCKET.id, b"a\0", b"b", 100)
    assert [one.key for one in some] == [b"a\0", b"a/"]
    assert len(await lifecycle_walks.objects_from(store, BUCKET.id, b"", b"\xff", 2)) == 2
    assert await lifecycle_walks.objects_from(store, SECOND.id, b"", b"\xff", 2) == []


async def test_what_is_there_unchanged_is_found_again_and_removed_at_once(store: Catalog) -> None:
    await fill(store, "a", "b", "c", "d")
    blob = stored()

    async def put(tx: Transaction) -> None:
        await objects.put(tx, BUCKET.id, object_of("b", blob), [blob], NOW)  # written anew
        await objects.remove(tx, BUCKET.id, "c", NOW)
        await objects.set_tags(tx, BUCKET.id, "d", ())

    before = await lifecycle_walks.objects_from(store, BUCKET.id, b"", b"\xff", 100)
    await in_one(store, put)
    still = await lifecycle_walks.still(store, BUCKET.id, before)
    assert [(one.key, one.tags) for one in still] == [(b"a", before[0].tags), (b"d", ())]

    now = await lifecycle_walks.objects_from(store, BUCKET.id, b"", b"\xff", 100)
    gone = [(one.key, one.content) for one in now if one.key != b"d"]
    await in_one(store, lambda tx: objects.remove_all(tx, BUCKET.id, gone, NOW + 5))
    await in_one(store, lambda tx: objects.remove_all(tx, BUCKET.id, [], NOW + 5))
    left = await lifecycle_walks.objects_from(store, BUCKET.id, b"", b"\xff", 100)
    assert [one.key for one in left] == [b"d"]
    assert await objects.pieces(store, gone[0][1], 0, 9) == []
    assert len(await objects.pieces(store, left[0].content, 0, 9)) == 1
    assert blob.blob is not None
    assert await doomed.due(store, NOW + 5, 9) == []
    assert await doomed.due(store, NOW + 6, 9) == [blob.blob]


async def test_uploads_come_by_key_time_and_id(store: Catalog) -> None:
    made = [upload_of("k", NOW + 1), upload_of("k", NOW), upload_of("k", NOW), upload_of("j")]

    async def work(tx: Transaction) -> None:
        for upload in made:
            await uploads.create(tx, upload)

    await store.run(work)
    wanted = sorted((one.key.encode(), one.initiated_us, one.id) for one in made)
    seen: list[tuple[bytes, int, str]] = []
    behind = (b"", -1, "")
    while rows := await lifecycle_walks.uploads_behind(store, BUCKET.id, behind, b"\xff", 1):
        behind = (rows[0].key, rows[0].begun_us, rows[0].id)
        seen.append(behind)
    assert seen == wanted


async def test_a_bucket_takes_its_walk_with_it(store: Catalog) -> None:
    assert await buckets.find_by_id(store, BUCKET.id) == BUCKET
    assert await buckets.find_by_id(store, BUCKET.name) is None
    await in_one(store, lambda tx: lifecycle_walks.put(tx, Walk(BUCKET.id, NOW)))
    await in_one(store, lambda tx: buckets.remove(tx, BUCKET.id, NOW))
    assert await lifecycle_walks.find(store, BUCKET.id) is None


async def test_two_nodes_end_everything_once(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both at once, as if the lease were lost: whoever comes second finds the rows gone."""
    monkeypatch.setattr(expiring, "BATCH", 3)
    text = lifecycle_document.render([Rule("r", True, Filter(), days=1)]).decode()
    async with two_nodes(where, tmp_path) as nodes:
        now_us = await nodes[0].catalog.clock() or NOW
        one, other = (replace(node, clock=lambda: now_us) for node in nodes)
        await furnish(one.catalog)
        keys = [f"k{number}" for number in range(20)]
        await fill(one.catalog, *keys, made_us=now_us - 3 * DAY_US)
        await one.catalog.run(lambda tx: keep_rules(tx, BUCKET.id, text, "", now_us))
        ended = await asyncio.gather(end_by_rules(one, 60), end_by_rules(other, 60))
        assert sum(ended) == 20
        assert await buckets.is_empty(one.catalog, BUCKET.id)
        walk = await lifecycle_walks.find(one.catalog, BUCKET.id)
        assert walk is not None
        assert walk.began_us == 0
        assert walk.due_us > now_us


async def test_a_clock_ahead_of_the_catalogs_ends_nothing_early(where: str, tmp_path: Path) -> None:
    """On one machine there is one clock; beside PostgreSQL, the slower of the two counts."""
    if not where.startswith("postgresql:"):
        pytest.skip("SQLite has no clock of its own")
    text = lifecycle_document.render([Rule("r", True, Filter(), days=1)]).decode()
    async with two_nodes(where, tmp_path) as (one, _):
        said = await one.catalog.clock()
        assert said is not None
        await furnish(one.catalog)
        await fill(one.catalog, "k", made_us=said)
        await one.catalog.run(lambda tx: keep_rules(tx, BUCKET.id, text, "", said))
        ahead = replace(one, clock=lambda: said + 400 * DAY_US)
        assert await end_by_rules(ahead, 60) == 0
        assert not await buckets.is_empty(one.catalog, BUCKET.id)
