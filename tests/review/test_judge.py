"""Judging, settling and approving: who may say otherwise, for what, and for how long."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narthex.catalog import decisions
from narthex.catalog.decisions import Decision, Seen
from narthex.pure.review.engine import decide
from narthex.pure.review.situation import SituationError, read_situation
from narthex.pure.shares import Owner
from narthex.review.approvals import approve
from narthex.review.errors import ReviewError
from narthex.review.judge import judge
from narthex.review.models import models_of
from narthex.review.names import names_of
from narthex.review.pruning import prune
from narthex.review.settling import Justified, settle
from narthex.steward import chores
from tests.asking import Api
from tests.driving import SECOND, Driver, open_driver
from tests.pure.review.models import known
from tests.review.conftest import owner_of
from tests.review.deciding import (
    CARDS,
    EVA,
    MODEL,
    OPEN,
    ROOT,
    asked,
    install,
    session,
    situation,
    user,
)

ANA, BEN, MALLORY = user("ana"), user("ben", path="/staff/"), user("mallory")
HOUR = 3600
ONE_CARD = known(pii_card=1)


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server whose model has owners."""
    install(tmp_path)
    async for driver in open_driver(tmp_path, observes=False):
        yield driver


async def row(narthex: Driver, id: str) -> Decision:
    found = await decisions.find(narthex.server.catalog, Seen(EVA.account, None), id)
    assert found is not None
    return found


async def test_a_decision_is_written_down_with_all_that_was_known(narthex: Driver) -> None:
    judged = await asked(narthex)
    assert (judged.enforced, judged.verdict.owner.name) == ("refuse", "ana")
    kept = await row(narthex, judged.id)
    assert (kept.asker, kept.asker_key, kept.responsible) == (EVA.arn, EVA.id, "ana")
    assert (kept.risk / 10, kept.coverage) == (judged.verdict.risk, 100)
    assert kept.model == judged.model.digest
    assert json.loads(kept.situation)["fields"] == OPEN
    assert [one["id"] for one in json.loads(kept.findings)] == [one.id for one in CARDS]
    assert json.loads(kept.verdict)["decision"] == "refuse"


async def test_a_dry_run_leaves_nothing(narthex: Driver) -> None:
    judged = await judge(narthex.server, EVA, situation(), CARDS, record=False)
    assert (judged.id, judged.enforced) == ("", "refuse")
    assert await narthex.server.catalog.fetch("SELECT id FROM decisions") == []


async def test_a_kind_that_the_model_does_not_know_is_refused(narthex: Driver) -> None:
    with pytest.raises(SituationError):
        await asked(narthex, kind="loan")


async def test_keys_and_evidence_of_any_kind_are_kept_and_read_back(narthex: Driver) -> None:
    found = known(label_classification=1)
    loud = replace(found[9], value="x" * 5000, evidence=("\0\x1b☃" * 500,))
    assert loud.id == "label.classification"
    place = "finance/a\0b"
    judged = await asked(narthex, found=(*found[:9], loud, *found[10:]), place=place)
    assert all(len(one.text) < 400 for one in judged.verdict.reasons)
    kept = await row(narthex, judged.id)
    assert kept.place == "finance/a\ufffdb"
    situation_told = json.loads(kept.situation) | {"facts": json.loads(kept.findings)}
    again, facts = read_situation(situation_told)
    verdict = decide(judged.model, again, facts)
    assert replace(verdict, safer=()) == replace(judged.verdict, safer=())


async def test_what_is_refused_cannot_go_ahead(narthex: Driver) -> None:
    judged = await asked(narthex)
    with pytest.raises(ReviewError, match="only ana can say otherwise"):
        await settle(narthex.server, EVA, judged, "proceeded", justified=Justified("agreed"))
    await settle(narthex.server, EVA, judged, "abandoned")
    assert (await row(narthex, judged.id)).outcome == "abandoned"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, "ConfirmationNeeded"),
        (Justified(text="too short"), "ConfirmationNeeded"),
        (Justified("other"), "ConfirmationNeeded"),
        (Justified("typed", " " * 20), "ConfirmationNeeded"),
        (Justified("unheard-of", "a reason that is long"), "InvalidArgument"),
    ],
)
async def test_what_is_to_be_confirmed_needs_a_reason(
    narthex: Driver, said: Justified | None, code: str
) -> None:
    judged = await asked(narthex, found=ONE_CARD)
    assert judged.enforced == "confirm"
    with pytest.raises(ReviewError) as error:
        await settle(narthex.server, EVA, judged, "proceeded", justified=said)
    assert error.value.code == code
    assert (await row(narthex, judged.id)).outcome == "open"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (Justified("agreed"), ("agreed", "")),
        (Justified("other", "for the auditors"), ("other", "for the auditors")),
        (Justified(text="for the auditors\0"), ("typed", "for the auditors")),
    ],
)
async def test_a_reason_is_kept_with_what_came_of_it(
    narthex: Driver, said: Justified, kept: tuple[str, str]
) -> None:
    judged = await asked(narthex, found=ONE_CARD)
    await settle(narthex.server, EVA, judged, "proceeded", share="0f3c", justified=said)
    found = await row(narthex, judged.id)
    assert (found.justification, found.typed) == kept
    assert (found.outcome, found.share) == ("proceeded", "0f3c")
    with pytest.raises(ReviewError, match="told before"):
        await settle(narthex.server, EVA, judged, "abandoned")


async def test_only_who_asked_tells_what_came_of_it(narthex: Driver) -> None:
    judged = await asked(narthex, found=ONE_CARD)
    for other in (ANA, ROOT, MALLORY, user("eva", "210987654321")):
        with pytest.raises(ReviewError, match="there is no decision"):
            await settle(narthex.server, other, judged, "abandoned")


@pytest.mark.parametrize("approver", [ANA, BEN, session("auditor", "x")], ids=lambda one: one.name)
async def test_the_owner_or_a_deputy_says_otherwise(narthex: Driver, approver: Owner) -> None:
    judged = await asked(narthex)
    given = await approve(narthex.server, approver, judged.id, "a customer asked for it")
    assert given.until_us == narthex.clock.now_us + HOUR * SECOND
    assert (await row(narthex, judged.id)).approval == given.id
    again = await asked(narthex)
    assert (again.enforced, again.verdict.enforced) == ("proceed", "refuse")
    assert again.approval == given
    assert (await row(narthex, again.id)).approval == given.id
    await settle(narthex.server, EVA, again, "proceeded", share="0f3c")


@pytest.mark.parametrize(
    ("approver", "code"),
    [
        (ROOT, "AccessDenied"),
        (EVA, "AccessDenied"),
        (MALLORY, "NoSuchDecision"),
        (user("ana", "210987654321"), "NoSuchDecision"),
        (session("auditors", "x"), "NoSuchDecision"),
        (session("x", "ana"), "NoSuchDecision"),
        (replace(ANA, narrowed=True), "NoSuchDecision"),
        (Owner("federated", EVA.account, "", ANA.arn, "ana"), "NoSuchDecision"),
    ],
)
async def test_nobody_else_does(narthex: Driver, approver: Owner, code: str) -> None:
    judged = await asked(narthex)
    with pytest.raises(ReviewError) as error:
        await approve(narthex.server, approver, judged.id, "a reason")
    assert error.value.code == code
    assert (await asked(narthex)).enforced == "refuse"


async def test_with_four_eyes_nobody_approves_what_they_asked_for(
    narthex: Driver, tmp_path: Path
) -> None:
    judged = await asked(narthex, ANA)
    with pytest.raises(ReviewError, match="asked for themselves"):
        await approve(narthex.server, ANA, judged.id, "a reason")
    await approve(narthex.server, BEN, judged.id, "a reason")
    one, other = session("auditor", "one"), session("auditor", "other")
    judged = await asked(narthex, one)
    with pytest.raises(ReviewError, match="asked for themselves"):
        await approve(narthex.server, other, judged.id, "a reason")


@pytest.mark.parametrize(
    "change",
    [
        {"object": "sha256:01"},
        {"object": ""},
        {"place": "finance/other.xlsx"},
        {"recipients": ("mallory@example.org",)},
        {"whole": True},
        {"fields": OPEN | {"first_time": True}},
        {"fields": OPEN | {"audience": "named"}},
        {"fields": OPEN | {"denied": True}},
    ],
)
async def test_an_approval_holds_for_the_bytes_the_people_and_the_risk_that_were_seen(
    narthex: Driver, change: dict[str, Any]
) -> None:
    await approve(narthex.server, ANA, (await asked(narthex)).id, "a reason")
    assert (await asked(narthex)).enforced == "proceed"
    judged = await asked(narthex, **change)
    assert judged.approval is None
    assert judged.enforced != "proceed"


async def test_an_approval_holds_for_who_asked(narthex: Driver) -> None:
    await approve(narthex.server, ANA, (await asked(narthex)).id, "a reason")
    assert (await asked(narthex, MALLORY)).enforced == "refuse"


async def test_recipients_are_a_set(narthex: Driver) -> None:
    first = await asked(narthex, recipients=("b@example.org", "A@example.org"))
    await approve(narthex.server, ANA, first.id, "a reason")
    same = await asked(narthex, recipients=("a@example.org", "b@example.org ", "b@example.org"))
    assert same.enforced == "proceed"


async def test_less_risk_than_was_seen_is_covered(narthex: Driver) -> None:
    await approve(narthex.server, ANA, (await asked(narthex)).id, "a reason")
    assert (await asked(narthex, fields=OPEN | {"expires_in": 60})).enforced == "proceed"


async def test_an_approval_ends_with_the_office_of_who_gave_it(
    narthex: Driver, tmp_path: Path
) -> None:
    await approve(narthex.server, BEN, (await asked(narthex)).id, "a reason")
    assert (await asked(narthex)).enforced == "proceed"
    install(tmp_path, MODEL.replace('"user/ben", ', ""))
    models_of(narthex.server).current(at_once=True)
    assert (await asked(narthex)).enforced == "refuse"


async def test_an_approval_ends(narthex: Driver) -> None:
    judged = await asked(narthex)
    await approve(narthex.server, ANA, judged.id, "a reason", lasts=60)
    narthex.clock.now_us += 60 * SECOND - 1
    assert (await asked(narthex)).enforced == "proceed"
    narthex.clock.now_us += 1
    assert (await asked(narthex)).enforced == "refuse"


@pytest.mark.parametrize(
    ("reason", "lasts", "field"),
    [
        ("", None, "reason"),
        ("no", None, "reason"),
        ("x" * 1001, None, "reason"),
        ("fine", 0, "lasts"),
        ("fine", HOUR + 1, "lasts"),
    ],
)
async def test_an_approval_has_a_reason_and_a_bounded_time(
    narthex: Driver, reason: str, lasts: int | None, field: str
) -> None:
    judged = await asked(narthex)
    with pytest.raises(ReviewError) as error:
        await approve(narthex.server, ANA, judged.id, reason, lasts=lasts)
    assert error.value.field == field


async def test_what_needs_no_approval_or_can_have_none_is_said_so(narthex: Driver) -> None:
    cases: tuple[tuple[Any, dict[str, Any], str], ...] = (
        (ONE_CARD, {}, "is not refused"),
        (known(malware_result=1), {}, "lets nobody say otherwise"),
        (CARDS, {"object": ""}, "bytes were not known"),
    )
    for found, change, told in cases:
        judged = await asked(narthex, found=found, **change)
        with pytest.raises(ReviewError, match=told):
            await approve(narthex.server, ANA, judged.id, "a reason")
    judged = await asked(narthex)
    await approve(narthex.server, ANA, judged.id, "a reason")
    with pytest.raises(ReviewError, match="approved before"):
        await approve(narthex.server, BEN, judged.id, "a reason")
    with pytest.raises(ReviewError, match="there is no decision"):
        await approve(narthex.server, ANA, "0" * 32, "a reason")


async def test_malware_found_later_is_not_covered(narthex: Driver) -> None:
    await approve(narthex.server, ANA, (await asked(narthex)).id, "a reason")
    found = [one for one in known(malware_result=1) if one.id == "malware.result"]
    worse = (*[one for one in CARDS if one.id != "malware.result"], *found)
    judged = await asked(narthex, found=worse)
    assert "gate.malware" in judged.verdict.gates
    assert judged.enforced == "refuse"


async def test_only_names_that_their_bearer_did_not_choose_count(narthex: Driver) -> None:
    catalog = narthex.server.catalog
    assert await names_of(catalog, BEN) == ("ben", "user/ben", BEN.arn)
    assert await names_of(catalog, session("auditor", "ana")) == ("role/auditor",)
    assert await names_of(catalog, ROOT) == ("root", ROOT.arn)
    assert "root" not in await names_of(catalog, user("root"))
    assert "@finance" not in await names_of(catalog, user("@finance"))
    assert await names_of(catalog, Owner("federated", EVA.account, "", "arn", "ana")) == ()


async def test_of_a_group_anyone_answers_and_the_record_says_who(
    narthex: Driver, tmp_path: Path
) -> None:
    text = MODEL.replace('owner = "ana"', 'owner = "@finance"')
    install(tmp_path, text + '[groups]\nfinance = ["ana", "role/clerk"]\n')
    models_of(narthex.server).current(at_once=True)
    judged = await asked(narthex)
    assert judged.verdict.owner.name == "@finance"  # one name is accountable
    for nobody in (EVA, user("@finance"), user("finance")):
        with pytest.raises(ReviewError):
            await approve(narthex.server, nobody, judged.id, "a reason")
    given = await approve(narthex.server, session("clerk", "x"), judged.id, "a reason")
    assert given.approver.endswith("assumed-role/clerk/x")
    assert (await asked(narthex)).enforced == "proceed"
    own = await asked(narthex, ANA)
    with pytest.raises(ReviewError, match="asked for themselves"):
        await approve(narthex.server, ANA, own.id, "a reason")  # four eyes, in a group, too
    assert (await approve(narthex.server, BEN, own.id, "a reason")).approver == BEN.arn  # a deputy


async def test_a_group_of_iam_answers_as_long_as_one_is_in_it(
    narthex: Driver, tmp_path: Path
) -> None:
    api = Api(narthex)
    ann, eva = [await owner_of(narthex, (await api.user(name)).s3) for name in ("ann", "eva")]
    await api.iam("CreateGroup", GroupName="Finance")
    install(tmp_path, MODEL.replace('owner = "ana"', 'owner = "group/Finance"'))
    models_of(narthex.server).current(at_once=True)
    judged = await asked(narthex, eva)
    with pytest.raises(ReviewError, match="there is no decision"):
        await approve(narthex.server, ann, judged.id, "a reason")
    await api.iam("AddUserToGroup", GroupName="Finance", UserName="ann")
    given = await approve(narthex.server, ann, judged.id, "a reason")
    assert (given.approver, judged.verdict.owner.name) == (ann.arn, "group/Finance")
    assert (await asked(narthex, eva)).enforced == "proceed"
    await api.iam("RemoveUserFromGroup", GroupName="Finance", UserName="ann")
    assert (
        await asked(narthex, eva)
    ).enforced == "refuse"  # what was said by who would not be asked


async def test_decisions_are_pruned_when_their_days_are_over(narthex: Driver) -> None:
    await asked(narthex)
    narthex.clock.now_us += 364 * 86400 * SECOND
    assert await prune(narthex.server) == 0
    narthex.clock.now_us += 86400 * SECOND + 1
    assert await prune(narthex.server) == 1
    assert "prune decisions" in {chore.name for chore in chores()}
