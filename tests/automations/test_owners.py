"""An automation can do what its owner can at the moment of an upload, and ends with its key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from narthex import housekeeping, tenancy
from narthex.bootstrap import RootKey
from tests.asking import Api, document
from tests.automations.conftest import LOOPBACK, Outbox
from tests.automations.test_shared import outcomes, shares
from tests.driving import SECOND, Driver, open_driver
from tests.ledger.sharing import BUCKET, Document, Refused, Sharer
from tests.ledger.test_owners import EVERYTHING, allow, user
from tests.review.deciding import MODEL, install

DAY = 86_400 * SECOND
BELOW = f"arn:aws:s3:::{BUCKET}/outbox/*"


async def refused(caller: Sharer, method: str, path: str, body: Any = None) -> str:
    """How it is refused."""
    with pytest.raises(Refused) as error:
        await caller.ask(method, path, body)
    told = f"{error.value.status} {error.value.code}"
    return told if error.value.field is None else f"{told} {error.value.field}"


def order(outbox: Outbox, **more: Any) -> Document:
    """A body that is good, changed."""
    good = {"bucket": BUCKET, "prefix": "outbox/", "expires_in": 60, "notify": [outbox.hook.url]}
    return {name: value for name, value in (good | more).items() if value is not None}


async def test_a_key_that_ends_stops_it_and_it_says_so(
    root: Sharer, api: Api, outbox: Outbox
) -> None:
    ana = await user(api, "ana")
    one = await outbox.automate(ana)
    key = ana.s3.key
    assert key is not None
    await api.iam("UpdateAccessKey", UserName="ana", AccessKeyId=key.id, Status="Inactive")
    for name in ("a", "b"):
        await outbox.put(f"outbox/{name}")
    (told,) = await outbox.deliver()
    assert told["data"]["stopped"] == "the key that it stands on is no more, or not active"
    assert "has stopped" in told["subject"]
    shown = (await root.ask("GET", f"automations/{one['id']}"))["automation"]
    assert (shown["state"], shown["reason"]) == ("stopped", told["data"]["stopped"])
    assert await shares(root) == []
    await outbox.put("outbox/c")  # nothing waits for an automation that has stopped
    assert len(await outbox.deliver()) == 1
    failed = (await root.ask("GET", "deliveries", failed="true"))["deliveries"]
    assert [one["lane"] for one in failed] == [f"{BUCKET}/outbox/b", f"{BUCKET}/outbox/a"]
    fresh = Sharer(api.as_key(await api.key_of("ana")).s3)
    path = f"automations/{one['id']}"
    resumed = (await fresh.ask("PATCH", path, {"paused": False}))["automation"]
    assert (resumed["state"], resumed["reason"]) == ("active", None)
    assert fresh.s3.key is not None
    assert resumed["access_key_id"] == fresh.s3.key.id
    await root.ask("POST", "deliveries/retries", {"ids": [one["id"] for one in failed]})
    assert len(await outbox.deliver()) == 3
    assert sorted(await shares(fresh)) == ["outbox/a", "outbox/b"]


async def test_a_key_that_is_deleted_stops_it_too(root: Sharer, api: Api, outbox: Outbox) -> None:
    ana = await user(api, "ana")
    await outbox.automate(ana)
    assert ana.s3.key is not None
    await api.iam("DeleteAccessKey", UserName="ana", AccessKeyId=ana.s3.key.id)
    await outbox.put("outbox/a")
    assert "stopped" in (await outbox.deliver())[0]["data"]


async def test_root_resumes_it_as_whose_it_is(root: Sharer, api: Api, outbox: Outbox) -> None:
    ana = await user(api, "ana")
    one = await outbox.automate(ana)
    assert ana.s3.key is not None
    path = f"automations/{one['id']}"
    await root.ask("PATCH", path, {"paused": True})
    resumed = (await root.ask("PATCH", path, {"paused": False}))["automation"]
    assert resumed["access_key_id"] == ana.s3.key.id  # never the root's, who may more


async def test_what_the_owner_may_no_more_is_refused_and_told_without_the_key(
    root: Sharer, api: Api, outbox: Outbox
) -> None:
    ana = await user(api, "ana")
    one = await outbox.automate(ana)
    await api.allow("ana", allow("narthex:*", resource="*"))
    await outbox.put("outbox/plan of ours")
    (told,) = await outbox.deliver()
    assert told["data"]["refused"] == "AccessDenied"
    assert "plan" not in str(told)
    assert await outcomes(root, one["id"]) == [("AccessDenied", None)]
    (run,) = (await root.ask("GET", f"automations/{one['id']}/log"))["runs"]
    assert run["reason"] is None  # it would name the key
    await api.allow("ana", EVERYTHING)
    await root.ask("POST", "deliveries/retries", {"ids": [run["event"]]})
    assert len(await outbox.deliver()) == 2
    assert await outcomes(root, one["id"]) == [("shared", "outbox/plan of ours")]


async def test_the_right_to_share_is_asked_at_each_upload(
    root: Sharer, api: Api, outbox: Outbox
) -> None:
    ana = await user(api, "ana")
    one = await outbox.automate(ana)
    await api.allow("ana", allow("s3:*", resource="*"))
    for _ in range(2):
        await outbox.put("outbox/a")
    assert [told["data"]["refused"] for told in await outbox.deliver()] == ["AccessDenied"] * 2
    assert await outcomes(root, one["id"]) == [("AccessDenied", "outbox/a")] * 2
    assert await shares(root) == []


CONDITIONS = [
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"s3:authType": "REST-HEADER"}},
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
async def test_nobody_is_there_to_meet_a_condition(
    root: Sharer, api: Api, outbox: Outbox, condition: Document
) -> None:
    ana = await user(api, "ana")
    await outbox.automate(ana)
    asked = allow("s3:GetObject", resource=BELOW, Condition=condition)
    others = allow("s3:ListBucket", "narthex:*", resource="*")
    await api.allow("ana", asked, others)
    await outbox.put("outbox/a")
    assert [told["data"].get("refused") for told in await outbox.deliver()] == ["AccessDenied"]
    assert await shares(root) == []


async def test_a_policy_that_denies_all_addresses_but_some_denies(
    root: Sharer, api: Api, outbox: Outbox
) -> None:
    ana = await user(api, "ana")
    await outbox.automate(ana)
    elsewhere = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    denied = allow("s3:GetObject", resource=BELOW, Condition=elsewhere) | {"Effect": "Deny"}
    await api.allow("ana", EVERYTHING, denied)
    await outbox.put("outbox/a")
    assert [told["data"].get("refused") for told in await outbox.deliver()] == ["AccessDenied"]


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server whose reviews refuse."""
    install(tmp_path, MODEL)
    async for driver in open_driver(tmp_path, observes=False, notify_allow=LOOPBACK):
        await driver.send("PUT", f"/{BUCKET}")
        yield driver


async def test_what_a_review_refuses_is_not_shared(strict: Driver, outbox: Outbox) -> None:
    outbox.narthex = strict
    root = Sharer(strict)
    one = await outbox.automate(root, expires_in=604800)
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n"
    await outbox.put("outbox/id_rsa", key.encode())
    (told,) = await outbox.deliver()
    assert told["data"]["refused"] in ("Refused", "ConfirmationNeeded")
    ((outcome, name),) = await outcomes(root, one["id"])
    assert (outcome, name) == (told["data"]["refused"], "outbox/id_rsa")
    assert await shares(root) == []
    (decision,) = (await root.ask("GET", "decisions"))["decisions"]
    assert decision["outcome"] == "open"


async def test_paused_it_does_nothing_and_resumed_it_goes_on(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)
    path = f"automations/{one['id']}"
    await outbox.put("outbox/before")
    assert (await root.ask("PATCH", path, {"paused": True}))["automation"]["state"] == "paused"
    await outbox.put("outbox/during")
    assert await outbox.deliver() == []
    (failed,) = (await root.ask("GET", "deliveries", failed="true"))["deliveries"]
    assert (failed["lane"], failed["reason"]) == (
        f"{BUCKET}/outbox/before",
        "the automation is paused",
    )
    await root.ask("PATCH", path, {"paused": False})
    await outbox.put("outbox/after")
    await outbox.deliver()
    assert await shares(root) == ["outbox/after"]


@pytest.mark.parametrize("steps", [0, 3, 10, 30, 100])
async def test_once_it_is_paused_nothing_is_shared_any_more(
    root: Sharer, outbox: Outbox, steps: int
) -> None:
    one = await outbox.automate(root)
    await outbox.put("outbox/a")
    running = asyncio.create_task(outbox.deliver())
    for _ in range(steps):  # so far does the run come before the pause begins
        await asyncio.sleep(0)
    await root.ask("PATCH", f"automations/{one['id']}", {"paused": True})
    before = await shares(root)
    told = await running
    assert await shares(root) == before
    assert len(told) == len(before)
    states = [one["state"] for one in (await root.ask("GET", "deliveries"))["deliveries"]]
    assert states == (["delivered"] * 2 if before else ["failed"])


async def test_removed_it_is_gone_and_what_it_shared_stays(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)
    await outbox.put("outbox/a")
    await outbox.deliver()
    path = f"automations/{one['id']}"
    assert (await root.ask("DELETE", path))["automation"]["id"] == one["id"]
    for method, rest in (("GET", ""), ("GET", "/log"), ("PATCH", ""), ("DELETE", "")):
        assert await refused(root, method, path + rest) == "404 NoSuchAutomation"
    await outbox.put("outbox/b")
    assert len(await outbox.deliver()) == 1
    assert await shares(root) == ["outbox/a"]
    for table in ("automations", "automation_runs", "addresses", "bucket_documents"):
        assert await root.s3.server.catalog.fetch(f"SELECT * FROM {table}") == []


async def test_it_stops_with_its_bucket(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)
    for method in ("DELETE", "PUT"):
        await root.s3.send(method, f"/{BUCKET}")
    path = f"automations/{one['id']}"
    shown = (await root.ask("GET", path))["automation"]
    assert (shown["state"], shown["reason"]) == ("stopped", "its bucket was deleted")
    await outbox.put("outbox/a")
    assert await outbox.deliver() == []
    assert await refused(root, "PATCH", path, {"paused": False}) == "404 NoSuchBucket bucket"


async def test_an_owner_meets_its_own_and_root_all(root: Sharer, api: Api, outbox: Outbox) -> None:
    ana, ben = await user(api, "ana"), await user(api, "ben")
    one = await outbox.automate(ana)
    assert (await ben.ask("GET", "automations"))["automations"] == []
    for caller in (ana, root):
        assert (await caller.ask("GET", "automations"))["automations"] == [one]
    path = f"automations/{one['id']}"
    for method, rest in (("GET", ""), ("GET", "/log"), ("PATCH", ""), ("DELETE", "")):
        assert await refused(ben, method, path + rest) == "404 NoSuchAutomation"
    wrong = ("0" if one["id"][0] != "0" else "1") + one["id"][1:]
    assert await refused(ana, "GET", f"automations/{wrong}") == "404 NoSuchAutomation"
    assert one["owner"].endswith(":user/ana")


ACTIONS = {
    "CreateAutomation": ("POST", ""),
    "ListAutomations": ("GET", ""),
    "GetAutomation": ("GET", "/{id}"),
    "UpdateAutomation": ("PATCH", "/{id}"),
    "DeleteAutomation": ("DELETE", "/{id}"),
}


@pytest.mark.parametrize("action", ACTIONS)
async def test_each_needs_its_right(api: Api, outbox: Outbox, action: str) -> None:
    ana = await user(api, "ana")
    one = await outbox.automate(ana)
    others = [f"narthex:{other}" for other in ACTIONS if other != action]
    await api.allow("ana", allow("s3:*", *others, resource="*"))
    method, rest = ACTIONS[action]
    body = order(outbox) if method == "POST" else {"paused": True} if method == "PATCH" else None
    path = f"automations{rest.format(id=one['id'])}"
    assert await refused(ana, method, path, body) == "403 AccessDenied"
    await api.allow("ana", allow("s3:*", f"narthex:{action}", resource="*"))
    await ana.ask(method, path, body)


async def test_what_is_made_is_what_its_maker_could_share(api: Api, outbox: Outbox) -> None:
    own = allow("narthex:*", resource="*")
    reading = allow("s3:GetObject", resource=BELOW)
    listing = allow("s3:ListBucket", resource=f"arn:aws:s3:::{BUCKET}")
    for number, statements in enumerate(((own,), (own, reading), (own, listing))):
        ana = await user(api, f"ana{number}", *statements)
        assert await refused(ana, "POST", "automations", order(outbox)) == "403 AccessDenied"
    ana = await user(api, "ana", own, reading, listing)
    await ana.ask("POST", "automations", order(outbox))
    wider = order(outbox, prefix="o")
    assert await refused(ana, "POST", "automations", wider) == "403 AccessDenied"


async def test_a_session_and_another_account_make_none(
    root: Sharer, api: Api, outbox: Outbox
) -> None:
    session = Sharer(api.as_session(await api.sts("GetSessionToken")).s3)
    assert await refused(session, "POST", "automations", order(outbox)) == "400 InvalidArgument"
    one = await outbox.automate(root)
    path = f"automations/{one['id']}"
    assert await refused(session, "PATCH", path, {"paused": False}) == "400 InvalidArgument"
    await session.ask("PATCH", path, {"paused": True})
    other, key = await tenancy.create_account(root.s3.server, "other")
    stranger = Sharer(root.s3.as_key(RootKey(key.id, key.secret)))
    policy = document(
        allow("s3:*", resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"])
        | {"Principal": {"AWS": other.id}}
    )
    put = await root.s3.send("PUT", f"/{BUCKET}", [("policy", "")], body=policy.encode())
    assert put.status == 204, put.body
    assert await refused(stranger, "POST", "automations", order(outbox)) == (
        "400 InvalidArgument bucket"
    )


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"bucket": None}, "400 InvalidArgument bucket"),
    ({"bucket": "nobodys-bucket"}, "404 NoSuchBucket bucket"),
    ({"expires_in": None}, "400 InvalidArgument expires_in"),
    ({"expires_in": 0}, "400 InvalidArgument expires_in"),
    ({"expires_in": "1h"}, "400 InvalidArgument expires_in"),
    ({"expires_at": "2026-11-25T12:00:00Z"}, "400 InvalidArgument expires_at"),
    ({"notify": None}, "400 InvalidArgument notify"),
    ({"notify": []}, "400 InvalidArgument notify"),
    ({"notify": ["mailto:ops"]}, "400 InvalidArgument notify"),
    ({"notify": ["http://10.0.0.1/"]}, "400 InvalidArgument notify"),
    ({"notify": ["nobody"]}, "400 InvalidArgument notify"),
    ({"notify": [f"mailto:{n}@example.org" for n in range(11)]}, "400 InvalidArgument notify"),
    ({"max_downloads": 0}, "400 InvalidArgument max_downloads"),
    ({"allow_ips": ["192.0.2.1/24"]}, "400 InvalidArgument allow_ips"),
    ({"prefix": "é" * 513}, "400 InvalidArgument prefix"),
    ({"suffix": "x" * 1025}, "400 InvalidArgument suffix"),
    ({"suffix": "\0"}, "400 InvalidArgument suffix"),
    ({"note": "x" * 1025}, "400 InvalidArgument note"),
    ({"password": "open sesame"}, "400 InvalidArgument password"),
    ({"key": "k"}, "400 InvalidArgument key"),
]


@pytest.mark.parametrize(("more", "told"), WRONG, ids=lambda value: str(value)[:40])
async def test_what_cannot_be_meant_is_refused(
    root: Sharer, outbox: Outbox, more: dict[str, Any], told: str
) -> None:
    assert await refused(root, "POST", "automations", order(outbox, **more)) == told
    assert (await root.ask("GET", "automations"))["automations"] == []


@pytest.mark.parametrize("body", [{}, {"paused": None}, {"paused": "yes"}, {"note": "x"}])
async def test_a_change_says_whether_it_is_paused(
    root: Sharer, outbox: Outbox, body: Document
) -> None:
    one = await outbox.automate(root)
    told = await refused(root, "PATCH", f"automations/{one['id']}", body)
    assert told.startswith("400 InvalidArgument")


async def test_a_bucket_has_so_many_and_no_more(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)

    async def fill(tx: Any) -> None:
        for number in range(99):
            await tx.execute(
                "INSERT INTO automations SELECT ?, account, owner, arn, origin, bucket, bucket_id,"
                " prefix, suffix, url, terms, shown, state, reason, created_us FROM automations"
                " WHERE id = ?",
                (f"{number:016x}", one["id"]),
            )

    await root.s3.server.catalog.run(fill)
    assert await refused(root, "POST", "automations", order(outbox)) == "400 InvalidArgument"


async def test_its_log_is_forgotten_with_the_shares(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)
    await outbox.put("outbox/a")
    await outbox.deliver()
    root.s3.clock.now_us += 90 * DAY
    assert await housekeeping.prune_automation_runs(root.s3.server) == 0
    root.s3.clock.now_us += 1
    assert await housekeeping.prune_automation_runs(root.s3.server) == 1
    assert await outcomes(root, one["id"]) == []
