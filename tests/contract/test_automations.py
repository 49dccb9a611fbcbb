"""Automations and what came of their events, on every catalog."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from narthex.catalog import Catalog, accounts, automation_runs, automations, buckets
from narthex.catalog.automation_runs import Run
from narthex.catalog.automations import Automation
from narthex.errors import Conflict
from narthex.pure.automations import DOCUMENT, Rule, read_rules
from tests.contract.values import ACCOUNT, BUCKET, NOW, OTHER

ONE = Automation(
    id="0f3c9d2b71a84e56",
    account=ACCOUNT.id,
    owner="AIDA",
    arn="arn:aws:iam::123456789012:user/ana",
    origin="AKIAIOSFODNN7EXAMPLE",
    bucket=BUCKET.name,
    bucket_id=BUCKET.id,
    prefix="out\0/é",
    suffix=".pptx",
    url="https://files.example.org",
    terms={"expires_in": 60, "note": "é"},
    shown=("mailto:ops@example.org",),
    state="active",
    reason="",
    created_us=NOW,
)
RUN = Run(ONE.id, "00000000000004d2", NOW, "out\0/é.pptx", "Refused", reason="no\0t now")


async def rules(catalog: Catalog) -> tuple[Rule, ...]:
    """What the bucket's document says."""
    text = await buckets.attached(catalog, BUCKET.id, DOCUMENT)
    return () if text is None else read_rules(text)


async def test_an_automation_comes_back_as_it_was(catalog: Catalog) -> None:
    other = replace(ONE, id="1f", owner="", created_us=NOW + 1, state="paused", bucket_id="b2")
    for one in (other, ONE):
        await catalog.run(partial(automations.add, one=one))
    assert await automations.find(catalog, ONE.id) == ONE
    assert await automations.every(catalog, ACCOUNT.id, None) == [ONE, other]
    assert await automations.every(catalog, ACCOUNT.id, "AIDA") == [ONE]
    assert await automations.every(catalog, OTHER.id, None) == []
    for id in ("0f3c9d2b71a84e57", "é", "0f\0"):
        assert await automations.find(catalog, id) is None
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: automations.add(tx, ONE))


async def test_a_bucket_lists_those_that_are_active(catalog: Catalog) -> None:
    await catalog.run(lambda tx: automations.add(tx, ONE))
    await catalog.run(lambda tx: automations.add(tx, replace(ONE, id="1f", prefix="", suffix="")))
    assert await rules(catalog) == (Rule(ONE.id, "out\0/é", ".pptx"), Rule("1f"))
    await catalog.run(lambda tx: automations.set_state(tx, ONE, "stopped", "a reason"))
    assert await rules(catalog) == (Rule("1f"),)
    found = await automations.find(catalog, ONE.id)
    assert found == replace(ONE, state="stopped", reason="a reason")
    await catalog.run(lambda tx: automations.set_state(tx, ONE, "active", origin="AKIA2"))
    assert await automations.find(catalog, ONE.id) == replace(ONE, origin="AKIA2")
    for id in (ONE.id, "1f"):
        await catalog.run(partial(automations.remove, one=replace(ONE, id=id)))
    assert await buckets.attached(catalog, BUCKET.id, DOCUMENT) is None


async def test_what_was_shared_is_shared_once_whoever_shares_it(catalog: Catalog) -> None:
    assert await catalog.run(lambda tx: automation_runs.write(tx, RUN))
    assert await automation_runs.find(catalog, ONE.id, RUN.event) == replace(RUN, reason="not now")
    shared = [replace(RUN, outcome="shared", share=f"{n}", reason="") for n in range(8)]
    won = await asyncio.gather(
        *(catalog.run(partial(automation_runs.write, run=run)) for run in shared)
    )
    assert sum(won) == 1
    assert await automation_runs.find(catalog, ONE.id, RUN.event) == shared[won.index(True)]
    assert not await catalog.run(lambda tx: automation_runs.write(tx, RUN))


async def test_runs_are_told_from_the_newest_and_pruned_from_the_oldest(catalog: Catalog) -> None:
    runs = [replace(RUN, event=f"{n:016x}", at_us=NOW + n, reason="") for n in range(5)]
    for run in (*runs, replace(runs[0], automation="other", at_us=NOW + 9)):
        await catalog.run(partial(automation_runs.write, run=run))
    assert await automation_runs.newest(catalog, ONE.id, "", 2) == [runs[4], runs[3]]
    assert await automation_runs.newest(catalog, ONE.id, runs[3].event, 9) == runs[2::-1]
    assert await catalog.run(lambda tx: automation_runs.prune(tx, NOW + 2)) == 2
    assert await catalog.run(lambda tx: automation_runs.prune(tx, NOW + 2)) == 0
    assert await automation_runs.newest(catalog, ONE.id, "", 9) == runs[:1:-1]


async def test_they_go_with_their_account(catalog: Catalog) -> None:
    for account in (ACCOUNT, OTHER):
        await catalog.run(partial(accounts.create, account=account))
    mine, other = ONE, replace(ONE, id="1f", account=OTHER.id)
    for one in (mine, other):
        await catalog.run(partial(automations.add, one=one))
        await catalog.run(partial(automation_runs.write, run=replace(RUN, automation=one.id)))
    assert await catalog.run(partial(accounts.remove, id=ACCOUNT.id))
    assert await automations.find(catalog, mine.id) is None
    assert await automation_runs.newest(catalog, mine.id, "", 9) == []
    assert await automations.find(catalog, other.id) == other
    assert len(await automation_runs.newest(catalog, other.id, "", 9)) == 1
