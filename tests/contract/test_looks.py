"""What was found in bytes, and files that are held back, on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narthex.catalog import Catalog, Transaction, held, looks
from narthex.catalog.held import Held
from narthex.catalog.looks import Look
from narthex.errors import Conflict

LOOK = Look("c1", "v1", "sha256:00", "[]", 100)
HELD = Held("c1", "b1", "bucket", "inbox/é\0.txt", "e1", "s1", "waiting", "", 100)


async def keep(catalog: Catalog, *found: Look) -> None:
    """All of them."""

    async def work(tx: Transaction) -> None:
        for one in found:
            await looks.keep(tx, one)

    await catalog.run(work)


async def hold(catalog: Catalog, *found: Held) -> None:
    """All of them."""

    async def work(tx: Transaction) -> None:
        for one in found:
            await held.hold(tx, one)

    await catalog.run(work)


async def test_a_look_is_found_by_all_it_depends_on_while_it_is_young(catalog: Catalog) -> None:
    await keep(catalog, LOOK)
    assert await looks.find(catalog, "c1", "v1", 100) == LOOK
    assert await looks.find(catalog, "c1", "v1", 101) is None
    assert await looks.find(catalog, "c1", "v2", 0) is None
    assert await looks.find(catalog, "c2", "v1", 0) is None
    await keep(catalog, replace(LOOK, at_us=200, findings='["other"]'))
    found = await looks.find(catalog, "c1", "v1", 101)
    assert found is not None
    assert found.findings == '["other"]'


async def test_old_looks_are_pruned(catalog: Catalog) -> None:
    await keep(catalog, LOOK, replace(LOOK, content="c2", at_us=101))
    await catalog.run(lambda tx: looks.prune(tx, 101))
    assert await looks.find(catalog, "c1", "v1", 0) is None
    assert await looks.find(catalog, "c2", "v1", 0) is not None


async def test_what_is_held_is_found_by_its_place_and_its_request(catalog: Catalog) -> None:
    later = replace(HELD, content="c2", key="inbox/ü", etag="e2", at_us=101)
    await hold(catalog, later, HELD)
    assert await held.waiting(catalog, 10) == [HELD, later]
    assert await held.waiting(catalog, 1) == [HELD]
    assert await held.of_share(catalog, "s1") == [later, HELD]
    assert await held.of_share(catalog, "s2") == []
    assert await held.tags_of(catalog, "b1", HELD.key) == ("e1",)
    assert await held.tags_of(catalog, "b2", HELD.key) == ()
    assert await held.holds_any(catalog, "b1") == (True,)
    assert await held.holds_any(catalog, "b2") == (False,)
    everything = {(HELD.key, "e1"), ("inbox/ü", "e2")}
    assert await held.between(catalog, "b1", "inbox/", "inbox/ü") == everything
    assert await held.between(catalog, "b1", "inbox/f", "inbox/ü") == everything
    assert await held.between(catalog, "b1", "inbox/", "inbox/y") == set()
    with pytest.raises(Conflict):
        await hold(catalog, HELD)


async def test_what_is_refused_waits_no_more_and_is_released_by_its_decision(
    catalog: Catalog,
) -> None:
    await hold(catalog, HELD, replace(HELD, content="c2"))
    await catalog.run(lambda tx: held.refuse(tx, "c1", "d1"))
    assert [one.content for one in await held.waiting(catalog, 10)] == ["c2"]
    await catalog.run(lambda tx: held.release_decided(tx, "d2"))
    assert len(await held.of_share(catalog, "s1")) == 2
    await catalog.run(lambda tx: held.release_decided(tx, "d1"))
    assert await held.was_released(catalog, "c2") == (False,)
    await catalog.run(lambda tx: held.release(tx, "c2"))
    assert await held.of_share(catalog, "s1") == []
    for content in ("c1", "c2"):
        assert await held.was_released(catalog, content) == (True,)
    assert await held.tags_of(catalog, "b1", HELD.key) == ()
    assert await held.holds_any(catalog, "b1") == (False,)
    assert await held.between(catalog, "b1", "inbox/", "inbox/\U0010ffff") == set()
    await catalog.run(held.forget_gone)
    assert await held.was_released(catalog, "c1") == (False,)
