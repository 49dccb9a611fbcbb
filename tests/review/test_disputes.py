"""What people say of decisions, and what does not wait for ever: disputed, given up, overdue."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from narthex.review.waiting import give_up_old, tell_overdue
from narthex.steward import chores
from tests.driving import Driver
from tests.pure.review.models import known
from tests.review.conftest import People
from tests.review.deciding import CARDS, MODEL, asked, install
from tests.review.test_decisions_api import ONE_CARD, listed, refused

GOOD = {"channel": "link", "audience": "named", "password": True, "fetched": False}
HOUR = 3_600_000_000  # microseconds
NOTE = {"reason_id": "pii.card", "note": "these are part numbers"}


async def payloads(narthex: Driver) -> list[tuple[str, dict[str, Any]]]:
    """What is to be delivered, and to which target."""
    rows = await narthex.server.catalog.fetch("SELECT target, payload FROM deliveries")
    return [(row[0].rpartition(":")[2], json.loads(row[1])) for row in rows]


async def target(people: People, *names: str) -> None:
    """Targets of these names, at an address of the internet."""
    for name in names:
        told = {"name": name, "url": "https://93.184.215.14/hook"}
        await people.root.ask("POST", "targets", told)


async def test_whoever_got_a_verdict_disputes_it_and_its_owner_answers(people: People) -> None:
    await target(people, "review-ana")
    judged = await asked(people.narthex, people.asker)
    path = f"decisions/{judged.id}"
    answer = await people.eva.send("POST", f"{path}/dispute", NOTE)
    assert answer.status == 201
    said = json.loads(answer.body)["dispute"]
    assert (said["state"], said["reason_id"]) == ("open", "pii.card")
    ((name, notice),) = await payloads(people.narthex)
    assert (name, notice["type"]) == ("review-ana", "narthex.review.disputed")
    assert notice["data"]["note"] in notice["text"]
    assert f"narthex review agree {judged.id}" in notice["text"]
    assert await listed(people.ana, disputed="open") == [judged.id]
    assert await refused(people.eva, "POST", f"{path}/dispute/answer", {"agrees": True}) == (
        "403 AccessDenied"
    )
    answered = {"agrees": True, "reason": "they are"}
    told = await people.ana.ask("POST", f"{path}/dispute/answer", answered)
    (one,) = told["disputes"]
    assert (one["state"], one["answer"]) == ("agreed", "they are")
    assert one["answered_by"].endswith(":user/ana")
    assert await listed(people.ana, disputed="open") == []
    assert await listed(people.eva, disputed="agreed") == [judged.id]
    shown = (await people.eva.ask("GET", path))["decision"]
    assert shown["disputes"] == [one]
    assert (shown["approval"], shown["outcome"]) == (None, "open")  # it lets nothing through
    fired = (await people.eva.ask("GET", "statistics/decisions"))["fired"]
    told_of = {one["name"]: (one["disputed"], one["agreed"]) for one in fired}
    assert (told_of["pii.card"], told_of["pii.iban"]) == ((1, 1), (0, 0))


async def test_the_masked_evidence_goes_to_the_owner_and_nothing_that_is_not_disputed(
    people: People,
) -> None:
    await target(people, "reviews")
    seen = {"pii.card": "4111…1111 @ line 2", "pii.iban": "DE89…3000 @ line 3"}
    found = [replace(one, evidence=(seen[one.id],) if one.id in seen else ()) for one in CARDS]
    judged = await asked(people.narthex, people.asker, found)
    await people.eva.ask("POST", f"decisions/{judged.id}/dispute", NOTE)
    ((_, notice),) = await payloads(people.narthex)
    assert notice["data"]["evidence"] == [seen["pii.card"]]
    assert "4111…1111" in notice["text"]
    assert "DE89" not in notice["text"]


async def test_a_dispute_is_said_once_by_each_and_about_what_fired(people: People) -> None:
    judged = await asked(people.narthex, people.asker)
    path = f"decisions/{judged.id}/dispute"
    for body in (
        {"reason_id": "pii.email"},
        {"reason_id": "pii.car"},
        {"note": "no"},
        {"note": "x" * 1001},
        {"reason": "pii.card"},
    ):
        assert await refused(people.eva, "POST", path, body) == "400 InvalidArgument"
    await people.eva.ask("POST", path, {})
    assert await refused(people.eva, "POST", path, NOTE) == "409 DecisionFinal"
    await people.ana.ask("POST", path, NOTE)  # whoever answers may say so, too
    assert await refused(people.mallory, "POST", path, NOTE) == "404 NoSuchDecision"
    answer = f"{path}/answer"
    # With four eyes nobody answers what they said themselves.
    assert await refused(people.ana, "POST", answer, {"agrees": True}) == "403 AccessDenied"


async def test_what_went_ahead_is_not_disputed_and_nothing_is_answered_twice(
    people: People,
) -> None:
    clean = await asked(people.narthex, people.asker, ONE_CARD, fields={})
    fine = await asked(people.narthex, people.asker, known(), fields=GOOD)
    assert (clean.verdict.decision, fine.verdict.decision) == ("confirm", "proceed")
    path = f"decisions/{fine.id}/dispute"
    assert await refused(people.eva, "POST", path, {}) == "409 DecisionFinal"
    path = f"decisions/{clean.id}/dispute"
    assert await refused(people.ana, "POST", f"{path}/answer", {"agrees": False}) == (
        "409 DecisionFinal"
    )
    await people.eva.ask("POST", path, {})
    assert await refused(people.ana, "POST", f"{path}/answer", {}) == "400 InvalidArgument"
    await people.ana.ask("POST", f"{path}/answer", {"agrees": False})
    assert await refused(people.ana, "POST", f"{path}/answer", {"agrees": True}) == (
        "409 DecisionFinal"
    )


async def test_whoever_asked_gives_it_up_and_then_nobody_can_approve_it(people: People) -> None:
    judged = await asked(people.narthex, people.asker)
    path = f"decisions/{judged.id}"
    assert await refused(people.ana, "POST", f"{path}/abandonment", {}) == "404 NoSuchDecision"
    assert await refused(people.eva, "POST", f"{path}/abandonment", {"a": 1}) == (
        "400 InvalidArgument"
    )
    assert await people.eva.ask("POST", f"{path}/abandonment", {}) == {}
    assert await refused(people.eva, "POST", f"{path}/abandonment", {}) == "409 DecisionFinal"
    assert await listed(people.ana, waiting="true") == []
    assert await listed(people.ana, outcome="abandoned") == [judged.id]
    reason = {"reason": "a customer"}
    assert await refused(people.ana, "POST", f"{path}/approval", reason) == "409 DecisionFinal"
    counts = await people.eva.ask("GET", "statistics/decisions")
    assert counts["outcomes"] == {"open": 0, "proceeded": 0, "abandoned": 1}


async def test_a_file_that_came_in_is_not_given_up_by_who_asked_for_it(people: People) -> None:
    judged = await asked(people.narthex, people.asker, kind="upload")
    told = await refused(people.eva, "POST", f"decisions/{judged.id}/abandonment", {})
    assert told == "409 DecisionFinal"


async def test_a_confirmation_that_nobody_gave_is_given_up_after_a_day(people: People) -> None:
    judged = await asked(people.narthex, people.asker, ONE_CARD)
    waits = await asked(people.narthex, people.asker)
    people.narthex.clock.now_us += 24 * HOUR
    assert await give_up_old(people.narthex.server) == 0
    people.narthex.clock.now_us += 1
    assert await give_up_old(people.narthex.server) == 1
    assert await listed(people.eva, outcome="abandoned") == [judged.id]
    assert await listed(people.eva, outcome="open") == [waits.id]  # for its owner
    assert {"give up confirmations", "tell deputies"} <= {one.name for one in chores()}


async def test_deputies_are_told_once_of_what_waits_too_long(people: People) -> None:
    await target(people, "review-ben", "review-ana")
    narthex = people.narthex
    judged = await asked(narthex, people.asker)
    narthex.clock.now_us += 1
    other = await asked(narthex, people.asker, object="sha256:01")
    await people.ana.ask("POST", f"decisions/{other.id}/approval", {"reason": "a customer"})
    narthex.clock.now_us += 4 * HOUR - 2
    assert await tell_overdue(narthex.server) == 0
    assert (await people.eva.ask("GET", f"decisions/{judged.id}"))["decision"]["overdue"] is False
    narthex.clock.now_us += 1
    shown = (await people.eva.ask("GET", f"decisions/{judged.id}"))["decision"]
    assert (shown["overdue"], shown["due_at"]) == (True, "2026-11-24T16:00:00Z")
    narthex.clock.now_us += 1
    assert await tell_overdue(narthex.server) == 1
    assert await tell_overdue(narthex.server) == 0
    ((name, notice),) = await payloads(narthex)
    assert (name, notice["type"]) == ("review-ben", "narthex.review.overdue")
    assert notice["data"]["decision"] == judged.id
    assert "has not answered within 4 hours" in notice["text"]
    shown = (await people.eva.ask("GET", f"decisions/{judged.id}"))["decision"]
    assert shown["escalated_at"] == "2026-11-24T16:00:00Z"


async def test_where_there_is_no_deputy_nobody_is_told_and_it_is_still_overdue(
    people: People, tmp_path: Path
) -> None:
    install(tmp_path, MODEL.replace('deputies = ["user/ben", "role/auditor"]\n', ""))
    await target(people, "reviews")
    judged = await asked(people.narthex, people.asker)
    people.narthex.clock.now_us += 5 * HOUR
    assert await tell_overdue(people.narthex.server) == 0
    assert await payloads(people.narthex) == []
    shown = (await people.eva.ask("GET", f"decisions/{judged.id}"))["decision"]
    assert (shown["overdue"], shown["escalated_at"]) == (True, None)
