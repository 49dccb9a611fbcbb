"""Decisions over the API: who meets which, who approves, and the rights that each needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.review.settling import Justified, settle
from tests.asking import Api
from tests.ledger.sharing import Refused, Sharer
from tests.pure.review.models import known
from tests.review.conftest import EVERYTHING, People, owner_of
from tests.review.deciding import asked

ONE_CARD = known(pii_card=1)


async def listed(caller: Sharer, **query: str) -> list[str]:
    return [one["id"] for one in (await caller.ask("GET", "decisions", **query))["decisions"]]


async def refused(caller: Sharer, method: str, path: str, body: Any = None, **query: str) -> str:
    with pytest.raises(Refused) as error:
        await caller.ask(method, path, body, **query)
    return f"{error.value.status} {error.value.code}"


async def test_a_decision_is_told_with_what_was_known(people: People) -> None:
    judged = await asked(people.narthex, people.asker)
    told = (await people.eva.ask("GET", f"decisions/{judged.id}"))["decision"]
    assert told["id"] == judged.id
    assert (told["decision"], told["enforced"], told["owner"]) == ("refuse", "refuse", "ana")
    assert told["verdict"]["reasons"][0]["id"] == "pii.card"
    assert told["situation"]["fields"]["audience"] == "anyone"
    assert {one["id"]: one["count"] for one in told["facts"]}["pii.iban"] == 240
    assert (told["outcome"], told["approval"], told["settled_at"]) == ("open", None, None)


async def test_who_asked_who_answers_and_root_meet_it(people: People) -> None:
    judged = await asked(people.narthex, people.asker)
    for caller in (people.eva, people.ana, people.root):
        assert await listed(caller) == [judged.id]
    assert await listed(people.mallory) == []
    assert await refused(people.mallory, "GET", f"decisions/{judged.id}") == "404 NoSuchDecision"
    answer = await people.narthex.as_nobody().raw("GET", f"/-/api/v1/decisions/{judged.id}")
    assert answer.status == 403


async def test_pages_follow_one_another(people: People) -> None:
    made = []
    for _ in range(3):
        people.narthex.clock.now_us += 1
        made.append((await asked(people.narthex, people.asker)).id)
    page = await people.eva.ask("GET", "decisions", limit="2")
    assert [one["id"] for one in page["decisions"]] == [made[2], made[1]]
    assert await listed(people.eva, after=page["next"]) == [made[0]]


async def test_filters_choose_and_what_is_none_is_refused(people: People) -> None:
    refused_one = await asked(people.narthex, people.asker)
    people.narthex.clock.now_us += 1
    other = await asked(people.narthex, people.asker, ONE_CARD)
    assert await listed(people.ana, waiting="true") == [refused_one.id]
    assert await listed(people.ana, decision="confirm") == [other.id]
    assert await listed(people.ana, fired="pii.iban") == [refused_one.id]
    assert await listed(people.ana, place="hr/") == []
    for name, value in (
        ("decision", "maybe"),
        ("outcome", "odd"),
        ("waiting", "yes"),
        ("since", "today"),
        ("limit", "0"),
        ("unheard", "of"),
    ):
        told = await refused(people.ana, "GET", "decisions", **{name: value})
        assert told == "400 InvalidArgument"


async def test_it_is_counted_what_fired_and_what_became_of_it(people: People) -> None:
    judged = await asked(people.narthex, people.asker)
    other = await asked(people.narthex, people.asker, ONE_CARD)
    await settle(
        people.narthex.server, people.asker, other, "proceeded", justified=Justified("agreed")
    )
    await people.ana.ask("POST", f"decisions/{judged.id}/approval", {"reason": "a customer"})
    told = await people.eva.ask("GET", "statistics/decisions")
    assert told["decisions"] == {"proceed": 0, "confirm": 1, "refuse": 1}
    assert told["outcomes"] == {"open": 1, "proceeded": 1, "abandoned": 0}
    fired = {one["name"]: one for one in told["fired"]}
    assert fired["pii.card"] == {
        "kind": "fact",
        "name": "pii.card",
        "fired": 2,
        "confirm": 1,
        "refuse": 1,
        "justified": 1,
        "overridden": 1,
        "abandoned": 0,
        "disputed": 0,
        "agreed": 0,
    }
    assert fired["earn-trust"]["kind"] == "principle"
    assert (await people.mallory.ask("GET", "statistics/decisions"))["fired"] == []


async def test_the_owner_approves_and_nobody_else(people: People) -> None:
    judged = await asked(people.narthex, people.asker)
    path = f"decisions/{judged.id}/approval"
    reason = {"reason": "a customer asked for it"}
    assert await refused(people.eva, "POST", path, reason) == "403 AccessDenied"
    assert await refused(people.root, "POST", path, reason) == "403 AccessDenied"
    assert await refused(people.mallory, "POST", path, reason) == "404 NoSuchDecision"
    assert await refused(people.ana, "POST", path, {}) == "400 InvalidArgument"
    assert await refused(people.ana, "POST", path, reason | {"lasts": 3601}) == (
        "400 InvalidArgument"
    )
    answer = await people.ana.send("POST", path, reason | {"lasts": 60})
    assert answer.status == 201
    given = json.loads(answer.body)["approval"]
    assert (given["decision"], given["until"]) == (judged.id, "2026-11-24T12:01:00Z")
    assert given["approver"].endswith(":user/ana")
    assert await refused(people.ana, "POST", path, reason) == "409 DecisionFinal"
    told = (await people.eva.ask("GET", f"decisions/{judged.id}"))["decision"]
    assert told["approval"] == given


@pytest.mark.parametrize(
    ("action", "method", "path"),
    [
        ("narthex:ListDecisions", "GET", "decisions"),
        ("narthex:ListDecisions", "GET", "statistics/decisions"),
        ("narthex:GetDecision", "GET", "decisions/{id}"),
        ("narthex:ApproveDecision", "POST", "decisions/{id}/approval"),
        ("narthex:AbandonDecision", "POST", "decisions/{id}/abandonment"),
        ("narthex:DisputeDecision", "POST", "decisions/{id}/dispute"),
        ("narthex:GetModel", "GET", "model"),
    ],
)
async def test_each_needs_its_right(people: People, action: str, method: str, path: str) -> None:
    asker = await owner_of(people.narthex, people.ana.s3) if "aband" in path else people.asker
    judged = await asked(people.narthex, asker)
    body = {"reason": "a customer"} if "approval" in path else {} if method == "POST" else None
    root, path = Api(people.narthex), path.format(id=judged.id)
    await root.allow("ana", EVERYTHING, {"Effect": "Deny", "Action": action, "Resource": "*"})
    assert await refused(people.ana, method, path, body) == "403 AccessDenied"
    await root.allow("ana", {"Effect": "Allow", "Action": action, "Resource": "*"})
    assert (await people.ana.send(method, path, body)).status < 300
