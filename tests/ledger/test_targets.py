"""Named targets: made with a secret that is told once, shown without their URL, tried, removed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from narthex.events.registry import target_of
from narthex.events.target import Undelivered
from narthex.pure import webhooks
from tests.asking import Api
from tests.cli.scripted import Reply, Scripted, scripted
from tests.driving import Driver, open_driver
from tests.events.senders.sending import delivery
from tests.ledger.sharing import Document, Refused, Sharer
from tests.ledger.test_owners import allow, user


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server that may reach this machine, and a bucket's worth of nothing."""
    async for driver in open_driver(tmp_path, notify_allow=("127.0.0.0/8",), region="eu-north-1"):
        driver.region = "eu-north-1"
        yield driver


async def add(root: Sharer, url: str, name: str = "ops") -> Document:
    """A target, as it is told once."""
    return await root.ask("POST", "targets", {"name": name, "url": url})


async def account(root: Sharer) -> str:
    """The root's."""
    told = await root.ask("GET", "accounts")
    id: str = told["accounts"][0]["id"]
    return id


async def test_it_is_told_with_its_arns_and_the_secret_once(root: Sharer) -> None:
    with scripted(lambda _: Reply()) as server:
        made = await add(root, f"{server.url}/hooks/token")
        assert server.asked == []
    id, target = await account(root), made["target"]
    assert target == {
        "name": "ops",
        "url": f"{server.url}/…",
        "topic_arn": f"arn:aws:sns:eu-north-1:{id}:ops",
        "queue_arn": f"arn:aws:sqs:eu-north-1:{id}:ops",
        "created_at": "2026-11-24T12:00:00Z",
    }
    assert len(webhooks.read_secret(made["secret"])) == webhooks.SECRET_BYTES
    assert await root.ask("GET", "targets") == {"targets": [target]}
    assert await root.ask("GET", "targets/ops") == {"target": target}
    for row in await root.s3.server.catalog.fetch("SELECT * FROM targets"):
        assert b"token" not in row[3]
        assert made["secret"].encode() not in row[3]


async def test_a_message_can_be_tried(root: Sharer) -> None:
    answers = [Reply(204), Reply(500)]
    with scripted(lambda _: answers.pop(0)) as server:
        made = await add(root, server.url)
        assert await root.ask("POST", "targets/ops/test") == {"delivered": True, "reason": None}
        told = await root.ask("POST", "targets/ops/test")
    assert told == {"delivered": False, "reason": "`127.0.0.1` answered 500"}
    headers, body = server.asked[0].headers, server.asked[0].body
    signed = (headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == webhooks.signature(made["secret"], *signed)
    assert json.loads(body)["type"] == "narthex.test"


async def test_its_arns_are_targets_of_the_account_alone(root: Sharer) -> None:
    server, id = root.s3.server, await account(root)
    with scripted(lambda _: Reply()) as hook:
        target = (await add(root, hook.url))["target"]
        for arn in (target["topic_arn"], target["queue_arn"]):
            found = target_of(server, id, arn)
            await found.check()
            await found.deliver(delivery())
        assert [asked.headers["webhook-id"] for asked in hook.asked] == [delivery().id] * 2
        topic = target["topic_arn"]
        others = [
            (id, topic.replace(":ops", ":opt")),
            (id, topic.replace("eu-north-1", "eu-north-2")),
            (id, topic.replace(id, "210987654321")),
            (id, f"{topic}:more"),
            ("210987654321", topic),
            ("210987654321", topic.replace(id, "210987654321")),
        ]
        for caller, arn in others:
            with pytest.raises(Undelivered) as error:
                await target_of(server, caller, arn).check()
            assert error.value.permanent
    assert len(hook.asked) == 2


async def test_a_removed_target_is_gone_for_what_waits(root: Sharer) -> None:
    with scripted(lambda _: Reply()) as server:
        topic = (await add(root, server.url))["target"]["topic_arn"]
        assert (await root.ask("DELETE", "targets/ops"))["target"]["name"] == "ops"
        with pytest.raises(Undelivered, match="no such target"):
            await target_of(root.s3.server, await account(root), topic).deliver(delivery())
    for method, path in (("GET", ""), ("POST", "/test"), ("DELETE", "")):
        with pytest.raises(Refused) as error:
            await root.ask(method, f"targets/ops{path}")
        assert (error.value.status, error.value.code) == (404, "NoSuchTarget")


async def test_a_name_is_taken_once(root: Sharer) -> None:
    with scripted(lambda _: Reply()) as server:
        await add(root, server.url)
        with pytest.raises(Refused) as error:
            await add(root, server.url)
    assert (error.value.status, error.value.code) == (409, "TargetExists")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"url": "https://h.example.org/"}, "name"),
    ({"name": "ops"}, "url"),
    ({"name": "a.b", "url": "http://127.0.0.1:8000/"}, "name"),
    ({"name": "a:b", "url": "http://127.0.0.1:8000/"}, "name"),
    ({"name": "", "url": "http://127.0.0.1:8000/"}, "name"),
    ({"name": "x" * 257, "url": "http://127.0.0.1:8000/"}, "name"),
    ({"name": "ops", "url": "other"}, "url"),
    ({"name": "ops", "url": "http://10.0.0.1/"}, "url"),
    ({"name": "ops", "url": "http://169.254.169.254/"}, "url"),
    ({"name": "ops", "url": "http://127.0.0.1:25/"}, "url"),
    ({"name": "ops", "url": "ftp://127.0.0.1/"}, "url"),
    ({"name": "ops", "url": "redis://127.0.0.1:8000/0"}, "url"),
    ({"name": "ops", "url": "nats://127.0.0.1:8000/a.*"}, "url"),
    ({"name": "ops", "url": 1}, "url"),
    ({"name": "ops", "url": "http://127.0.0.1:8000/", "secret": "mine"}, "secret"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED, ids=str)
async def test_what_cannot_be_meant_is_refused(
    root: Sharer, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as error:
        await root.ask("POST", "targets", body)
    assert (error.value.code, error.value.field) == ("InvalidArgument", field)
    assert (await root.ask("GET", "targets"))["targets"] == []


async def test_each_verb_needs_its_right(narthex: Driver, root: Sharer) -> None:
    with scripted(lambda _: Reply()) as server:
        await _each_verb(Api(narthex), root, server)


async def _each_verb(api: Api, root: Sharer, server: Scripted) -> None:
    await add(root, server.url)
    arns = ["arn:aws:sns:eu-north-1:*:ops", "arn:aws:sns:eu-north-1:*:new"]
    verbs: dict[str, tuple[str, str, Any]] = {
        "CreateTarget": ("POST", "targets", {"name": "new", "url": server.url}),
        "ListTargets": ("GET", "targets", None),
        "GetTarget": ("GET", "targets/ops", None),
        "TestTarget": ("POST", "targets/ops/test", None),
        "DeleteTarget": ("DELETE", "targets/ops", None),
    }
    for name, asked in verbs.items():
        others = [f"narthex:{one}" for one in verbs if one != name]
        without = await user(api, f"without-{name}", allow(*others, resource="*"))
        with pytest.raises(Refused, match=f"narthex:{name}"):
            await without.ask(*asked)
        for_it = "*" if name == "ListTargets" else arns
        only = await user(api, f"with-{name}", allow(f"narthex:{name}", resource=for_it))
        await only.ask(*asked)


async def test_who_may_not_look_learns_nothing(narthex: Driver, root: Sharer) -> None:
    blind = await user(Api(narthex), "blind", allow("s3:GetObject"))
    with scripted(lambda _: Reply()) as server:
        await add(root, server.url)
    words: set[str] = set()
    for name in ("ops", "opt"):
        with pytest.raises(Refused) as error:
            await blind.ask("GET", f"targets/{name}")
        words.add(error.value.message.replace(f":{name}", ""))
    assert len(words) == 1
