"""Owners are told: of a first use, of every one, of the last, and of an end that is near; once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from narthex import housekeeping
from narthex.events.engine import Engine
from narthex.pure import webhooks
from tests.asking import Api
from tests.cli.scripted import Asked, Reply, Scripted, scripted
from tests.driving import SECOND, Driver, open_driver
from tests.events.senders.test_mail import listening
from tests.ledger.conftest import BODY
from tests.ledger.receivers import Receiver
from tests.ledger.sharing import BUCKET, Document, Refused, Sharer, holder
from tests.ledger.test_broken import LARGE
from tests.ledger.test_owners import allow, user
from tests.ledger.test_requests import ask, post, put

HOUR = 3600 * SECOND
LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
async def narthex(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server that may tell this machine, with objects to share."""
    more: dict[str, Any] = {"inline_size": 1024, "min_part_size": 16}
    async for driver in open_driver(tmp_path, notify_allow=LOOPBACK, notify_before=600, **more):
        await driver.send("PUT", f"/{BUCKET}")
        for key in ("k", "photos/1.jpg", "photos/2.jpg"):
            await driver.send("PUT", f"/{BUCKET}/{key}", body=BODY)
        yield driver


@pytest.fixture
def hook() -> Iterator[Scripted]:
    """A webhook that takes all."""
    with scripted(lambda _: Reply(204)) as server:
        yield server


@dataclass
class Told:
    """What arrived at a webhook once all that is due was delivered."""

    narthex: Driver
    hook: Scripted

    async def all(self) -> list[Asked]:
        """Every message so far."""
        await Engine(self.narthex.server, "test").settle()
        return self.hook.asked

    async def documents(self) -> list[Document]:
        """Every message so far, read."""
        return [json.loads(asked.body) for asked in await self.all()]

    async def occasions(self) -> list[list[str]]:
        """What each message was about."""
        return [one["data"]["occasions"] for one in await self.documents()]

    async def ends(self) -> None:
        """The steward looks for ends that are near."""
        await housekeeping.tell_ends(self.narthex.server)


@pytest.fixture
def told(narthex: Driver, hook: Scripted) -> Told:
    """What the webhook was told."""
    return Told(narthex, hook)


async def test_a_first_use_is_told_once_and_signed(root: Sharer, told: Told) -> None:
    url = f"{told.hook.url}/hooks/secret"
    made = await root.issue(notify=[url], recipient="Ana", note="for you")
    for _ in range(3):
        assert (await root.s3.url(made["raw"])).status == 200
    (asked,) = await told.all()
    document = json.loads(asked.body)
    assert document["type"] == "narthex.share"
    assert document["subject"] == "narthex: k was downloaded"
    assert document["text"] == (
        f"s3://{BUCKET}/k (2048 bytes) was downloaded for the first time.\n\n"
        f"Share {made['share']['id']} of s3://{BUCKET}/k, for Ana.\n"
        f"narthex shares log {made['share']['id']}\n"
    )
    assert document["data"]["occasions"] == ["first"]
    assert document["data"]["use"]["key"] == "k"
    assert document["data"]["share"]["note"] == "for you"
    token = made["link"].rpartition("/")[2]
    assert token.encode() not in asked.body
    assert b"192.0.2." not in asked.body  # who it was, the log says
    headers = asked.headers
    signed = (headers["webhook-id"], int(headers["webhook-timestamp"]), asked.body)
    assert headers["webhook-signature"] == webhooks.signature(made["notify_secret"], *signed)
    shown = made["share"]
    assert shown["notify"] == [f"{told.hook.url}/…"]
    assert shown["notify_on"] == ["first", "used-up", "expiring"]
    assert "hooks" not in json.dumps(await root.share(shown["id"]))


async def test_a_mail_tells_it_too(tmp_path: Path) -> None:
    async with listening() as post:
        async for driver in open_driver(tmp_path, smtp_url=post.url()):
            await driver.send("PUT", f"/{BUCKET}")
            await driver.send("PUT", f"/{BUCKET}/k", body=BODY)
            made = await Sharer(driver).issue(notify=["mailto:ops@example.org"])
            await driver.url(made["raw"])
            await Engine(driver.server, "test").settle()
    ((_, to, mail),) = post.taken
    assert (to, mail["Subject"]) == (["ops@example.org"], "narthex: k was downloaded")
    assert made["notify_secret"] is None


async def test_once_the_first_use_was_told_the_others_are_booked_no_more(
    root: Sharer, narthex: Driver, told: Told
) -> None:
    made = await root.issue(notify=[told.hook.url])
    other = Driver(narthex.server, narthex.clock)
    for driver in (narthex, other, narthex):
        assert (await driver.url(made["raw"])).status == 200
    entries = (await root.ask("GET", f"shares/{made['share']['id']}/log"))["entries"]
    assert [bool(one["use"]) for one in entries] == [False, True, False]  # newest first
    assert (await root.share(made["share"]["id"]))["downloads"] == 3
    assert await told.occasions() == [["first"]]


async def test_the_last_use_is_told_with_it(root: Sharer, told: Told) -> None:
    made = await root.issue(notify=[told.hook.url], max_downloads=1)
    await root.s3.url(made["raw"])
    (document,) = await told.documents()
    assert document["data"]["occasions"] == ["first", "used-up"]
    assert document["subject"] == "narthex: k was downloaded, and its link is used up"
    assert "The link is used up: 1 of 1 downloads.\n" in document["text"]
    assert (await root.s3.url(made["raw"])).status == 403
    assert len(await told.all()) == 1


async def test_a_broken_download_is_no_use(root: Sharer, narthex: Driver, told: Told) -> None:
    await narthex.send("PUT", f"/{BUCKET}/large", body=LARGE)
    made = await root.issue("large", notify=[told.hook.url], max_downloads=1)
    await Receiver(narthex, made["raw"]).run()
    assert await told.all() == []
    await root.s3.url(made["raw"])
    assert await told.occasions() == [["first", "used-up"]]


async def test_nothing_is_used_up_while_a_use_may_be_given_back(
    root: Sharer, narthex: Driver, told: Told
) -> None:
    await narthex.send("PUT", f"/{BUCKET}/large", body=LARGE)
    made = await root.issue("large", notify=[told.hook.url], notify_on=["used-up"], max_downloads=2)
    slow = Receiver(narthex, made["raw"], stalls=True)
    under_way = asyncio.create_task(slow.run())
    await slow.reached.wait()
    assert (await root.s3.url(made["raw"])).status == 200
    assert (await root.s3.url(made["raw"])).status == 403
    assert await told.all() == []
    under_way.cancel()
    await asyncio.wait([under_way])
    assert (await root.s3.url(made["raw"])).status == 200
    assert await told.occasions() == [["used-up"]]


async def test_every_use_can_be_told_also_at_the_same_time(root: Sharer, told: Told) -> None:
    made = await root.issue(notify=[told.hook.url], notify_on=["each", "used-up"], max_downloads=5)
    answers = await asyncio.gather(*(root.s3.url(made["raw"]) for _ in range(20)))
    assert sorted(one.status for one in answers) == [200] * 5 + [403] * 15
    occasions = await told.occasions()
    assert len(occasions) in (5, 6)  # the last one is told with its use, or by who came after it
    assert sum("each" in one for one in occasions) == 5
    assert sum("used-up" in one for one in occasions) == 1


async def test_what_has_too_few_bytes_left_is_used_up(root: Sharer, told: Told) -> None:
    made = await root.issue(notify=[told.hook.url], notify_on=["used-up"], max_bytes=len(BODY) + 1)
    await root.s3.url(made["raw"])
    assert await told.all() == []
    for _ in range(2):
        assert (await root.s3.url(made["raw"])).status == 403
    assert await told.occasions() == [["used-up"]]


async def test_a_whole_folder_is_told_by_its_files(root: Sharer, told: Told) -> None:
    made = await root.issue("photos/", prefix=True, raw=False, notify=[told.hook.url])
    visitor = await holder(root, made)
    for key in ("photos/1.jpg", "photos/2.jpg"):
        assert (await visitor.send("GET", f"/{BUCKET}/{key}")).status == 200
    (document,) = await told.documents()
    assert document["subject"] == "narthex: 1.jpg was downloaded"
    assert f"of s3://{BUCKET}/photos/*." in document["text"]


async def test_an_end_that_is_near_is_told_once(root: Sharer, narthex: Driver, told: Told) -> None:
    made = await root.issue(notify=[told.hook.url], expires_in=7200)
    narthex.clock.now_us += 7200 * SECOND - 600 * SECOND - 1
    await told.ends()
    assert await told.all() == []
    narthex.clock.now_us += 1
    for _ in range(2):
        await told.ends()
    (document,) = await told.documents()
    assert document["data"]["occasions"] == ["expiring"]
    assert document["subject"] == "narthex: the link to k ends soon"
    assert f"The link ends at {made['share']['expires_at']}, in 10 minutes.\n" in document["text"]
    await root.ask("PATCH", f"shares/{made['share']['id']}", {"expires_in": 7200})
    await told.ends()
    assert len(await told.all()) == 1
    narthex.clock.now_us += 7000 * SECOND
    await told.ends()
    assert await told.occasions() == [["expiring"]] * 2  # another end


async def test_a_short_life_is_told_at_its_last_tenth(
    root: Sharer, narthex: Driver, told: Told
) -> None:
    await root.issue(notify=[told.hook.url], expires_in=100)
    narthex.clock.now_us += 90 * SECOND - 1
    await told.ends()
    assert await told.all() == []
    narthex.clock.now_us += 1
    await told.ends()
    assert await told.occasions() == [["expiring"]]


@pytest.mark.parametrize("how", ["revoked", "used up", "over", "shortened"])
async def test_the_end_of_what_has_ended_is_no_news(
    root: Sharer, narthex: Driver, told: Told, how: str
) -> None:
    made = await root.issue(notify=[told.hook.url], notify_on=["expiring"], max_downloads=1)
    if how == "revoked":
        await root.ask("DELETE", f"shares/{made['share']['id']}")
    elif how == "used up":
        await root.s3.url(made["raw"])
    elif how == "shortened":
        await root.ask("PATCH", f"shares/{made['share']['id']}", {"expires_in": 60})
    narthex.clock.now_us += 3600 * SECOND - (0 if how == "over" else 1)
    await told.ends()
    assert await told.all() == []


async def test_a_request_tells_every_file(root: Sharer, told: Told) -> None:
    made = await ask(root, notify=[told.hook.url], max_files=3)
    assert made["request"]["notify_on"] == ["each", "used-up", "expiring"]
    assert (await put(root, made, "a.txt", b"hello")).status == 200
    assert (await post(root, made, "b.txt", b"world!")).status == 201
    assert (await put(root, made, "c.txt", b"")).status == 200
    documents = await told.documents()
    assert [one["data"]["use"]["key"] for one in documents] == [
        "inbox/a.txt",
        "inbox/b.txt",
        "inbox/c.txt",
    ]
    assert [one["data"]["occasions"] for one in documents] == [
        ["each"],
        ["each"],
        ["each", "used-up"],
    ]
    assert documents[0]["subject"] == "narthex: a.txt was uploaded"
    assert documents[0]["type"] == "narthex.request"
    assert "narthex requests log" in documents[0]["text"]


async def test_a_file_that_is_not_stored_is_not_told(root: Sharer, told: Told) -> None:
    made = await ask(root, notify=[told.hook.url], max_size=3)
    assert (await put(root, made, "a.txt", b"hello")).status == 400
    assert (await put(root, made, "a.txt", b"abc")).status == 200
    assert (await put(root, made, "a.txt", b"abd")).status == 412
    assert [one["data"]["use"]["bytes"] for one in await told.documents()] == [3]


async def test_a_named_target_is_told_with_its_own_secret(root: Sharer, told: Told) -> None:
    target = await root.ask("POST", "targets", {"name": "ops", "url": told.hook.url})
    made = await root.issue(notify=["ops"])
    assert (made["share"]["notify"], made["notify_secret"]) == (["ops"], None)
    await root.s3.url(made["raw"])
    (asked,) = await told.all()
    headers = asked.headers
    signed = (headers["webhook-id"], int(headers["webhook-timestamp"]), asked.body)
    assert headers["webhook-signature"] == webhooks.signature(target["secret"], *signed)


async def test_a_named_target_needs_a_right(root: Sharer, narthex: Driver, told: Told) -> None:
    await root.ask("POST", "targets", {"name": "ops", "url": told.hook.url})
    api = Api(narthex)
    sharing = allow("s3:GetObject", "narthex:CreateShare")
    ana = await user(api, "ana", sharing)
    with pytest.raises(Refused, match="narthex:GetTarget"):
        await ana.issue(notify=["ops"])
    known = allow("narthex:GetTarget", resource="arn:aws:sns:*:*:ops")
    ben = await user(api, "ben", sharing, known)
    await ben.issue(notify=["ops"])


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"notify": ["http://10.0.0.1/"]}, "notify"),
    ({"notify": ["http://169.254.169.254/latest"]}, "notify"),
    ({"notify": ["http://[::1]/"]}, "notify"),
    ({"notify": ["http://no-such-host.invalid/"]}, "notify"),
    ({"notify": ["http://h:22/"]}, "notify"),
    ({"notify": ["file:///etc/passwd"]}, "notify"),
    ({"notify": ["nosuch://x"]}, "notify"),
    ({"notify": ["redis://127.0.0.1/0"]}, "notify"),
    ({"notify": ["mailto:ops@example.org"]}, "notify"),  # the settings name no mail server
    ({"notify": ["nobody"]}, "notify"),
    ({"notify": [""]}, "notify"),
    ({"notify": "ops"}, "notify"),
    ({"notify": [f"http://127.0.0.1:{port}/" for port in range(8000, 8011)]}, "notify"),
    ({"notify": ["http://127.0.0.1:8000/"], "notify_on": ["last"]}, "notify_on"),
    ({"notify_on": ["first"]}, "notify_on"),
]


@pytest.mark.parametrize(("order", "field"), REFUSED, ids=str)
async def test_what_cannot_be_told_is_refused(
    root: Sharer, order: dict[str, Any], field: str
) -> None:
    for issuing in (root.issue(**order), ask(root, **order)):
        with pytest.raises(Refused) as error:
            await issuing
        assert (error.value.code, error.value.field) == ("InvalidArgument", field)
    assert (await root.ask("GET", "shares"))["shares"] == []


async def test_who_may_not_share_learns_nothing_of_an_address(narthex: Driver) -> None:
    blind = await user(Api(narthex), "blind", allow("narthex:CreateShare"))
    with pytest.raises(Refused, match="s3:GetObject"):
        await blind.issue(notify=["http://10.0.0.1/"])


async def test_a_pruned_share_leaves_nothing_of_whom_it_told(
    root: Sharer, narthex: Driver, told: Told
) -> None:
    made = await root.issue(notify=[told.hook.url])
    await root.s3.url(made["raw"])
    narthex.clock.now_us += 100 * 24 * HOUR
    await housekeeping.prune_shares(narthex.server)
    for table in ("addresses", "share_ends", "share_tellings"):
        rows = await narthex.server.catalog.fetch(f"SELECT * FROM {table}")
        assert rows == []


async def test_a_share_that_tells_nobody_costs_no_row(root: Sharer, narthex: Driver) -> None:
    made = await root.issue()
    assert (made["share"]["notify"], made["share"]["notify_on"]) == ([], [])
    await root.s3.url(made["raw"])
    for table in ("addresses", "share_ends", "share_tellings", "reservations", "deliveries"):
        assert await narthex.server.catalog.fetch(f"SELECT * FROM {table}") == []
