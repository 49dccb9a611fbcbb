"""Every act of our own wire; and what is done without one: a sign-in, a model, a root key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from narthex.api.endpoint import declared
from narthex.api.showing import show_entry
from narthex.bootstrap import RootKey, ensure_root
from narthex.catalog.audit import Entry
from narthex.ledger import sealing
from narthex.pure.audit_chain import COVERED
from narthex.review.models import shipped
from narthex.review.noting import note_model
from tests.acts.watching import Watch
from tests.asking import Api
from tests.cli.scripted import Reply, scripted
from tests.driving import ROOT
from tests.ledger.sharing import BUCKET, Refused, Sharer

# They have entries of their own, or change nothing.
TOLD_ELSEWHERE = {
    f"narthex:{name}"
    for name in "CreateShare UpdateShare RevokeShare CreateRequest UpdateRequest RevokeRequest "
    "RevokeLink ReviewShare TestTarget InvokeFunction".split()
}


def test_all_but_reading_is_an_act() -> None:
    others = {one.action for one in declared() if not one.is_act}
    reading = {
        action
        for action in others
        if action.removeprefix("narthex:").startswith(("Get", "List", "Read", "Explain", "Verify"))
    }
    assert others == reading | TOLD_ELSEWHERE & others


async def one_entry(watch: Watch, method: str, path: str, body: Any = None) -> Any:
    """What is answered, and the one entry it leaves; none when the change fails."""
    before = await watch.entries()
    with pytest.raises(Refused) as refused:
        await Sharer(watch.torn).ask(method, path, body)
    assert refused.value.status in (500, 503), path
    assert await watch.entries() == before, path
    told = await Sharer(watch.narthex).ask(method, path, body)
    (entry,) = await watch.new(before)
    assert (entry.outcome, entry.access_key_id) == ("done", ROOT.id)
    return told, entry


async def test_accounts(watch: Watch) -> None:
    told, entry = await one_entry(watch, "POST", "accounts", {"name": "acme"})
    assert (entry.event, entry.detail) == ("narthex:CreateAccount", "name=acme")
    id = told["account"]["id"]
    _, entry = await one_entry(watch, "PATCH", f"accounts/{id}", {"enabled": False})
    assert (entry.event, entry.detail) == ("narthex:UpdateAccount", f"id={id} enabled=false")
    _, entry = await one_entry(watch, "DELETE", f"accounts/{id}")
    assert (entry.event, entry.detail) == ("narthex:DeleteAccount", f"id={id}")
    assert told["secret_access_key"] not in await watch.text()


async def test_targets_and_automations(watch: Watch) -> None:
    await watch.narthex.send("PUT", f"/{BUCKET}")
    with scripted(lambda _: Reply(204)) as hook:
        url = f"{hook.url}/hooks/unspeakable"
        told, entry = await one_entry(watch, "POST", "targets", {"name": "ops", "url": url})
        assert (entry.event, entry.detail) == ("narthex:CreateTarget", "name=ops")
        assert entry.resource.endswith(":ops")
        order = {"bucket": BUCKET, "prefix": "out/", "notify": [url], "expires_in": 3600}
        made, entry = await one_entry(watch, "POST", "automations", order)
    assert (entry.event, entry.detail) == (
        "narthex:CreateAutomation", f"bucket={BUCKET} prefix=out/",
    )  # fmt: skip
    assert entry.resource == f"arn:aws:s3:::{BUCKET}/out/"
    id = made["automation"]["id"]
    _, entry = await one_entry(watch, "PATCH", f"automations/{id}", {"paused": True})
    assert (entry.event, entry.detail) == ("narthex:UpdateAutomation", f"id={id} paused=true")
    _, entry = await one_entry(watch, "DELETE", f"automations/{id}")
    assert entry.event == "narthex:DeleteAutomation"
    _, entry = await one_entry(watch, "DELETE", "targets/ops")
    assert (entry.event, entry.detail) == ("narthex:DeleteTarget", "name=ops")
    text = await watch.text()
    for secret in ("unspeakable", told["secret"], made["notify_secret"]):
        assert secret not in text


async def test_a_model_that_comes_into_force_is_told_once(watch: Watch) -> None:
    server = watch.narthex.server
    before = await watch.entries()
    assert await note_model(server)
    assert not await note_model(server)
    (first,) = await watch.new(before)
    assert (first.event, first.actor, first.outcome) == ("narthex:ChangeModel", "", "done")
    other = replace(server, settings=replace(server.settings, review_model=""))
    assert await note_model(other)
    *_, second = await watch.entries()
    digest = shipped().model.digest
    assert f"digest={digest}" in second.detail
    assert first.detail.split("digest=")[1].split()[0] in second.detail, "and the one before"


async def test_a_root_key_that_the_operator_puts_is_told(watch: Watch) -> None:
    server = watch.narthex.server
    before = await watch.entries()
    assert [one.event for one in before] == ["narthex:PutRootKey"], "at the first start"
    await ensure_root(server, ROOT)
    assert await watch.new(before) == [], "nothing changes"
    await ensure_root(server, RootKey("another-root", "x" * 40))
    (entry,) = await watch.new(before)
    assert (entry.event, entry.detail) == ("narthex:PutRootKey", "AccessKeyId=another-root")
    assert entry.resource == f"arn:aws:iam::{watch.account}:root"
    assert "x" * 40 not in await watch.text()


async def test_a_log_is_read_with_its_seals_by_root_and_by_auditors(watch: Watch) -> None:
    root = Sharer(watch.narthex)
    allowed = {"Effect": "Allow", "Action": "narthex:*", "Resource": "*"}
    ana = await Api(watch.narthex).user("ana", allowed)
    audits = {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}
    auditor = await Api(watch.narthex).user("auditor", audits)
    await sealing.seal(watch.narthex.server.ledger, watch.narthex.clock())
    with pytest.raises(Refused, match="AccessDenied"):
        await Sharer(ana.s3).ask("GET", "audit/seals")
    told = await root.ask("GET", "audit/seals")
    assert await Sharer(auditor.s3).ask("GET", "audit/seals") == told
    (seal,) = told["seals"]
    assert (seal["number"], told["next"], told["account"]) == (1, 1, watch.account)
    assert len(seal["covers"]) == seal["entries"] == 7
    assert "unsealed" not in told
    end = await root.ask("GET", "audit/seals", after="1")
    assert (end["seals"], end["next"], end["beyond"]) == ([], None, 0)
    assert end["unsealed"] == []
    for wrong in ("-1", "x", "1" * 16):
        with pytest.raises(Refused, match="whole number"):
            await root.ask("GET", "audit/seals", after=wrong)


def test_the_entries_of_the_api_name_all_that_is_covered() -> None:
    shown = show_entry(Entry("id", "1" * 12, "", "", 1, "used"))
    assert set(shown) == {*COVERED, "at", "seal"}
    assert json.loads(json.dumps(shown)) == shown
