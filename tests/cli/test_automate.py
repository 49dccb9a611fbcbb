"""`narthex automate`, `narthex automations`: a real server shares what is uploaded by itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from narthex.cli.serve import Endpoint
from tests.cli.conftest import Person
from tests.cli.test_targets import Hook, hook, owner, telling

__all__ = ["hook", "owner", "telling"]  # fixtures
pytestmark = pytest.mark.clients
BUCKET = "automated"


def test_what_is_uploaded_is_shared_until_it_is_paused(
    owner: Person, hook: Hook, telling: Endpoint
) -> None:
    owner.run("mb", f"s3://{BUCKET}")
    ran = owner.run(
        *("automate", f"s3://{BUCKET}/outbox/", "--share", "--expires-in", "2h", "--once"),
        *("--suffix", ".txt", "--notify", hook.url, "--to", "Ana"),
    )
    assert ran.code == 0, str(ran)
    id = ran.out.strip()
    assert re.fullmatch(r"[0-9a-f]{16}", id)
    assert f"what: s3://{BUCKET}/outbox/*.txt\n" in ran.err
    assert "each link: 2h, 1 download\n" in ran.err
    assert "signed with whsec_" in ran.err
    owner.write("plan.txt", "how to steal fire")
    owner.done("cp", "plan.txt", f"s3://{BUCKET}/outbox/plan.txt")
    (asked,) = hook.wait(1)
    told = json.loads(asked.body)["data"]
    assert told["link"].startswith(f"{telling.url}/s/")
    nobody = replace(owner, environment={})
    page = nobody.run("-sS", "-w", "%{http_code}", told["link"], program=("curl",)).out
    assert page.endswith("200")
    shown = owner.done("automations", "show", id)
    assert re.search(r"^state: +active$", shown, re.MULTILINE)
    assert re.search(r"^recipient: +Ana$", shown, re.MULTILINE)
    listed = owner.done("automations").splitlines()
    assert listed[1].startswith(f"{id}  s3://{BUCKET}/outbox/*.txt  active  2h, 1 download  ")
    log = owner.done("automations", "log", id).splitlines()
    assert re.search(rf"shared +{told['share']} +outbox/plan\.txt", log[1])
    assert owner.done("automations", "pause", id) == f"paused: {id}\n"
    assert json.loads(owner.done("automations", "--json"))["state"] == "paused"
    assert owner.done("automations", "resume", id) == f"resumed: {id}\n"
    assert owner.done("automations", "remove", id) == f"removed: {id}\n"
    gone = owner.run("automations", "show", id)
    assert (gone.code, "(NoSuchAutomation)" in gone.err) == (254, True)
    assert owner.run("automations").err == "Nothing is shared by itself.\n"


GOOD = ["automate", "s3://b/out/", "--share", "--notify", "ops"]
WRONG = [
    ["automate"],
    ["automate", "s3://b/out/", "--notify", "ops"],
    ["automate", "s3://b/out/", "--share"],
    ["automate", "b/out/", "--share", "--notify", "ops"],
    ["automate", "s3://", "--share", "--notify", "ops"],
    [*GOOD, "--notify", "o.s"],
    [*GOOD, "--expires-in", "2026-12-24T18:00"],
    [*GOOD, "--expires-in", "soon"],
    [*GOOD, "--expires-in", "0s"],
    [*GOOD, "--once", "--max-downloads", "2"],
    [*GOOD, "--max-downloads", "0"],
    [*GOOD, "--max-bytes", "many"],
    [*GOOD, "--allow-ip", "192.0.2.1/24"],
    [*GOOD, "--note", "\x1b"],
    ["automations", "show"],
    ["automations", "list", "0f"],
    ["automations", "pause", "s3://b"],
    ["automations", "--limit", "0"],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    stranger: Person, words: list[str]
) -> None:
    assert stranger.run(*words).code == 252
