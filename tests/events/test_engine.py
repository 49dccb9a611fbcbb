"""The engine delivers at least once, in order for each key, within bounds, whoever fails."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from narthex.catalog import Transaction, delivery_log, leases
from narthex.catalog.deliveries import enqueue
from narthex.catalog.delivery_log import BEHIND_ALL, Kept
from narthex.errors import Conflict
from narthex.events import engine as engine_module
from narthex.events import stream
from narthex.events.engine import LEASE, LEASE_SECONDS, Engine
from narthex.events.post import take_post
from narthex.events.registry import register, target_of
from narthex.events.target import Delivery, Undelivered
from narthex.events.wake import Bell, ring
from tests.driving import SECOND, Driver
from tests.events.receiving import Inbox, account_of, open_inbox, settle

HOUR = 3600 * SECOND


async def put(narthex: Driver, inbox: Inbox, lane: str, number: int = 0, **more: object) -> None:
    """A delivery of a number in a lane."""
    account = await account_of(narthex.server)
    values: dict[str, object] = {
        "account": account,
        "target": inbox.arn,
        "lane": lane,
        "kind": "notice",
        "payload": json.dumps(number),
        "now_us": narthex.clock.now_us,
        "expires_us": narthex.clock.now_us + HOUR,
    }

    async def work(tx: Transaction) -> None:
        await enqueue(tx, **(values | more))  # type: ignore[arg-type]

    await narthex.server.catalog.run(work)


async def kept(narthex: Driver) -> list[Kept]:
    """Every delivery, oldest first."""
    account = await account_of(narthex.server)
    newest = await delivery_log.newest(narthex.server.catalog, account, BEHIND_ALL, 1000)
    return newest[::-1]


@pytest.fixture
async def queue(narthex: Driver) -> Inbox:
    """A queue without a bucket."""
    return open_inbox(await account_of(narthex.server))


async def test_everything_is_delivered_once_and_in_order(narthex: Driver, queue: Inbox) -> None:
    for number in range(300):
        await put(narthex, queue, f"lane {number % 7}", number)
    await settle(narthex)
    by_lane: dict[str, list[int]] = defaultdict(list)
    for delivery in queue.taken:
        by_lane[delivery.lane].append(json.loads(delivery.payload))
    assert by_lane == {f"lane {lane}": list(range(lane, 300, 7)) for lane in range(7)}
    assert {one.state for one in await kept(narthex)} == {"delivered"}
    await settle(narthex)
    assert len(queue.tried) == 300


async def test_a_failure_holds_its_lane_and_no_other(narthex: Driver, queue: Inbox) -> None:
    def refuse(delivery: Delivery) -> None:
        if (delivery.lane, delivery.payload) == ("bad", "0") and delivery.attempt < 3:
            raise Undelivered("not now", retry_after=60)

    queue.answer = refuse
    for number in range(4):
        await put(narthex, queue, "bad", number)
        await put(narthex, queue, "good", number)
    await settle(narthex)
    assert [delivery.lane for delivery in queue.taken] == ["good"] * 4
    assert [one.state for one in await kept(narthex) if one.lane == "bad"] == [
        "retrying",
        "behind",
        "behind",
        "behind",
    ]
    await settle(narthex)
    assert len(queue.tried) == 5, "it is not tried before it is due"
    for _ in range(2):
        narthex.clock.now_us += 120 * SECOND
        await put(narthex, queue, "bad", 4)
        await settle(narthex)
    bad = [json.loads(one.payload) for one in queue.taken if one.lane == "bad"]
    assert bad == [0, 1, 2, 3, 4, 4]
    attempts = [one.attempt for one in queue.tried if one.lane == "bad" and one.payload == "0"]
    assert attempts == [1, 2, 3]


async def test_what_cannot_be_delivered_is_a_dead_letter_at_once(
    narthex: Driver, queue: Inbox
) -> None:
    def refuse(delivery: Delivery) -> None:
        if delivery.payload == "0":
            raise Undelivered("it is too large", permanent=True)

    queue.answer = refuse
    await put(narthex, queue, "a", 0)
    await put(narthex, queue, "a", 1)
    await settle(narthex)
    assert [one.payload for one in queue.taken] == ["1"]
    first, second = await kept(narthex)
    assert (first.state, first.reason, first.attempts) == ("failed", "it is too large", 1)
    assert (second.state, second.attempts) == ("delivered", 1)


async def test_what_is_too_old_is_a_dead_letter_and_says_why(narthex: Driver, queue: Inbox) -> None:
    def refuse(delivery: Delivery) -> None:
        raise Undelivered("connection refused")

    queue.answer = refuse
    await put(narthex, queue, "a")
    for _ in range(20):
        await settle(narthex)
        narthex.clock.now_us += 300 * SECOND
    (only,) = await kept(narthex)
    assert (only.state, only.reason) == ("failed", "EventAgeExceeded: connection refused")
    assert only.attempts > 5
    tried = len(queue.tried)
    await put(narthex, queue, "b", expires_us=narthex.clock.now_us)
    narthex.clock.now_us += HOUR
    await settle(narthex)
    assert (await kept(narthex))[-1].reason == "EventAgeExceeded"
    assert len(queue.tried) == tried, "what is too old is not tried"


async def test_a_dead_target_holds_up_no_other_and_is_spared(narthex: Driver, queue: Inbox) -> None:
    dead = open_inbox(await account_of(narthex.server))

    def refuse(delivery: Delivery) -> None:
        raise Undelivered("connection refused")

    dead.answer = refuse
    for number in range(200):
        await put(narthex, dead, f"lane {number}", number)
        await put(narthex, queue, f"lane {number}", number)
    await settle(narthex)
    assert len(queue.taken) == 200
    assert len(dead.tried) <= stream.AT_ONCE + stream.TIRED, "not once for each that waits"
    dead.answer = lambda delivery: None
    for _ in range(6):
        narthex.clock.now_us += 300 * SECOND
        await settle(narthex)
    assert sorted(json.loads(one.payload) for one in dead.taken) == list(range(200))


@dataclass
class Slow:
    """A target that takes its time. How many are under way is counted over all of them."""

    under_way: ClassVar[int] = 0
    most: ClassVar[int] = 0

    async def check(self) -> None:
        """It could."""

    async def deliver(self, delivery: Delivery) -> None:
        """After a turn of the loop."""
        Slow.under_way += 1
        Slow.most = max(Slow.most, Slow.under_way)
        await asyncio.sleep(0)
        Slow.under_way -= 1


async def put_to_slow(narthex: Driver, targets: int, each: int) -> None:
    """Deliveries of as many lanes to so many new targets."""
    Slow.most = 0
    for target in range(targets):
        arn = f"slow:{id(narthex)}-{target}-{each}:"
        register(arn, lambda server, account, address: Slow())
        for number in range(each):
            await put(narthex, Inbox(arn), f"lane {number}")


async def test_no_more_than_a_few_go_to_one_target_at_once(narthex: Driver) -> None:
    await put_to_slow(narthex, 1, 100)
    await settle(narthex)
    assert Slow.most == stream.AT_ONCE
    assert {one.state for one in await kept(narthex)} == {"delivered"}


async def test_no_more_than_so_many_go_to_all_targets_at_once(
    narthex: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "MOST_AT_ONCE", 20)
    await put_to_slow(narthex, 8, 12)
    await settle(narthex)
    assert stream.AT_ONCE < Slow.most <= 20 + stream.AT_ONCE
    assert {one.state for one in await kept(narthex)} == {"delivered"}


async def test_a_lane_of_very_many_holds_up_no_other(narthex: Driver) -> None:
    """Also when what one look reads is all of that lane."""
    account = await account_of(narthex.server)
    begun, goes_on, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Held:
        async def check(self) -> None:
            """It could."""

        async def deliver(self, delivery: Delivery) -> None:
            if delivery.lane == "other":
                begun.set()
            elif json.loads(delivery.payload) == 0:
                await goes_on.wait()

    arn, now = f"held-lane:{id(narthex)}", narthex.clock.now_us
    register(arn, lambda server, account, address: Held())
    lanes = ["hot"] * (2 * stream.FEW) + ["other"]

    async def work(tx: Transaction) -> None:
        for number, lane in enumerate(lanes):
            await enqueue(
                tx,
                account=account,
                target=arn,
                lane=lane,
                kind="notice",
                payload=str(number),
                now_us=now,
                expires_us=now + HOUR,
            )

    await narthex.server.catalog.run(work)
    running = asyncio.create_task(Engine(narthex.server, "one").run(stop))
    await asyncio.wait_for(begun.wait(), 5)
    goes_on.set()
    stop.set()
    await running


async def test_a_fault_in_a_target_is_a_failed_attempt(narthex: Driver, queue: Inbox) -> None:
    def fault(delivery: Delivery) -> None:
        if delivery.attempt == 1:
            raise KeyError("a secret of the target's")

    queue.answer = fault
    await put(narthex, queue, "a")
    await settle(narthex)
    (only,) = await kept(narthex)
    assert (only.state, only.reason) == ("retrying", "the delivery failed with KeyError")
    narthex.clock.now_us += 60 * SECOND
    await settle(narthex)
    assert len(queue.taken) == 1


async def test_an_unknown_target_is_a_dead_letter(narthex: Driver) -> None:
    await put(narthex, Inbox("gopher://example.org"), "a")
    await settle(narthex)
    (only,) = await kept(narthex)
    assert (only.state, only.reason) == ("failed", "no target answers for this address")
    with pytest.raises(Undelivered):
        target_of(narthex.server, "", "gopher://example.org")


async def test_only_the_holder_of_the_lease_delivers(narthex: Driver, queue: Inbox) -> None:
    await put(narthex, queue, "a")
    one, other = Engine(narthex.server, "one"), Engine(narthex.server, "other")
    assert await one.settle()
    await put(narthex, queue, "b")
    assert not await other.settle()
    assert len(queue.taken) == 1
    narthex.clock.now_us += (LEASE_SECONDS + 1) * SECOND
    assert await other.settle(), "a holder that died is followed"
    assert len(queue.taken) == 2
    assert not await one.settle()


async def test_whoever_lost_the_lease_acknowledges_nothing(narthex: Driver, queue: Inbox) -> None:
    """It stood still in the middle of a delivery, and another one went on meanwhile."""
    catalog, now = narthex.server.catalog, narthex.clock.now_us
    engine = Engine(narthex.server, "one")

    async def steal(tx: Transaction) -> None:
        await leases.release(tx, LEASE, "one")
        await leases.take(tx, LEASE, "other", now, now + HOUR)

    stolen: list[asyncio.Task[None]] = []
    queue.answer = lambda delivery: stolen.append(asyncio.create_task(catalog.run(steal)))
    await put(narthex, queue, "a")
    assert not await engine.settle()
    await asyncio.gather(*stolen)
    (only,) = await kept(narthex)
    assert only.state == "ready", "the other one will deliver it"


async def test_a_target_is_told_what_it_will_not_be_given(narthex: Driver, queue: Inbox) -> None:
    account = await account_of(narthex.server)

    class Mourner:
        async def check(self) -> None:
            """It could."""

        async def deliver(self, delivery: Delivery) -> None:
            raise Undelivered("no", permanent=True)

        async def given_up(self, tx: Transaction, delivery: Delivery, reason: str) -> None:
            if delivery.payload == "13":
                raise Conflict("a fault of the target's own")
            await enqueue(
                tx,
                account=delivery.account,
                target=queue.arn,
                lane="dead",
                kind="notice",
                payload=json.dumps([delivery.payload, reason]),
                now_us=narthex.clock.now_us,
                expires_us=narthex.clock.now_us + HOUR,
            )

    arn = f"arn:aws:sqs:us-east-1:{account}:mourner-{id(narthex)}"
    register(arn, lambda server, account, address: Mourner())
    await put(narthex, Inbox(arn), "a", 12)
    await settle(narthex)
    assert [json.loads(one.payload) for one in queue.taken] == [["12", "no"]]


async def test_a_target_that_fails_to_mourn_stops_nothing(
    narthex: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "AFTER_FAILURE", 0.0)
    account = await account_of(narthex.server)

    class Broken:
        async def check(self) -> None:
            """It could."""

        async def deliver(self, delivery: Delivery) -> None:
            raise Undelivered("no", permanent=True)

        async def given_up(self, tx: Transaction, delivery: Delivery, reason: str) -> None:
            await tx.execute("INSERT INTO settings (name, value) VALUES ('schema version', '')")

    arn = f"arn:aws:sqs:us-east-1:{account}:broken-{id(narthex)}"
    register(arn, lambda server, account, address: Broken())
    await put(narthex, Inbox(arn), "a")
    await settle(narthex)
    (only,) = await kept(narthex)
    assert (only.state, only.reason) == ("failed", "no")


async def test_a_ring_wakes_whoever_listens_in_the_folder(narthex: Driver, queue: Inbox) -> None:
    ring(narthex.server)  # nobody listens: nothing happens
    stop, taken = asyncio.Event(), asyncio.Event()
    queue.answer = lambda delivery: taken.set()
    engine = Engine(narthex.server, "one")
    running = asyncio.create_task(engine.run(stop))
    await put(narthex, queue, "a")
    ring(narthex.server)
    await asyncio.wait_for(taken.wait(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)
    (only,) = await kept(narthex)
    assert only.state == "delivered", "what is under way is acknowledged at the end"
    assert await leases.holder(narthex.server.catalog, LEASE, 0) is None


async def test_a_bell_left_by_the_dead_is_hung_anew(narthex: Driver) -> None:
    settings = narthex.server.settings
    dead, bell = Bell(), Bell()
    dead.hang(settings)
    bell.hang(settings)
    ring(narthex.server)
    await asyncio.wait_for(bell.wait(60), 5)
    bell.close()
    dead.close()
    ring(narthex.server)


def test_a_folder_has_one_post_under_one_name(tmp_path: Path) -> None:
    post = take_post(tmp_path, "a" * 32)
    assert post is not None
    assert take_post(tmp_path, "b" * 32) is None
    post.leave()
    again = take_post(tmp_path, "c" * 32)
    assert again is not None
    assert again.holder == post.holder
    assert again.holder.endswith("a" * 32)
    again.leave()


def test_two_kinds_do_not_answer_for_one_prefix() -> None:
    def one(server: object, account: str, address: str) -> Inbox:
        return Inbox(address)

    register("test-prefix:", one)
    register("test-prefix:", one)
    with pytest.raises(ValueError, match="test-prefix:"):
        register("test-prefix:", lambda server, account, address: Inbox(address))
