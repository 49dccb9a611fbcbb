"""Decisions and approvals on every catalog: kept, found by those who may, counted, settled once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from narthex.catalog import Catalog, approvals, decisions, disputes
from narthex.catalog.approvals import Approval
from narthex.catalog.decisions import Decision, Mark, Seen, Sought, Tally
from narthex.catalog.disputes import Dispute
from narthex.errors import Conflict
from tests.contract.values import ACCOUNT, NOW, OTHER

_numbers = itertools.count(1)
ALL = Seen(ACCOUNT.id, None)
ANA = Seen(ACCOUNT.id, "AIDAANA")
MINUTE = 60_000_000
MARKS = (
    Mark("fact", "pii.card"),
    Mark("rule", "habit.anyone"),
    Mark("principle", "earn-trust"),
    Mark("answers", "finance"),
    Mark("answers", "ben"),
)


def decision_of(**more: object) -> Decision:
    """A decision about an object of Ana's."""
    at_us = NOW + next(_numbers)
    made = Decision(
        id=decisions.decision_id(at_us, f"{next(_numbers):016x}"),
        account=ACCOUNT.id,
        asker="arn:aws:iam::123456789012:user/ana",
        asker_key="AIDAANA",
        at_us=at_us,
        kind="share",
        place="b/☃",
        object="sha256:00",
        binding="b1",
        decision="refuse",
        enforced="refuse",
        mode="enforce",
        risk=716,
        data=800,
        heuristics=520,
        coverage=100,
        door="one-way",
        responsible="finance",
        model="sha256:01",
        situation="{}",
        findings="[]",
        verdict='{"gates":[]}',
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def add(catalog: Catalog, *marks: Mark, **more: object) -> Decision:
    """A decision that is kept."""
    made = decision_of(**more)
    await catalog.run(lambda tx: decisions.add(tx, made, marks or MARKS))
    return made


async def ids(catalog: Catalog, sought: Sought) -> list[str]:
    return [one.id for one in await decisions.page(catalog, sought, None, 10)]


async def test_a_decision_comes_back_as_it_was(catalog: Catalog) -> None:
    made = await add(catalog, settled_us=NOW, justification="agreed", typed="it is ☃")
    assert await decisions.find(catalog, ALL, made.id) == made
    assert await decisions.find(catalog, ALL, made.id + "0") is None
    assert await decisions.find(catalog, Seen(OTHER.id, None), made.id) is None


async def test_it_is_met_by_who_asked_by_who_answers_and_by_nobody_else(catalog: Catalog) -> None:
    made = await add(catalog)
    for seen, met in (
        (ANA, True),
        (Seen(ACCOUNT.id, "AIDABEN", ("ben", "user/ben")), True),
        (Seen(ACCOUNT.id, "AIDABEN", ("be", "user/ben")), False),
        (Seen(ACCOUNT.id, "AIDABEN", ("pii.card",)), False),
        (Seen(ACCOUNT.id, "AIDABEN"), False),
        (Seen(OTHER.id, "AIDAANA", ("ben",)), False),
    ):
        assert (await decisions.find(catalog, seen, made.id) is not None) == met, seen
        assert bool(await ids(catalog, Sought(seen))) == met, seen


async def test_pages_are_the_newest_first_and_go_on_behind_an_id(catalog: Catalog) -> None:
    made = [await add(catalog) for _ in range(5)]
    first = await decisions.page(catalog, Sought(ALL), None, 2)
    rest = await decisions.page(catalog, Sought(ALL), first[-1].id, 10)
    assert [one.id for one in (*first, *rest)] == [one.id for one in reversed(made)]


async def test_each_filter_admits_what_it_names(catalog: Catalog) -> None:
    one = await add(catalog)
    other = await add(
        catalog,
        Mark("fact", "pii.iban"),
        decision="confirm",
        enforced="confirm",
        outcome="proceeded",
        place="c/k",
        model="sha256:02",
    )
    for wanted in (
        Sought(ALL, decision="refuse"),
        Sought(ALL, outcome="open"),
        Sought(ALL, place="b/"),
        Sought(ALL, place="b/☃"),
        Sought(ALL, model="sha256:01"),
        Sought(ALL, fired="pii.card"),
        Sought(ALL, fired="earn-trust"),
        Sought(ALL, until_us=other.at_us),
        Sought(ALL, waiting=True),
    ):
        assert await ids(catalog, wanted) == [one.id], wanted
    assert await ids(catalog, Sought(ALL, since_us=other.at_us)) == [other.id]
    assert await ids(catalog, Sought(ALL, fired="ben")) == []


async def test_it_is_settled_once(catalog: Catalog) -> None:
    made = await add(catalog)

    async def settle(outcome: decisions.Outcome) -> bool:
        return await catalog.run(
            lambda tx: decisions.settle(
                tx, made.id, outcome, NOW + 9, share="0f3c", justification="typed", typed="so"
            )
        )

    assert await settle("proceeded")
    assert not await settle("abandoned")
    found = await decisions.find(catalog, ALL, made.id)
    assert found == replace(
        made,
        outcome="proceeded",
        share="0f3c",
        justification="typed",
        typed="so",
        settled_us=NOW + 9,
    )
    assert await ids(catalog, Sought(ALL, waiting=True)) == []


async def test_it_is_counted_how_often_each_thing_fired(catalog: Catalog) -> None:
    assert await decisions.tally(catalog, Sought(ALL)) == []
    assert await decisions.count(catalog, Sought(ALL)) == {}
    await add(catalog, decision="confirm", justification="agreed")
    await add(catalog, approval="a1")
    await add(catalog, Mark("fact", "pii.card"), decision="proceed")
    assert await decisions.tally(catalog, Sought(ALL)) == [
        Tally("fact", "pii.card", 3, 1, 1, 1, 1, 0, 0, 0),
        Tally("principle", "earn-trust", 2, 1, 1, 1, 1, 0, 0, 0),
        Tally("rule", "habit.anyone", 2, 1, 1, 1, 1, 0, 0, 0),
    ]
    every = {("confirm", "open"): 1, ("proceed", "open"): 1, ("refuse", "open"): 1}
    assert await decisions.count(catalog, Sought(ALL)) == every
    counted = await decisions.count(catalog, Sought(ANA, decision="refuse"))
    assert counted == {("refuse", "open"): 1}


def approval_of(decision: Decision, until_us: int = NOW + MINUTE) -> Approval:
    return Approval(
        f"{next(_numbers):016x}",
        decision.account,
        decision.id,
        decision.binding,
        "arn",
        "because ☃",
        716,
        "gate.a gate.b",
        NOW,
        until_us,
    )


async def test_an_approval_stands_for_its_binding_until_it_is_over(catalog: Catalog) -> None:
    given = approval_of(await add(catalog))
    await catalog.run(lambda tx: approvals.add(tx, given))
    assert await approvals.find(catalog, given.id) == given
    assert await approvals.standing(catalog, ACCOUNT.id, "b1", NOW + MINUTE - 1) == [given]
    for account, binding, now_us in (
        (ACCOUNT.id, "b1", NOW + MINUTE),
        (ACCOUNT.id, "b2", NOW),
        (OTHER.id, "b1", NOW),
    ):
        assert await approvals.standing(catalog, account, binding, now_us) == []


async def test_a_decision_is_approved_once(catalog: Catalog) -> None:
    made = await add(catalog)
    await catalog.run(lambda tx: approvals.add(tx, approval_of(made)))
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: approvals.add(tx, approval_of(made)))


def dispute_of(decision: Decision, key: str = "AIDAANA", **more: Any) -> Dispute:
    told: dict[str, Any] = {"reason": "pii.card", "note": "it is ☃", "at_us": NOW} | more
    return Dispute(decision.id, key, f"arn:{key}", **told)


async def test_a_decision_is_disputed_once_by_each_and_answered_for_all(catalog: Catalog) -> None:
    made, other = await add(catalog), await add(catalog)
    first = dispute_of(made)
    second = dispute_of(made, "AIDABEN", reason="", at_us=NOW + 1)
    for one in (second, first):
        await catalog.run(lambda tx, one=one: disputes.add(tx, one))  # type: ignore[misc]
    with pytest.raises(Conflict):
        await catalog.run(lambda tx: disputes.add(tx, replace(first, reason="")))
    told = await disputes.of(catalog, (made.id, other.id))
    assert told == {made.id: [first, second], other.id: []}
    assert await disputes.of(catalog, ()) == {}
    answer = (made.id, "agreed", "arn:ana", "true", NOW + 9)
    assert await catalog.run(lambda tx: disputes.answer(tx, *answer)) == 2  # type: ignore[arg-type]
    assert await catalog.run(lambda tx: disputes.answer(tx, *answer)) == 0  # type: ignore[arg-type]
    assert {one.state for one in (await disputes.of(catalog, (made.id,)))[made.id]} == {"agreed"}


async def test_disputes_are_filtered_and_counted_for_what_they_are_about(catalog: Catalog) -> None:
    card, whole, _ = [await add(catalog) for _ in range(3)]
    await catalog.run(lambda tx: disputes.add(tx, dispute_of(card)))
    await catalog.run(lambda tx: disputes.add(tx, dispute_of(whole, reason="")))
    answer = (whole.id, "agreed", "arn", "", NOW)
    await catalog.run(lambda tx: disputes.answer(tx, *answer))  # type: ignore[arg-type]
    assert await ids(catalog, Sought(ALL, disputed="any")) == [whole.id, card.id]
    assert await ids(catalog, Sought(ALL, disputed="open")) == [card.id]
    assert await ids(catalog, Sought(ALL, disputed="agreed")) == [whole.id]
    assert await ids(catalog, Sought(ALL, disputed="disagreed")) == []
    told = {
        one.name: (one.disputed, one.agreed) for one in await decisions.tally(catalog, Sought(ALL))
    }
    assert told == {"pii.card": (2, 1), "habit.anyone": (1, 1), "earn-trust": (1, 1)}


async def test_confirmations_that_nobody_gave_are_given_up(catalog: Catalog) -> None:
    old = await add(catalog, enforced="confirm")
    others = [
        await add(catalog, enforced="confirm", outcome="proceeded"),
        await add(catalog, enforced="refuse"),
        await add(catalog, enforced="confirm", kind="upload"),
    ]
    new = await add(catalog, enforced="confirm")
    assert await catalog.run(lambda tx: decisions.give_up(tx, new.at_us, NOW)) == 1
    assert await catalog.run(lambda tx: decisions.give_up(tx, new.at_us, NOW)) == 0
    assert await ids(catalog, Sought(ALL, outcome="abandoned")) == [old.id]
    for one in (*others, new):
        assert await decisions.find(catalog, ALL, one.id) == one
    (told,) = [one for one in await decisions.tally(catalog, Sought(ALL)) if one.kind == "fact"]
    assert (told.fired, told.abandoned) == (5, 1)


async def test_what_is_due_is_seen_to_once(catalog: Catalog) -> None:
    late, later = await add(catalog, due_us=NOW + 1), await add(catalog, due_us=NOW)
    await add(catalog)
    assert await decisions.due(catalog, NOW - 1, 9) == []
    assert await decisions.due(catalog, NOW, 9) == [later]
    assert await decisions.due(catalog, NOW + 1, 9) == [later, late]
    assert await decisions.due(catalog, NOW + 1, 1) == [later]
    await catalog.run(lambda tx: decisions.seen_to(tx, later.id, NOW + 2))
    assert await decisions.due(catalog, NOW + 1, 9) == [late]
    found = await decisions.find(catalog, ALL, later.id)
    assert found is not None
    assert (found.due_us, found.escalated_us) == (None, NOW + 2)


async def test_what_is_old_goes_with_all_that_hangs_on_it(catalog: Catalog) -> None:
    old, new = await add(catalog), await add(catalog)
    await catalog.run(lambda tx: approvals.add(tx, approval_of(old)))
    await catalog.run(lambda tx: disputes.add(tx, dispute_of(old)))
    assert await catalog.run(lambda tx: decisions.prune(tx, new.at_us)) == 1
    assert await catalog.run(lambda tx: decisions.prune(tx, new.at_us)) == 0
    assert await ids(catalog, Sought(ALL)) == [new.id]
    rows = await catalog.fetch("SELECT DISTINCT decision FROM decision_marks")
    assert rows == [(new.id,)]
    assert await catalog.fetch("SELECT id FROM approvals") == []
    assert await catalog.fetch("SELECT decision FROM disputes") == []
