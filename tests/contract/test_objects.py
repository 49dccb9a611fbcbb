"""Objects in the catalog, on every engine: what is put is found, what is replaced is doomed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from narthex.catalog import Catalog, Transaction, doomed, objects
from narthex.errors import Corrupt
from narthex.model import Object, Piece
from tests.contract.values import BUCKET, NOW, SECOND, furnish, inline, object_of, stored

KEYS = ["a", "a/../b", "a//b", "%2F", "a+b", " ", "é", "☃\U0001f525", "nul\0inside", "k" * 1024]


@pytest.fixture
async def store(catalog: Catalog) -> Catalog:
    """A catalog with accounts and buckets."""
    await furnish(catalog)
    return catalog


async def put(store: Catalog, new: Object, piece: Piece, bucket: str = BUCKET.id) -> None:
    async def work(tx: Transaction) -> None:
        await objects.put(tx, bucket, new, [piece], new.modified_us)

    await store.run(work)


async def put_many(store: Catalog, keys: list[str]) -> None:
    piece = inline()

    async def work(tx: Transaction) -> None:
        for key in keys:
            await objects.put(tx, BUCKET.id, object_of(key, piece), [piece], NOW)

    await store.run(work)


async def remove(store: Catalog, key: str) -> bool:
    async def work(tx: Transaction) -> bool:
        return await objects.remove(tx, BUCKET.id, key, NOW)

    return await store.run(work)


@pytest.mark.parametrize("key", KEYS)
async def test_an_object_is_found_as_it_was_put(store: Catalog, key: str) -> None:
    piece = inline(b"\0bytes\xff")
    new = object_of(key, piece)
    await put(store, new, piece)
    assert await objects.find(store, BUCKET.id, key) == new
    assert await objects.find_with_piece(store, BUCKET.id, key) == (new, piece)
    assert await objects.pieces(store, new.content, 0, new.size) == [piece]


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_or_bucket_that_differs_finds_nothing(store: Catalog, key: str) -> None:
    piece = inline()
    await put(store, object_of(key, piece), piece)
    for other in (key + "x", key + "\0", key[:-1], key.upper() + "Q"):
        assert await objects.find(store, BUCKET.id, other) is None
        assert await objects.find_with_piece(store, BUCKET.id, other) is None
    assert await objects.find(store, SECOND.id, key) is None


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * 16384], ids=["empty", "one", "largest"])
async def test_inline_bytes_of_any_length_come_back(store: Catalog, data: bytes) -> None:
    piece = inline(data)
    new = replace(object_of("k", piece), headers=(), tags=(), checksum=None)
    await put(store, new, piece)
    assert await objects.find_with_piece(store, BUCKET.id, "k") == (new, piece)


async def test_a_blob_comes_back_by_name_with_its_sums(store: Catalog) -> None:
    piece = stored()
    new = object_of("k", piece)
    await put(store, new, piece)
    assert await objects.find_with_piece(store, BUCKET.id, "k") == (new, piece)


@pytest.mark.parametrize("column", ["data", "sums"])
async def test_inline_bytes_that_were_altered_are_never_served(store: Catalog, column: str) -> None:
    piece = inline(b"hello")
    new = object_of("k", piece)
    await put(store, new, piece)

    async def alter(tx: Transaction) -> None:
        await tx.execute(f"UPDATE pieces SET {column} = ?", (b"hellp",))

    await store.run(alter)
    with pytest.raises(Corrupt):
        await objects.find_with_piece(store, BUCKET.id, "k")
    with pytest.raises(Corrupt):
        await objects.pieces(store, new.content, 0, 5)
    assert await objects.find(store, BUCKET.id, "k") == new


async def test_inline_bytes_cut_short_are_never_served(store: Catalog) -> None:
    piece = inline(b"hello")
    await put(store, object_of("k", piece), piece)

    async def alter(tx: Transaction) -> None:
        await tx.execute("UPDATE pieces SET size = 4")

    await store.run(alter)
    with pytest.raises(Corrupt):
        await objects.find_with_piece(store, BUCKET.id, "k")


async def test_replacing_dooms_the_old_blob_and_removes_its_row(store: Catalog) -> None:
    old, new = stored(), stored()
    first, second = object_of("k", old), object_of("k", new, modified_us=NOW + 5)
    await put(store, first, old)
    await put(store, second, new)
    assert await objects.find_with_piece(store, BUCKET.id, "k") == (second, new)
    assert await objects.pieces(store, first.content, 0, 1 << 62) == []
    assert await doomed.due(store, NOW + 6, 10) == [old.blob]
    assert await doomed.due(store, NOW + 5, 10) == []


async def test_removing_dooms_the_blob_and_tells_whether_there_was_one(store: Catalog) -> None:
    piece = stored()
    await put(store, object_of("k", piece), piece)
    assert await remove(store, "other") is False
    assert await remove(store, "k") is True
    assert await remove(store, "k") is False
    assert await objects.find(store, BUCKET.id, "k") is None
    assert await doomed.due(store, NOW + 1, 10) == [piece.blob]


async def test_a_put_that_is_rolled_back_dooms_nothing(store: Catalog) -> None:
    old, new = stored(), stored()
    first = object_of("k", old)
    await put(store, first, old)

    async def work(tx: Transaction) -> None:
        await objects.put(tx, BUCKET.id, object_of("k", new), [new], NOW)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.run(work)
    assert await objects.find_with_piece(store, BUCKET.id, "k") == (first, old)
    assert await doomed.due(store, NOW + 1, 10) == []


async def test_tags_are_replaced_and_nothing_else(store: Catalog) -> None:
    piece = inline()
    new = object_of("k", piece)
    await put(store, new, piece)

    async def work(tx: Transaction) -> tuple[bool, bool]:
        tags = (("x", "☃"),)
        return (
            await objects.set_tags(tx, BUCKET.id, "k", tags),
            await objects.set_tags(tx, BUCKET.id, "other", tags),
        )

    assert await store.run(work) == (True, False)
    assert await objects.find(store, BUCKET.id, "k") == replace(new, tags=(("x", "☃"),))


async def test_the_pieces_of_a_range_are_those_that_hold_its_bytes(store: Catalog) -> None:
    sizes = [10, 1, 5, 20, 7, 0]
    pieces, start = [], 0
    for number, size in enumerate(sizes, 3):
        pieces.append(replace(stored(size, number), start=start))
        start += size
    whole = replace(object_of("k", pieces[0]), size=start, parts=len(sizes))

    async def work(tx: Transaction) -> None:
        await objects.put(tx, BUCKET.id, whole, pieces, NOW)

    await store.run(work)
    for begin in range(start):
        for end in (begin + 1, begin + 9, start):
            wanted = [
                piece for piece in pieces if piece.start < end and piece.start + piece.size > begin
            ]
            assert await objects.pieces(store, whole.content, begin, end) == wanted
    assert await objects.pieces(store, whole.content, 0, 1 << 62) == pieces
    assert await objects.find_with_piece(store, BUCKET.id, "k") == (whole, None)


async def test_one_of_a_hundred_conditional_puts_wins_and_no_other_leaves_a_trace(
    store: Catalog, other: Catalog
) -> None:
    class Exists(Exception):
        pass

    pieces = [stored() for _ in range(100)]

    async def writer(n: int) -> None:
        async def work(tx: Transaction) -> None:
            if await objects.find(tx, BUCKET.id, "k") is not None:
                raise Exists
            await objects.put(tx, BUCKET.id, object_of("k", pieces[n]), [pieces[n]], NOW)

        await (store, other)[n % 2].run(work)

    outcomes = await asyncio.gather(*(writer(n) for n in range(100)), return_exceptions=True)
    won = [n for n, outcome in enumerate(outcomes) if outcome is None]
    assert len(won) == 1
    assert {type(outcome) for outcome in outcomes} == {type(None), Exists}
    blobs = [piece.blob or "" for piece in pieces]
    assert await doomed.known(store, blobs) == {blobs[won[0]]}


async def test_an_update_that_read_an_old_etag_never_overwrites_a_newer_one(
    store: Catalog, other: Catalog
) -> None:
    """If-Match with the etag that was read: of the writers that read the same, one wins."""
    piece = inline(b"0")
    await put(store, object_of("k", piece), piece)

    async def writer(node: Catalog) -> int:
        seen = await objects.find(node, BUCKET.id, "k")
        assert seen is not None

        async def work(tx: Transaction) -> int:
            current = await objects.find_with_piece(tx, BUCKET.id, "k")
            assert current is not None
            if current[0].etag != seen.etag:
                return 0
            assert current[1] is not None
            assert current[1].data is not None
            grown = inline(current[1].data + b"x")
            await objects.put(tx, BUCKET.id, object_of("k", grown), [grown], NOW)
            return 1

        return await node.run(work)

    done = sum(await asyncio.gather(*(writer((store, other)[n % 2]) for n in range(30))))
    found = await objects.find(store, BUCKET.id, "k")
    assert found is not None
    assert found.size == 1 + done
    assert done >= 1


async def test_a_page_is_in_order_of_bytes_and_says_whether_more_follows(store: Catalog) -> None:
    keys = ["a", "a-b", "a/b", "a/c", "a0", "b", "é", "☃"]
    await put_many(store, keys)

    async def names(limit: int, **asked: str) -> tuple[list[str], bool, str]:
        wanted = {"prefix": "", "delimiter": "", "after": ""} | asked
        page = await objects.page(store, BUCKET.id, limit=limit, **wanted)
        found = [entry if isinstance(entry, str) else entry.key for entry in page.entries]
        return found, page.truncated, page.next_after

    assert await names(8) == (keys, False, "")
    assert await names(7) == (keys[:7], True, "é")
    assert await names(8, after="a/b") == (keys[3:], False, "")
    assert await names(8, prefix="a/") == (["a/b", "a/c"], False, "")
    assert await names(3, delimiter="/") == (["a", "a-b", "a/"], True, "a/")
    assert await names(3, delimiter="/", after="a/") == (["a0", "b", "é"], True, "é")
    assert await names(3, delimiter="/", after="a/b") == (["a/", "a0", "b"], True, "b")
    assert await names(0) == ([], False, "")
    assert await objects.page(
        store, SECOND.id, prefix="", delimiter="", after="", limit=5
    ) == objects.Page((), False, "")


async def test_a_listed_object_is_the_object_without_headers_and_tags(store: Catalog) -> None:
    piece = inline()
    new = object_of("k", piece)
    await put(store, new, piece)
    page = await objects.page(store, BUCKET.id, prefix="", delimiter="", after="", limit=1)
    assert page.entries == (replace(new, headers=(), tags=()),)


async def test_pages_go_through_many_keys_once(store: Catalog) -> None:
    keys = sorted(f"{n % 7}/{n % 31:02}/{n}" for n in range(700))
    await put_many(store, keys)
    for delimiter, limit in (("", 64), ("/", 2), ("/", 1000)):
        seen: list[str] = []
        after, more = "", True
        while more:
            page = await objects.page(
                store, BUCKET.id, prefix="3/", delimiter=delimiter, after=after, limit=limit
            )
            seen += [entry if isinstance(entry, str) else entry.key for entry in page.entries]
            after, more = page.next_after, page.truncated
        wanted = [key for key in keys if key.startswith("3/")]
        if delimiter:
            wanted = sorted({key[: key.index("/", 2) + 1] for key in wanted})
        assert seen == wanted


async def test_orphans_are_the_blobs_that_no_row_names(store: Catalog) -> None:
    kept, dropped = stored(), stored()
    await put(store, object_of("kept", kept), kept)
    await put(store, object_of("dropped", dropped), dropped)
    await remove(store, "dropped")
    orphans = [f"{n:032x}" for n in range(1 << 40, (1 << 40) + 600)]
    asked = [kept.blob or "", *orphans, dropped.blob or ""]
    assert await doomed.known(store, asked) == {kept.blob, dropped.blob}
    assert await doomed.known(store, []) == set()


async def test_a_doomed_blob_is_forgotten_once_it_is_deleted(store: Catalog) -> None:
    pieces = [stored() for _ in range(5)]
    for n, piece in enumerate(pieces):
        await put(store, object_of("k", piece, modified_us=NOW + n), piece)
    due = await doomed.due(store, NOW + 99, 3)
    assert due == [piece.blob for piece in pieces[:3]]

    async def work(tx: Transaction) -> None:
        await doomed.forget(tx, due)

    await store.run(work)
    assert await doomed.due(store, NOW + 99, 3) == [pieces[3].blob]
    assert await doomed.known(store, due) == set()


async def test_a_scrub_walks_every_blob_once_in_order(store: Catalog) -> None:
    pieces = [stored(blob=f"{n:032x}") for n in range(1 << 41, (1 << 41) + 5)]
    for n, piece in enumerate(pieces):
        await put(store, object_of(f"k{n}", piece), piece)
    small = inline()
    await put(store, object_of("small", small), small)
    first = await doomed.stored(store, "", 3)
    rest = await doomed.stored(store, first[-1][0], 3)
    assert [*first, *rest] == [(piece.blob, piece.size, piece.sums) for piece in pieces]
