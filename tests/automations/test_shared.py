"""After an upload a link is made and told, by itself: once, of the right keys, as its owner may."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from narthex.catalog import Transaction, deliveries
from narthex.events.engine import Engine
from narthex.events.registry import target_of
from narthex.events.senders.sealed import PREFIX, seal
from narthex.events.target import Delivery, Undelivered
from narthex.pure import webhooks
from narthex.pure.automations import KIND
from narthex.pure.automations import PREFIX as PREFIX_OF_RUNS
from tests.automations.conftest import Outbox
from tests.cli.scripted import Reply
from tests.driving import NOON, SECOND, changed, open_driver
from tests.events.senders.test_mail import listening
from tests.ledger.sharing import BUCKET, Sharer

HOUR = 3600 * SECOND


async def shares(caller: Sharer) -> list[str]:
    """The keys that it shares, the newest first."""
    return [one["key"] for one in (await caller.ask("GET", "shares"))["shares"]]


async def outcomes(caller: Sharer, id: str) -> list[tuple[str, str | None]]:
    """Outcome and key of all that came, the oldest first."""
    runs = (await caller.ask("GET", f"automations/{id}/log"))["runs"]
    return [(one["outcome"], one["key"]) for one in reversed(runs)]


async def test_an_upload_is_shared_and_its_link_told(root: Sharer, outbox: Outbox) -> None:
    order = {
        "bucket": BUCKET,
        "prefix": "outbox/",
        "suffix": ".pptx",
        "expires_in": 7200,
        "max_downloads": 1,
        "recipient": "Ana",
        "note": "for you",
        "notify": [f"{outbox.hook.url}/hooks/secret"],
    }
    made = await root.ask("POST", "automations", order)
    await outbox.put("outbox/a b.pptx")
    (told,) = await outbox.deliver()
    link = told["data"]["link"]
    assert told["type"] == "narthex.automation"
    assert told["subject"] == "a b.pptx: a link for you"
    assert told["text"] == (
        f"a b.pptx is here for you:\n\n{link}\n\nThe link ends at 2026-11-24T14:00:00Z.\n"
        "It works once.\n\nfor you\n"
    )
    (share,) = (await root.ask("GET", "shares"))["shares"]
    assert (share["key"], share["max_downloads"], share["recipient"]) == (
        "outbox/a b.pptx",
        1,
        "Ana",
    )
    assert share["id"] == told["data"]["share"]
    assert share["expires_at"] == told["data"]["expires_at"] == "2026-11-24T14:00:00Z"
    stranger = root.s3.as_nobody()
    assert (await stranger.url(link)).status == 200
    assert (await stranger.url(f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}")).status == 404
    (asked,) = outbox.hook.asked
    signed = (asked.headers["webhook-id"], int(asked.headers["webhook-timestamp"]), asked.body)
    good = webhooks.signature(made["notify_secret"], *signed)
    assert asked.headers["webhook-signature"] == good
    assert await outcomes(root, made["automation"]["id"]) == [("shared", "outbox/a b.pptx")]


async def test_a_link_lies_nowhere_but_with_whoever_is_told(root: Sharer, outbox: Outbox) -> None:
    await outbox.automate(root)
    await outbox.put("outbox/a")
    (told,) = await outbox.deliver()
    token = told["data"]["link"].rpartition("/")[2]
    listed = await root.ask("GET", "deliveries")
    assert {one["state"] for one in listed["deliveries"]} == {"delivered"}
    for one in listed["deliveries"]:
        shown = await root.ask("GET", f"deliveries/{one['id']}")
        assert token not in json.dumps(shown)
    rows = await root.s3.server.catalog.fetch("SELECT payload FROM deliveries")
    assert not any(token in row[0] for row in rows)


async def test_only_the_keys_that_are_meant_are_shared(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root, suffix=".pptx")
    other = await outbox.automate(root, prefix="", suffix=".odp")
    for key in ("outbox/a.pptx", "outbox/a.pdf", "inbox/a.pptx", "outbo", "x/é.odp"):
        await outbox.put(key)
    source = (("x-amz-copy-source", f"/{BUCKET}/inbox/a.pptx"),)
    await root.s3.send("PUT", f"/{BUCKET}/outbox/copy.pptx", headers=source)
    await root.s3.send("DELETE", f"/{BUCKET}/outbox/copy.pptx")
    told = await outbox.deliver()
    assert sorted(one["data"]["key"] for one in told) == ["outbox/a.pptx", "x/é.odp"]
    assert await outcomes(root, one["id"]) == [
        ("shared", "outbox/a.pptx"),
        ("NoSuchKey", "outbox/copy.pptx"),  # it was gone when it was to be shared: nobody is told
    ]
    assert await outcomes(root, other["id"]) == [("shared", "x/é.odp")]


async def test_each_upload_of_a_key_gets_a_link_of_its_own(root: Sharer, outbox: Outbox) -> None:
    await outbox.automate(root)
    for body in (b"one", b"two"):
        await outbox.put("outbox/a", body)
    links = {one["data"]["link"] for one in await outbox.deliver()}
    assert len(links) == 2
    assert await shares(root) == ["outbox/a", "outbox/a"]


async def test_an_event_that_is_delivered_twice_is_shared_and_told_once(
    root: Sharer, outbox: Outbox
) -> None:
    await outbox.automate(root)
    await outbox.put("outbox/a")
    assert len(await outbox.deliver()) == 1
    listed = (await root.ask("GET", "deliveries"))["deliveries"]
    runs = [one["id"] for one in listed if one["kind"] == "automation"]
    again = await root.ask("POST", "deliveries/retries", {"ids": runs})
    assert again == {"retried": runs, "left": []}
    assert len(await outbox.deliver()) == 1
    assert await shares(root) == ["outbox/a"]


async def test_two_that_run_the_same_event_at_once_share_it_once(
    root: Sharer, outbox: Outbox
) -> None:
    one = await outbox.automate(root)
    await outbox.put("outbox/a")
    server = root.s3.server
    (row,) = await server.catalog.fetch("SELECT number, account, target, payload FROM deliveries")
    told = Delivery(deliveries.id_of(row[0]), row[1], row[2], "outbox/a", KIND, row[3], NOON, 1)
    target = target_of(server, row[1], row[2])
    await asyncio.gather(*(target.deliver(told) for _ in range(4)))
    assert len(await outbox.deliver()) == 1
    assert await shares(root) == ["outbox/a"]
    assert await outcomes(root, one["id"]) == [("shared", "outbox/a")]


async def test_a_replay_shares_nothing_again(root: Sharer, outbox: Outbox) -> None:
    await outbox.automate(root)
    await outbox.put("outbox/a")
    (before,) = await outbox.deliver()
    root.s3.clock.now_us += SECOND
    replayed = await root.ask("POST", "deliveries/replays", {"since": "2026-11-24T11:00:00Z"})
    assert replayed["replayed"] == 2
    assert await outbox.deliver() == [before, before]  # the same message, with the same link
    assert await shares(root) == ["outbox/a"]


async def test_what_is_no_upload_is_given_up(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)
    server = root.s3.server
    account = one["owner"].split(":")[4]
    good = '{"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]}'
    bad = [("s3", good), (KIND, "{}"), (KIND, "[]"), (KIND, '{"Records": []}'), (KIND, "x")]
    targets = [f"{PREFIX_OF_RUNS}{one['id']}"] * len(bad) + [f"{PREFIX_OF_RUNS}0f", PREFIX_OF_RUNS]
    for target, (kind, text) in zip(targets, [*bad, (KIND, good), (KIND, good)], strict=True):
        told = Delivery("00000000000004d2", account, target, "", kind, text, NOON, 1)
        with pytest.raises(Undelivered) as error:
            await target_of(server, account, target).deliver(told)
        assert error.value.permanent
    other = Delivery("00000000000004d2", "1" * 12, targets[0], "", KIND, good, NOON, 1)
    with pytest.raises(Undelivered, match="no such automation"):
        await target_of(server, other.account, other.target).deliver(other)
    await target_of(server, account, targets[0]).check()
    with pytest.raises(Undelivered):
        await target_of(server, account, targets[-2]).check()


async def test_a_share_sets_nothing_off(root: Sharer, outbox: Outbox) -> None:
    await outbox.automate(root, prefix="")
    await outbox.put("a")
    for _ in range(3):
        assert len(await outbox.deliver()) == 1
    rows = await root.s3.server.catalog.fetch("SELECT kind FROM deliveries ORDER BY number")
    assert [row[0] for row in rows] == ["automation", "notice"]


async def test_a_bucket_that_notifies_and_shares_does_both(root: Sharer, outbox: Outbox) -> None:
    await root.ask("POST", "targets", {"name": "ops", "url": f"{outbox.hook.url}/events"})
    account = (await root.ask("GET", "accounts"))["accounts"][0]["id"]
    await outbox.automate(root)
    document = (
        "<NotificationConfiguration><QueueConfiguration>"
        f"<Queue>arn:aws:sqs:us-east-1:{account}:ops</Queue><Event>s3:ObjectCreated:*</Event>"
        "</QueueConfiguration></NotificationConfiguration>"
    ).encode()
    put = await root.s3.send("PUT", f"/{BUCKET}", [("notification", "")], body=document)
    assert put.status == 200
    await outbox.put("outbox/a")
    told = await outbox.deliver()
    assert sum("Records" in one for one in told) == 1
    assert sum(one.get("type") == "narthex.automation" for one in told) == 1
    shown = await root.s3.send("GET", f"/{BUCKET}", [("notification", "")])
    assert b"utomation" not in shown.body.replace(b"NotificationConfiguration", b"")


async def test_a_link_that_is_over_is_not_sent_any_more(root: Sharer, outbox: Outbox) -> None:
    outbox.hook.answer = lambda _: Reply(500)
    await outbox.automate(root, expires_in=60)
    await outbox.put("outbox/a")
    await outbox.deliver()
    root.s3.clock.now_us = NOON + HOUR
    await outbox.deliver()
    failed = (await root.ask("GET", "deliveries", failed="true"))["deliveries"]
    assert [one["reason"].partition(":")[0] for one in failed] == ["EventAgeExceeded"]
    assert len(outbox.hook.asked) == 1


async def test_a_mail_brings_the_link(tmp_path: Path) -> None:
    async with listening() as post:
        async for driver in open_driver(tmp_path, smtp_url=post.url()):
            await driver.send("PUT", f"/{BUCKET}")
            root = Sharer(driver)
            order = {"bucket": BUCKET, "expires_in": 60, "notify": ["mailto:ops@example.org"]}
            made = await root.ask("POST", "automations", order)
            assert made["notify_secret"] is None
            await driver.send("PUT", f"/{BUCKET}/plan.txt", body=b"stolen fire")
            await Engine(driver.server, "test").settle()
    ((_, to, mail),) = post.taken
    assert (to, mail["Subject"]) == (["ops@example.org"], "plan.txt: a link for you")
    assert "http://narthex.test/s/" in mail.get_content()


async def test_what_is_sealed_opens_for_its_address_alone(root: Sharer, outbox: Outbox) -> None:
    await root.ask("POST", "targets", {"name": "ops", "url": outbox.hook.url})
    account = (await root.ask("GET", "accounts"))["accounts"][0]["id"]
    server = root.s3.server
    arn = f"arn:aws:sns:us-east-1:{account}:ops"
    target, payload = seal(server.keyring, arn, '{"subject": "s", "text": "t"}')
    assert target == f"{PREFIX}{arn}"
    other = seal(server.keyring, f"{arn}2", '{"subject": "other", "text": "t"}')[1]
    bad = base64.b64encode(changed(base64.b64decode(json.loads(payload)["sealed"]), 20)).decode()
    for lane, sealed in enumerate((payload, other, json.dumps({"sealed": bad}), "[]", "{}")):

        async def work(tx: Transaction, text: str = sealed, n: int = lane) -> None:
            await deliveries.enqueue(
                tx,
                account=account,
                target=target,
                lane=str(n),
                kind="notice",
                payload=text,
                now_us=NOON,
                expires_us=NOON + HOUR,
            )

        await server.catalog.run(work)
    assert await outbox.deliver() == [{"subject": "s", "text": "t"}]
    failed = (await root.ask("GET", "deliveries", failed="true"))["deliveries"]
    assert [one["reason"] for one in failed] == ["it does not open with this master key"] * 4


async def test_the_log_comes_in_pages(root: Sharer, outbox: Outbox) -> None:
    one = await outbox.automate(root)
    for number in range(3):
        await outbox.put(f"outbox/{number}.odp")
    await outbox.deliver()
    path = f"automations/{one['id']}/log"
    first = await root.ask("GET", path, limit="2")
    rest = await root.ask("GET", path, limit="2", after=first["next"])
    assert [run["key"] for run in first["runs"] + rest["runs"]] == [
        "outbox/2.odp",
        "outbox/1.odp",
        "outbox/0.odp",
    ]
    assert rest["next"] is None
