"""Reviews of shares that are not open, and what a listing shows beside what is held, everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from narthex.catalog import (
    Catalog,
    Transaction,
    accounts,
    held,
    share_contents,
    share_reviews,
    shares,
)
from narthex.catalog.held import Held
from narthex.catalog.share_contents import Word
from narthex.catalog.share_reviews import NEVER, ShareReview
from narthex.errors import Conflict
from narthex.pure.shares import Judged, Limits, Share
from tests.contract.conftest import open_catalog
from tests.contract.ledger_values import HOUR, add, share_of
from tests.contract.test_objects import put
from tests.contract.values import BUCKET, NOW, furnish, inline, object_of

WAITS = Judged("waiting")


def review_of(share: Share, **more: Any) -> ShareReview:
    """The review of a share that waits for it."""
    at_us = share.created_us
    made = ShareReview(share.id, 1, 100, "", "", "", "[]", "", "", at_us, at_us)
    return replace(made, **more)


async def wait(catalog: Catalog, *shared: Share, **more: Any) -> list[ShareReview]:
    """Shares that wait, and their reviews."""
    await add(catalog, *shared)
    rows = [review_of(one, **more) for one in shared]

    async def work(tx: Transaction) -> None:
        for row in rows:
            await share_reviews.add(tx, row)

    await catalog.run(work)
    return rows


async def judged(catalog: Catalog, share: Share) -> Judged:
    """What a review made of it."""
    found = await shares.find(catalog, share.id)
    assert found is not None
    return found.share.judged


async def test_a_share_comes_back_with_what_its_review_has_seen(catalog: Catalog) -> None:
    share = share_of(judged=Judged("open", "c1", NOW))
    await add(catalog, share)
    found = await shares.find(catalog, share.id)
    assert found is not None
    assert found.share == share


async def test_one_that_is_not_open_has_an_etag_that_nothing_has(catalog: Catalog) -> None:
    share = share_of(judged=WAITS)
    pinned = replace(share.target, etag="e1")
    await add(catalog, replace(share, target=pinned))
    assert await catalog.fetch("SELECT etag FROM shares WHERE id = ?", (share.id,)) == [("-",)]
    assert await judged(catalog, share) == WAITS
    await catalog.run(lambda tx: shares.judge(tx, share.id, Judged("open", "c1", NOW), "e1"))
    found = await shares.find(catalog, share.id)
    assert found is not None
    assert (found.share.judged, found.share.target.etag) == (Judged("open", "c1", NOW), "e1")


async def test_a_judgement_moves_the_generation(catalog: Catalog) -> None:
    share = share_of(judged=WAITS)
    await add(catalog, share)
    before = await accounts.generation(catalog)
    await catalog.run(lambda tx: shares.judge(tx, share.id, Judged(), ""))
    assert await accounts.generation(catalog) > before


async def test_the_smallest_are_due_first_and_what_is_over_is_not(catalog: Catalog) -> None:
    small, large, late = (share_of(judged=WAITS) for _ in range(3))
    over = share_of(judged=WAITS, limits=Limits(NOW + HOUR))
    (big,) = await wait(catalog, large, size=1 << 40)
    rows = await wait(catalog, small, over)
    await wait(catalog, late, due_us=NOW + 2 * HOUR)
    now_us = NOW + HOUR - 1
    assert await share_reviews.due(catalog, now_us, 10) == [*rows, big]
    assert await share_reviews.due(catalog, now_us, 1) == rows[:1]
    await catalog.run(lambda tx: shares.revoke(tx, [small.id], NOW))
    assert await share_reviews.due(catalog, now_us, 10) == [rows[1], big]
    assert await share_reviews.due(catalog, NOW + HOUR, 10) == []
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: share_reviews.add(tx, rows[0]))


Settles = Callable[[Transaction, ShareReview], Awaitable[bool]]
SETTLED: list[Settles] = [
    share_reviews.end,
    lambda tx, row: share_reviews.stop(tx, row, "d1", "why"),
]


@pytest.mark.parametrize("settle", SETTLED, ids=["end", "stop"])
async def test_it_is_settled_once(catalog: Catalog, settle: Settles) -> None:
    (row,) = await wait(catalog, share_of(judged=WAITS))
    assert await catalog.run(lambda tx: settle(tx, row))
    for again in SETTLED:
        assert not await catalog.run(lambda tx, again=again: again(tx, row))  # type: ignore[misc]
    assert await share_reviews.due(catalog, NOW + 1000, 10) == []


async def test_of_two_nodes_one_settles(where: str) -> None:
    catalogs = [await open_catalog(where) for _ in range(2)]
    try:
        (row,) = await wait(catalogs[0], share_of(judged=WAITS))
        done = await asyncio.gather(
            *(one.run(lambda tx: share_reviews.end(tx, row)) for one in catalogs)
        )
        assert sorted(done) == [False, True]
    finally:
        for one in catalogs:
            await one.close()


async def test_what_was_seen_before_it_was_asked_again_settles_nothing(catalog: Catalog) -> None:
    share = share_of(judged=WAITS)
    (row,) = await wait(catalog, share)
    await catalog.run(lambda tx: share_reviews.stop(tx, row, "d1", "why"))
    await catalog.run(lambda tx: shares.judge(tx, share.id, Judged("confirm", "c1", NOW), ""))
    await catalog.run(
        lambda tx: share_reviews.ask_again(tx, share.id, NOW + 5, justification="agreed")
    )
    assert (await judged(catalog, share)).standing == "waiting"
    (again,) = await share_reviews.due(catalog, NOW + 5, 10)
    assert (again.turn, again.justification, again.decision, again.reason) == (
        2,
        "agreed",
        "d1",
        "",
    )
    assert not await catalog.run(lambda tx: share_reviews.end(tx, row))
    await catalog.run(lambda tx: share_reviews.put_off(tx, row, NOW + 5))
    assert await share_reviews.due(catalog, NOW + 5, 10) == [again]
    await catalog.run(lambda tx: share_reviews.put_off(tx, again, NOW + 5))
    assert await share_reviews.due(catalog, NOW + 6, 10) == []
    (later,) = await share_reviews.due(catalog, NOW + HOUR - 1, 10)
    assert await catalog.run(lambda tx: share_reviews.end(tx, later))
    await catalog.run(lambda tx: share_reviews.ask_again(tx, share.id, NOW))
    assert await share_reviews.find(catalog, share.id) is None


async def test_an_approval_asks_for_all_that_its_decision_stopped(catalog: Catalog) -> None:
    one, other = share_of(judged=WAITS), share_of(judged=WAITS)
    rows = await wait(catalog, one, other)
    for row, decision in zip(rows, ("d1", "d2"), strict=True):
        await catalog.run(
            lambda tx, row=row, decision=decision: share_reviews.stop(tx, row, decision, "")  # type: ignore[misc]
        )
    await catalog.run(lambda tx: share_reviews.ask_again_of(tx, "d1", NOW + 5))
    (again,) = await share_reviews.due(catalog, NOW + 5, 10)
    assert again.share == one.id
    stopped = await share_reviews.find(catalog, other.id)
    assert stopped is not None
    assert stopped.due_us == NEVER


async def test_what_waits_for_people_is_replaced_once_its_object_has_other_bytes(
    catalog: Catalog,
) -> None:
    await furnish(catalog)
    new = object_of("photos/\u2603", inline())
    await put(catalog, new, inline())
    same, other, pinned, waits, over = (
        share_of(judged=WAITS, limits=Limits(NOW + (HOUR if number < 4 else 1)))
        for number in range(5)
    )
    rows = await wait(catalog, same, other, waits, over)
    rows += await wait(catalog, pinned, etag="e1")
    for row in rows:
        if row.share == waits.id:
            continue
        content = new.content if row.share == same.id else "another"
        judged = Judged("refused", content, NOW)
        await catalog.run(lambda tx, row=row: share_reviews.stop(tx, row, "d1", ""))  # type: ignore[misc]
        await catalog.run(
            lambda tx, row=row, judged=judged: shares.judge(tx, row.share, judged, "")  # type: ignore[misc]
        )
    assert await share_reviews.replaced(catalog, NOW + 1) == [other.id]


async def test_words_about_files_of_a_folder_are_kept_by_their_bytes(catalog: Catalog) -> None:
    stopped = Word("d1", "sha256:00")

    async def work(tx: Transaction) -> None:
        await share_contents.replace(tx, "s1", ("c1", "c2", "c1"))
        await share_contents.note(tx, "s1", "c2", stopped)
        await share_contents.note(tx, "s2", "c1", stopped)

    await catalog.run(work)
    assert await share_contents.find(catalog, "s1", "c1") == (Word("", ""),)
    assert await share_contents.find(catalog, "s1", "c2") == (stopped,)
    assert await share_contents.find(catalog, "s1", "c3") == ()
    await catalog.run(lambda tx: share_contents.forget_stopped(tx, "d1"))
    assert await share_contents.find(catalog, "s1", "c2") == ()
    assert await share_contents.find(catalog, "s2", "c1") == ()
    await catalog.run(lambda tx: share_contents.replace(tx, "s1", ("c3",)))
    assert await share_contents.find(catalog, "s1", "c1") == ()


async def test_it_is_pruned_with_its_share(catalog: Catalog) -> None:
    share = share_of(judged=WAITS)
    await wait(catalog, share)
    await catalog.run(lambda tx: shares.prune(tx, NOW + 2 * HOUR))
    assert await share_reviews.find(catalog, share.id) is None


async def test_a_prefix_shows_something_unless_all_of_it_is_held(catalog: Catalog) -> None:
    await furnish(catalog)
    rows: list[Held] = []
    for key in ("inbox/a", "inbox/b", "inbox0"):
        new = object_of(key, inline())
        await put(catalog, new, inline())
        rows.append(
            Held(new.content, BUCKET.id, BUCKET.name, key, new.etag, "s1", "waiting", "", NOW)
        )
    for row, shows in zip(rows[:2], (True, False), strict=True):
        await catalog.run(lambda tx, row=row: held.hold(tx, row))  # type: ignore[misc]
        assert await held.shows_any(catalog, BUCKET.id, "inbox/") is shows
    await catalog.run(lambda tx: held.release(tx, rows[0].content))
    assert await held.shows_any(catalog, BUCKET.id, "inbox/")
    assert not await held.shows_any(catalog, BUCKET.id, "outbox/")
