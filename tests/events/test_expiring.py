"""What rules end is ended once, told of once, and never while it could still be wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from narthex.app import open_server
from narthex.catalog import (
    Catalog,
    Row,
    Transaction,
    Value,
    audit,
    buckets,
    lifecycle_walks,
    uploads,
)
from narthex.catalog.audit import Sought
from narthex.catalog.lifecycle_walks import Walk
from narthex.errors import Unavailable
from narthex.housekeeping import delete_doomed
from narthex.pure.lifecycle import LAST_US
from narthex.s3 import expiring
from narthex.s3.expiring import end_by_rules
from narthex.server import Server
from narthex.steward import chores
from tests.driving import NOON, SECOND, Driver
from tests.events.receiving import Inbox, account_of, configure, open_inbox, queue_of, settle
from tests.operations.lifecycles import DAY, LIFECYCLE, aborting, keep, rule, rules, tagged
from tests.operations.multipart import begin, put_part
from tests.operations.tagging import TAGGING, document

LONG = 60.0  # seconds of a round: all that is due
MIDNIGHT = NOON // DAY * DAY + DAY  # the next one


@pytest.fixture
async def inbox(narthex: Driver, bucket: str) -> Inbox:
    """A queue that is told of what comes, of what is deleted and of what ends."""
    inbox = open_inbox(await account_of(narthex.server))
    events = ("s3:ObjectRemoved:*", "s3:LifecycleExpiration:*")
    await configure(narthex, bucket, queue_of(inbox.arn, *events, id="ends"))
    return inbox


async def fill(narthex: Driver, bucket: str, *keys: str, body: bytes = b"hello") -> None:
    """Objects that are there now."""
    for key in keys:
        assert (await narthex.send("PUT", f"/{bucket}/{key}", body=body)).status == 200


async def keys_of(narthex: Driver, bucket: str) -> list[str]:
    """All keys, in order."""
    listed = await narthex.send("GET", f"/{bucket}", [("list-type", "2")])
    return [element.text or "" for element in listed.xml.iter("Key")]


async def counted(narthex: Driver, bucket: str) -> dict[str, int]:
    """How many things ended in a bucket by the audit log."""
    catalog = narthex.server.catalog
    sought = Sought(await account_of(narthex.server), None, event=expiring.ACT)
    counts = {"objects": 0, "uploads": 0}
    for entry in await audit.page(catalog, sought, None, 1000, newest_first=False):
        assert (entry.outcome, entry.actor) == ("done", "")
        assert entry.resource == f"arn:aws:s3:::{bucket}"
        for word in entry.detail.split():
            name, _, count = word.partition("=")
            counts[name] += int(count)
    return counts


async def walk_of(server: Server, bucket: str) -> Walk | None:
    """Where the walk over a bucket stands."""
    found = await buckets.find(server.catalog, bucket)
    return None if found is None else await lifecycle_walks.find(server.catalog, found.id)


async def due_of(narthex: Driver, bucket: str) -> int:
    """When a bucket is walked again; no walk is under way."""
    walk = await walk_of(narthex.server, bucket)
    assert walk is not None
    assert walk.began_us == 0
    return walk.due_us


async def test_what_ends_is_told_as_s3_tells_it(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    await fill(narthex, bucket, "red flower@x/ü.jpg")
    await keep(narthex, bucket, rule(1))
    narthex.clock.now_us = MIDNIGHT + DAY
    assert await end_by_rules(narthex.server, LONG) == 1
    await settle(narthex)
    (message,) = inbox.messages
    (record,) = message["Records"]
    assert len(record["s3"]["object"].pop("sequencer")) == 18
    assert len(record["s3"]["bucket"]["ownerIdentity"].pop("principalId")) == 64
    answered = record.pop("responseElements")
    assert len(answered["x-amz-request-id"]) == 16
    assert answered["x-amz-id-2"]
    assert record == {
        "eventVersion": "2.3",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-26T00:00:00.000Z",
        "eventName": "LifecycleExpiration:Delete",
        "userIdentity": {"principalId": "s3.amazonaws.com"},
        "requestParameters": {"sourceIPAddress": "s3.amazonaws.com"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "ends",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {"key": "red+flower%40x/%C3%BC.jpg"},
        },
    }
    assert (await narthex.send("GET", f"/{bucket}/red flower@x/ü.jpg")).status == 404


async def test_nothing_ends_before_its_midnight(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    await fill(narthex, bucket, "k")
    await keep(narthex, bucket, rule(1))
    for moment in (NOON, MIDNIGHT, MIDNIGHT + DAY - 1):
        narthex.clock.now_us = moment
        assert await end_by_rules(narthex.server, LONG) == 0
        assert await keys_of(narthex, bucket) == ["k"]
    narthex.clock.now_us = MIDNIGHT + DAY
    assert await end_by_rules(narthex.server, LONG) == 1
    assert await keys_of(narthex, bucket) == []
    assert await end_by_rules(narthex.server, LONG) == 0


async def test_what_no_rule_is_about_stays(narthex: Driver, bucket: str, inbox: Inbox) -> None:
    await fill(narthex, bucket, "a/1", "a0", "b/1", "b/2", "c")
    await narthex.send("PUT", f"/{bucket}/b/2", TAGGING, body=document({"color": "red"}))
    await fill(narthex, bucket, "large", body=b"x" * 2000)
    await keep(
        narthex,
        bucket,
        rule(1, id="prefix", chosen="<Prefix>a/</Prefix>"),
        rule(1, id="tag", chosen=tagged("color", "red")),
        rule(1, id="size", chosen="<ObjectSizeGreaterThan>1999</ObjectSizeGreaterThan>"),
        rule(1, id="off", status="Disabled"),
    )
    narthex.clock.now_us += 2 * DAY
    assert await end_by_rules(narthex.server, LONG) == 3
    await settle(narthex)
    assert sorted(key for _, key in inbox.told) == ["a/1", "b/2", "large"]
    assert await keys_of(narthex, bucket) == ["a0", "b/1", "c"]


async def test_a_date_ends_what_is_there_and_what_comes_later(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    await fill(narthex, bucket, "k")
    date = "<Expiration><Date>2026-12-01T00:00:00Z</Date></Expiration>"
    await keep(narthex, bucket, rule(None, does=date))
    assert await end_by_rules(narthex.server, LONG) == 0
    assert await due_of(narthex, bucket) == MIDNIGHT + 6 * DAY
    narthex.clock.now_us = MIDNIGHT + 6 * DAY
    assert await end_by_rules(narthex.server, LONG) == 1
    await fill(narthex, bucket, "late")
    assert await end_by_rules(narthex.server, LONG) == 0, "one walk a day"
    narthex.clock.now_us += DAY
    assert await end_by_rules(narthex.server, LONG) == 1


async def test_a_bucket_is_walked_when_something_can_have_ended(
    narthex: Driver, bucket: str
) -> None:
    await fill(narthex, bucket, "k")
    await keep(narthex, bucket, rule(30))
    assert await due_of(narthex, bucket) == NOON
    narthex.clock.now_us += 5 * DAY
    await end_by_rules(narthex.server, LONG)
    assert await due_of(narthex, bucket) == MIDNIGHT + 30 * DAY, "what is there"
    narthex.clock.now_us = MIDNIGHT + 30 * DAY
    assert await end_by_rules(narthex.server, LONG) == 1
    assert await due_of(narthex, bucket) == MIDNIGHT + 60 * DAY, "what came meanwhile"


async def test_the_same_rules_put_again_begin_no_walk_and_others_do(
    narthex: Driver, bucket: str
) -> None:
    await keep(narthex, bucket, rule(30))
    await end_by_rules(narthex.server, LONG)
    later = await due_of(narthex, bucket)
    assert later > NOON
    await keep(narthex, bucket, rule(30))
    assert await due_of(narthex, bucket) == later
    await keep(narthex, bucket, rule(29))
    assert await due_of(narthex, bucket) == NOON


async def test_rules_about_nothing_here_cost_no_walk(narthex: Driver, bucket: str) -> None:
    marker = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
    await keep(narthex, bucket, rule(None, does=marker))
    await fill(narthex, bucket, "k")
    await end_by_rules(narthex.server, LONG)
    assert await due_of(narthex, bucket) == LAST_US


async def test_without_rules_or_without_a_bucket_there_is_no_walk(
    narthex: Driver, bucket: str
) -> None:
    await keep(narthex, bucket, rule())
    assert await walk_of(narthex.server, bucket) is not None
    await narthex.send("DELETE", f"/{bucket}", LIFECYCLE)
    assert await walk_of(narthex.server, bucket) is None
    await keep(narthex, bucket, rule())
    assert (await narthex.send("DELETE", f"/{bucket}")).status == 204
    rows = await narthex.server.catalog.fetch("SELECT bucket FROM lifecycle_walks")
    assert rows == []


async def test_unfinished_uploads_end_by_their_days(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    old = await begin(narthex, f"/{bucket}/a/old")
    await put_part(narthex, f"/{bucket}/a/old", old, 1, b"x" * 4096)
    other = await begin(narthex, f"/{bucket}/b/other")
    await keep(narthex, bucket, rule(None, chosen="<Prefix>a/</Prefix>", does=aborting(2)))
    narthex.clock.now_us += 2 * DAY
    young = await begin(narthex, f"/{bucket}/a/old")
    assert await end_by_rules(narthex.server, LONG) == 0
    narthex.clock.now_us = MIDNIGHT + 2 * DAY
    assert await end_by_rules(narthex.server, LONG) == 1
    listed = await narthex.send("GET", f"/{bucket}", [("uploads", "")])
    assert [e.text for e in listed.xml.iter("UploadId")] == [young, other]
    narthex.clock.now_us += DAY
    assert await delete_doomed(narthex.server) == 1, "the bytes of its part"
    await settle(narthex)
    assert inbox.told == [], "S3 has no event for it"


@pytest.mark.parametrize("page", [1, 2, 3, 100])
async def test_pages_of_any_size_leave_nothing_out(
    narthex: Driver, bucket: str, inbox: Inbox, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "PAGE", page)
    monkeypatch.setattr(expiring, "BATCH", page)
    keys = ["a", "a\u0001", "a/", "a/b", "a0", "b", "ü", "\U0010ffff"]
    await fill(narthex, bucket, *keys)
    for number in range(5):
        await begin(narthex, f"/{bucket}/u{number // 3}")
    await keep(narthex, bucket, rule(1, does=aborting(1)))
    narthex.clock.now_us += 2 * DAY
    assert await end_by_rules(narthex.server, LONG) == len(keys) + 5
    await settle(narthex)
    assert len(inbox.told) == len(set(inbox.told)) == len(keys)
    assert await counted(narthex, bucket) == {"objects": len(keys), "uploads": 5}
    assert await keys_of(narthex, bucket) == []


@dataclass
class Meddling:
    """A catalog in which something happens just before the transaction of this number, from 1."""

    catalog: Catalog
    at: int
    happens: Callable[[], Awaitable[Any]]
    count: int = 0

    async def run(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        self.count += 1
        if self.count == self.at:
            await self.happens()
        return await self.catalog.run(work)

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return await self.catalog.fetch(sql, values)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        return await self.catalog.fetch_one(sql, values)

    async def clock(self) -> int | None:
        return await self.catalog.clock()


def meddled(narthex: Driver, happens: Callable[[], Awaitable[Any]], at: int = 1) -> Server:
    """The same server; what happens does so between a page and the transaction of its end."""
    meddling: Any = Meddling(narthex.server.catalog, at, happens)
    return replace(narthex.server, catalog=meddling)


async def test_what_is_written_anew_meanwhile_stays(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    await fill(narthex, bucket, "a", "b")
    date = "<Expiration><Date>2026-11-25T00:00:00Z</Date></Expiration>"  # ends old and new alike
    await keep(narthex, bucket, rule(None, does=date))
    narthex.clock.now_us = MIDNIGHT
    server = meddled(narthex, lambda: fill(narthex, bucket, "a", body=b"again"))
    assert await end_by_rules(server, LONG) == 1
    assert (await narthex.send("GET", f"/{bucket}/a")).body == b"again"
    await settle(narthex)
    assert inbox.told == [("LifecycleExpiration:Delete", "b")]


async def test_what_lost_its_tag_meanwhile_stays_until_it_has_it_again(
    narthex: Driver, bucket: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "BATCH", 1)
    red = document({"color": "red"})
    await fill(narthex, bucket, "a", "b")
    for key in "ab":
        await narthex.send("PUT", f"/{bucket}/{key}", TAGGING, body=red)
    await keep(narthex, bucket, rule(1, chosen=tagged("color", "red")))
    narthex.clock.now_us = MIDNIGHT + DAY
    server = meddled(narthex, lambda: narthex.send("DELETE", f"/{bucket}/a", TAGGING))
    assert await end_by_rules(server, LONG) == 1
    assert await keys_of(narthex, bucket) == ["a"]
    assert await due_of(narthex, bucket) == MIDNIGHT + 2 * DAY
    await narthex.send("PUT", f"/{bucket}/a", TAGGING, body=red)
    narthex.clock.now_us += DAY
    assert await end_by_rules(narthex.server, LONG) == 1


async def test_what_is_deleted_meanwhile_is_told_of_once(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    await fill(narthex, bucket, "a")
    await keep(narthex, bucket, rule(1))
    narthex.clock.now_us = MIDNIGHT + DAY
    server = meddled(narthex, lambda: narthex.send("DELETE", f"/{bucket}/a"))
    assert await end_by_rules(server, LONG) == 0
    await settle(narthex)
    assert inbox.told == [("ObjectRemoved:Delete", "a")]


async def test_rules_that_are_withdrawn_or_changed_meanwhile_end_nothing(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    await fill(narthex, bucket, "a", "b")
    await keep(narthex, bucket, rule(1))
    narthex.clock.now_us = MIDNIGHT + DAY
    only_b = rule(1, chosen="<Prefix>b</Prefix>")
    assert await end_by_rules(meddled(narthex, lambda: keep(narthex, bucket, only_b)), LONG) == 1
    assert await keys_of(narthex, bucket) == ["a"]
    await keep(narthex, bucket, rule(1))
    gone = meddled(narthex, lambda: narthex.send("DELETE", f"/{bucket}", LIFECYCLE))
    assert await end_by_rules(gone, LONG) == 0
    assert await keys_of(narthex, bucket) == ["a"]


async def test_an_upload_completed_meanwhile_is_not_aborted(
    narthex: Driver, bucket: str, inbox: Inbox
) -> None:
    upload = await begin(narthex, f"/{bucket}/k")
    etag = await put_part(narthex, f"/{bucket}/k", upload, 1, b"hello")
    await keep(narthex, bucket, rule(None, does=aborting(1)))
    narthex.clock.now_us = MIDNIGHT + DAY
    body = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    finish = lambda: narthex.send("POST", f"/{bucket}/k", [("uploadId", upload)], body=body)  # noqa: E731
    assert await end_by_rules(meddled(narthex, finish), LONG) == 0
    assert (await narthex.send("GET", f"/{bucket}/k")).body == b"hello"


async def die() -> None:
    """What a process meets whose catalog is gone, or who is."""
    raise Unavailable("gone")


@pytest.mark.parametrize("at", range(1, 8))
async def test_a_steward_that_dies_in_the_middle_ends_and_tells_nothing_twice(
    narthex: Driver, bucket: str, inbox: Inbox, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "PAGE", 4)
    monkeypatch.setattr(expiring, "BATCH", 2)
    keys = [f"k{number}" for number in range(9)]
    await fill(narthex, bucket, *keys)
    await begin(narthex, f"/{bucket}/u")
    await keep(narthex, bucket, rule(1, does=aborting(1)))
    narthex.clock.now_us = MIDNIGHT + DAY
    with pytest.raises(Unavailable):
        await end_by_rules(meddled(narthex, die, at), LONG)
    left = len(await keys_of(narthex, bucket))
    assert left == max(0, 9 - 2 * (at - 1))
    walk = await walk_of(narthex.server, bucket)
    assert walk is not None
    assert (walk.began_us > 0) == (at > 1), "its place is kept with what ended"
    await end_by_rules(narthex.server, LONG)
    await settle(narthex)
    assert sorted(inbox.told) == [("LifecycleExpiration:Delete", key) for key in keys]
    assert await counted(narthex, bucket) == {"objects": 9, "uploads": 1}
    assert await uploads.page(
        narthex.server.catalog,
        walk.bucket,
        prefix="",
        delimiter="",
        key_marker="",
        upload_id_marker="",
        limit=1,
    ) == uploads.Page((), False, "", "")


async def test_a_round_ends_with_its_time_and_goes_on_in_the_next(
    narthex: Driver, bucket: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiring, "PAGE", 2)
    await fill(narthex, bucket, *"abcdefg")
    await keep(narthex, bucket, rule(1))
    narthex.clock.now_us = MIDNIGHT + DAY
    rounds = [await end_by_rules(narthex.server, 0) for _ in range(8)]
    assert rounds == [2, 2, 2, 1, 0, 0, 0, 0]
    await settle(narthex)
    assert [key for _, key in inbox.told] == list("abcdefg")


async def test_a_bucket_whose_rules_cannot_be_read_holds_up_no_other(
    narthex: Driver, bucket: str
) -> None:
    await fill(narthex, bucket, "k")
    await keep(narthex, bucket, rule(1))
    await narthex.send("PUT", "/broken")
    await narthex.send("PUT", "/broken", LIFECYCLE, body=rules(rule(1)))
    broken = await buckets.find(narthex.server.catalog, "broken")
    assert broken is not None

    async def spoil(tx: Transaction) -> None:
        await buckets.attach(tx, broken.id, "lifecycle", "<no rules>")

    await narthex.server.catalog.run(spoil)
    narthex.clock.now_us = MIDNIGHT + DAY
    assert await end_by_rules(narthex.server, LONG) == 1
    walk = await walk_of(narthex.server, "broken")
    assert walk is not None
    assert walk.due_us == narthex.clock.now_us + 3600 * SECOND


async def test_a_share_of_what_ended_is_like_one_of_what_was_deleted(
    narthex: Driver, bucket: str
) -> None:
    await fill(narthex, bucket, "k")
    await keep(narthex, bucket, rule(1))
    narthex.clock.now_us = MIDNIGHT + DAY - SECOND
    link = narthex.link("GET", f"/{bucket}/k")
    assert (await narthex.url(link)).status == 200
    narthex.clock.now_us += SECOND
    await end_by_rules(narthex.server, LONG)
    gone = await narthex.url(link)
    assert (gone.status, gone.code) == (404, "NoSuchKey")


def test_the_steward_has_this_chore() -> None:
    assert "end by rules" in {chore.name for chore in chores()}


@pytest.fixture
async def other(narthex: Driver, tmp_path: Path) -> AsyncIterator[Server]:
    """Another node on the same catalog."""
    opened = await open_server(narthex.server.settings)
    yield replace(opened, clock=lambda: narthex.clock.now_us)
    await opened.ledger.close()
    await opened.catalog.close()


async def test_two_nodes_at_once_end_and_tell_everything_once(
    narthex: Driver, bucket: str, inbox: Inbox, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even without the lease: the one that comes second finds the rows gone."""
    monkeypatch.setattr(expiring, "BATCH", 2)
    keys = [f"k{number}" for number in range(6)]
    await fill(narthex, bucket, *keys)
    await keep(narthex, bucket, rule(1))
    narthex.clock.now_us = MIDNIGHT + DAY
    first = meddled(narthex, lambda: end_by_rules(other, LONG), at=2)
    assert await end_by_rules(first, LONG) == 2
    await settle(narthex)
    assert sorted(inbox.told) == [("LifecycleExpiration:Delete", key) for key in keys]
