"""Multipart uploads in the catalog, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narthex.catalog import Catalog, Transaction, buckets, doomed, objects, uploads
from narthex.model import Object, Piece, Upload
from tests.contract.values import BUCKET, NOW, furnish, new_id, object_of, stored, upload_of


@pytest.fixture
async def store(catalog: Catalog) -> Catalog:
    """A catalog with accounts and buckets."""
    await furnish(catalog)
    return catalog


async def begin(store: Catalog, *begun: Upload) -> None:
    async def work(tx: Transaction) -> None:
        for upload in begun:
            await uploads.create(tx, upload)

    await store.run(work)


async def put_parts(store: Catalog, upload: Upload, parts: list[Piece], at_us: int = NOW) -> None:
    async def work(tx: Transaction) -> None:
        for part in parts:
            await uploads.put_part(tx, upload, part, at_us)

    await store.run(work)


def finished(upload: Upload, chosen: list[Piece]) -> tuple[Object, list[Piece]]:
    """The object of these parts, and the parts in their places."""
    placed, start = [], 0
    for part in chosen:
        placed.append(replace(part, start=start))
        start += part.size
    new = object_of(upload.key, chosen[0], parts=len(chosen))
    return replace(new, content=upload.id, size=start), placed


async def test_an_upload_is_found_as_it_began_and_by_all_three_names(store: Catalog) -> None:
    upload = upload_of("é/☃")
    await begin(store, upload)
    assert await uploads.find(store, BUCKET.id, "é/☃", upload.id) == upload
    assert await uploads.find(store, BUCKET.id, "é/", upload.id) is None
    assert await uploads.find(store, "x" * 32, "é/☃", upload.id) is None
    for other in (upload.id[:-1] + "x", upload.id + "x", "", "\0", "é"):
        assert await uploads.find(store, BUCKET.id, "é/☃", other) is None


async def test_parts_are_listed_by_number_without_what_they_hold(store: Catalog) -> None:
    upload = upload_of("k")
    await begin(store, upload)
    parts = [stored(number=number) for number in (3, 1, 10000, 2)]
    await put_parts(store, upload, parts)
    listed = sorted((replace(part, sums=b"") for part in parts), key=lambda part: part.number)
    assert await uploads.parts(store, upload.id, 0, 10) == listed
    assert await uploads.parts(store, upload.id, 0, 2) == listed[:2]
    assert await uploads.parts(store, upload.id, 2, 10) == listed[2:]
    assert await uploads.parts(store, new_id(), 0, 10) == []


async def test_a_part_sent_again_replaces_the_first_and_dooms_its_blob(store: Catalog) -> None:
    upload = upload_of("k")
    await begin(store, upload)
    old, new = stored(number=1), stored(number=1)
    await put_parts(store, upload, [old])
    await put_parts(store, upload, [new], NOW + 7)
    assert [part.blob for part in await uploads.parts(store, upload.id, 0, 9)] == [new.blob]
    assert await doomed.due(store, NOW + 8, 9) == [old.blob]


async def test_completing_makes_an_object_of_the_chosen_parts_and_dooms_the_others(
    store: Catalog,
) -> None:
    upload = upload_of("k")
    await begin(store, upload)
    parts = [stored(100 + number, number) for number in (1, 2, 3, 7)]
    await put_parts(store, upload, parts)
    listed = await uploads.parts(store, upload.id, 0, 10_000)
    new, placed = finished(upload, [listed[1], listed[3]])

    async def work(tx: Transaction) -> None:
        await uploads.complete(tx, upload, new, placed, NOW)

    await store.run(work)
    assert await objects.find_with_piece(store, BUCKET.id, "k") == (new, None)
    assert await objects.pieces(store, new.content, 0, new.size) == [
        replace(parts[1], start=0),
        replace(parts[3], start=102),
    ]
    assert await uploads.find(store, BUCKET.id, "k", upload.id) is None
    assert sorted(await doomed.due(store, NOW + 1, 9)) == sorted(
        part.blob or "" for part in (parts[0], parts[2])
    )


async def test_completing_replaces_the_object_that_was_there(store: Catalog) -> None:
    old = stored()

    async def first(tx: Transaction) -> None:
        await objects.put(tx, BUCKET.id, object_of("k", old), [old], NOW)

    await store.run(first)
    upload = upload_of("k")
    await begin(store, upload)
    part = stored(number=1)
    await put_parts(store, upload, [part])
    new, placed = finished(upload, [part])

    async def work(tx: Transaction) -> None:
        await uploads.complete(tx, upload, new, placed, NOW)

    await store.run(work)
    assert await objects.pieces(store, new.content, 0, 1) == [part]
    assert await doomed.due(store, NOW + 1, 9) == [old.blob]


async def test_many_parts_become_an_object(store: Catalog) -> None:
    upload = upload_of("k")
    await begin(store, upload)
    parts = [stored(5, number) for number in range(1, 1001)]
    await put_parts(store, upload, parts)
    new, placed = finished(upload, parts)

    async def work(tx: Transaction) -> None:
        await uploads.complete(tx, upload, new, placed, NOW)

    await store.run(work)
    found = await objects.pieces(store, new.content, 2_498, 2_502)
    assert [(piece.number, piece.start) for piece in found] == [(500, 2_495), (501, 2_500)]
    assert len(await objects.pieces(store, new.content, 0, new.size)) == 1000


async def test_aborting_dooms_every_part(store: Catalog) -> None:
    upload, kept = upload_of("k"), upload_of("k")
    await begin(store, upload, kept)
    parts = [stored(number=number) for number in (1, 2)]
    await put_parts(store, upload, parts)
    await put_parts(store, kept, [stored(number=1)])

    async def work(tx: Transaction) -> None:
        await uploads.abort(tx, upload, NOW)

    await store.run(work)
    assert await uploads.find(store, BUCKET.id, "k", upload.id) is None
    assert await uploads.parts(store, upload.id, 0, 9) == []
    assert set(await doomed.due(store, NOW + 1, 9)) == {part.blob for part in parts}
    assert len(await uploads.parts(store, kept.id, 0, 9)) == 1


async def test_a_bucket_takes_its_uploads_with_it(store: Catalog) -> None:
    upload = upload_of("k")
    await begin(store, upload)
    part = stored(number=1)
    await put_parts(store, upload, [part])

    async def work(tx: Transaction) -> bool:
        empty = await buckets.is_empty(tx, BUCKET.id)
        await buckets.remove(tx, BUCKET.id, NOW)
        return empty

    assert await store.run(work)
    assert await uploads.find(store, BUCKET.id, "k", upload.id) is None
    assert await doomed.due(store, NOW + 1, 9) == [part.blob]


async def test_of_a_part_and_an_abort_at_once_no_part_outlives_the_upload(
    store: Catalog, other: Catalog
) -> None:
    for _ in range(10):
        upload = upload_of("k")
        await begin(store, upload)
        part = stored(number=1)

        async def add(tx: Transaction, upload: Upload = upload, part: Piece = part) -> bool:
            if await uploads.find(tx, BUCKET.id, "k", upload.id) is None:
                return False
            await uploads.put_part(tx, upload, part, NOW)
            return True

        async def end(tx: Transaction, upload: Upload = upload) -> None:
            await uploads.abort(tx, upload, NOW)

        added, _ = await asyncio.gather(store.run(add), other.run(end))
        assert await uploads.parts(store, upload.id, 0, 9) == []
        assert (part.blob in await doomed.known(store, [part.blob or ""])) == added


async def walk(store: Catalog, limit: int, prefix: str = "", delimiter: str = "") -> list[str]:
    """Every entry of all pages, by following the markers."""
    seen: list[str] = []
    key, upload_id, more = "", "", True
    while more:
        page = await uploads.page(
            store,
            BUCKET.id,
            prefix=prefix,
            delimiter=delimiter,
            key_marker=key,
            upload_id_marker=upload_id,
            limit=limit,
        )
        assert len(page.entries) <= limit
        seen += [entry if isinstance(entry, str) else entry.id for entry in page.entries]
        key, upload_id, more = page.next_key, page.next_upload_id, page.truncated
    return seen


async def test_uploads_are_listed_by_key_and_then_by_age(store: Catalog) -> None:
    begun = [
        upload_of("b", NOW + 3),
        upload_of("b", NOW + 1),
        upload_of("a/x", NOW + 9),
        upload_of("a/y", NOW + 2),
        upload_of("b", NOW + 2),
        upload_of("c", NOW),
    ]
    await begin(store, *begun)
    in_order = [begun[place].id for place in (2, 3, 1, 4, 0, 5)]
    for limit in range(1, 8):
        assert await walk(store, limit) == in_order
        assert await walk(store, limit, delimiter="/") == ["a/", *in_order[2:]]
        assert await walk(store, limit, prefix="a/") == in_order[:2]
    assert await walk(store, 3, prefix="x") == []


async def test_uploads_that_began_at_once_are_each_listed_once(store: Catalog) -> None:
    begun = [upload_of("k") for _ in range(9)]
    await begin(store, *begun)
    assert await walk(store, 2) == sorted(upload.id for upload in begun)


async def test_a_key_marker_alone_leaves_out_all_uploads_of_its_key(store: Catalog) -> None:
    begun = [upload_of("a"), upload_of("a", NOW + 1), upload_of("b")]
    await begin(store, *begun)
    asked = {"prefix": "", "delimiter": "", "key_marker": "a", "limit": 9}
    page = await uploads.page(store, BUCKET.id, upload_id_marker="", **asked)  # type: ignore[arg-type]
    assert page == uploads.Page((begun[2],), False, "b", begun[2].id)
    behind = await uploads.page(store, BUCKET.id, upload_id_marker=begun[0].id, **asked)  # type: ignore[arg-type]
    assert behind.entries == tuple(begun[1:])
    gone = await uploads.page(store, BUCKET.id, upload_id_marker=new_id(), **asked)  # type: ignore[arg-type]
    assert gone.entries == tuple(begun)


async def test_a_marker_before_the_prefix_lists_the_prefix_only(store: Catalog) -> None:
    first, second = upload_of("a"), upload_of("b/k")
    await begin(store, first, second, upload_of("ab"))
    page = await uploads.page(
        store,
        BUCKET.id,
        prefix="b/",
        delimiter="",
        key_marker="a",
        upload_id_marker=first.id,
        limit=9,
    )
    assert page.entries == (second,)


KEYS = st.lists(st.sampled_from(["a", "a/", "a/b", "a//b", "b", "é/x"]), max_size=12)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(KEYS, st.sampled_from(["", "/", "//"]), st.integers(1, 5), st.data())
async def test_pages_of_uploads_are_those_of_an_obvious_listing(
    store: Catalog, keys: list[str], delimiter: str, limit: int, data: st.DataObject
) -> None:
    prefix = data.draw(st.sampled_from(["", "a", "a/", "z"]))
    begun = [upload_of(key, NOW - n // 2) for n, key in enumerate(keys)]

    async def clear(tx: Transaction) -> None:
        await uploads.abort_all(tx, BUCKET.id, NOW)

    await store.run(clear)
    await begin(store, *begun)
    wanted: list[str] = []
    for upload in sorted(begun, key=lambda one: (one.key.encode(), one.initiated_us, one.id)):
        if not upload.key.startswith(prefix):
            continue
        rest = upload.key[len(prefix) :]
        entry = upload.id
        if delimiter and delimiter in rest:
            entry = prefix + rest[: rest.index(delimiter) + len(delimiter)]
        if entry not in wanted:
            wanted.append(entry)
    assert await walk(store, limit, prefix, delimiter) == wanted
