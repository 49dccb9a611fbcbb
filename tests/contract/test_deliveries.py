"""The outbox and its queue mean the same on every engine, and cost no scan."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from narthex.catalog import Catalog, Row, Transaction, Value, delivery_log, queue
from narthex.catalog.deliveries import enqueue, id_of, number_of
from narthex.catalog.delivery_log import BEHIND_ALL, Done
from narthex.catalog.queue import Place, Queue
from tests.contract.conftest import open_catalog

ACCOUNT, TARGET = "123456789012", "arn:aws:sqs:us-east-1:123456789012:inbox"
INBOX = Queue(ACCOUNT, TARGET)
LATER = 1_000_000
INDEX = re.compile(r"INDEX deliveries_(\w+)")


async def put(catalog: Catalog, lane: str, **more: object) -> int:
    """A new delivery's number."""
    values: dict[str, object] = {
        "account": ACCOUNT,
        "target": TARGET,
        "lane": lane,
        "kind": "s3",
        "payload": "{}",
        "now_us": 10,
        "expires_us": LATER,
    }

    async def work(tx: Transaction) -> str:
        return await enqueue(tx, **(values | more))  # type: ignore[arg-type]

    number = number_of(await catalog.run(work))
    assert number is not None
    return number


async def fail(catalog: Catalog, number: int, due_us: int) -> None:
    """It is tried again at a time."""

    async def work(tx: Transaction) -> None:
        await queue.try_later(tx, number, due_us, "no answer", attempts=1)

    await catalog.run(work)


async def end(catalog: Catalog, number: int, at_us: int, reason: str | None = None) -> None:
    """It is over, for better or worse."""
    (waiting,) = await queue.load(catalog, [number], at_us)

    async def work(tx: Transaction) -> None:
        if reason is None:
            await queue.end_delivered(tx, [(waiting, at_us, 1)])
        else:
            await queue.end_failed(tx, waiting, at_us, reason, attempts=1)

    await catalog.run(work)


async def hold_back(catalog: Catalog, *numbers: int) -> None:
    """They stand behind one that is retrying."""

    async def work(tx: Transaction) -> None:
        await queue.hold_back(tx, numbers)

    await catalog.run(work)


async def test_of_each_lane_the_oldest_is_found(catalog: Catalog) -> None:
    numbers = [await put(catalog, lane) for lane in "bbabcb"]
    await put(catalog, "a", target="elsewhere")
    await put(catalog, "d", due_us=LATER)
    of_lanes = [Place(numbers[2], "a"), Place(numbers[0], "b"), Place(numbers[4], "c")]
    assert await queue.ready_lanes(catalog, INBOX, "", 10) == of_lanes
    assert await queue.ready_lanes(catalog, INBOX, "", 2) == of_lanes[:2]
    assert await queue.ready_lanes(catalog, INBOX, "a", 10) == of_lanes[1:]
    assert await queue.ready_lanes(catalog, INBOX, "c", 10) == []


async def test_deliveries_are_numbered_in_their_order(catalog: Catalog) -> None:
    numbers = [await put(catalog, lane) for lane in "aba"]
    assert numbers == sorted(set(numbers))
    places = await queue.ready(catalog, INBOX, 10)
    assert places == [Place(n, lane) for n, lane in zip(numbers, "aba", strict=True)]
    assert await queue.ready(catalog, INBOX, 2) == places[:2]
    assert list(await queue.queues(catalog, 10)) == [INBOX]


async def test_what_is_rolled_back_was_never_there(catalog: Catalog) -> None:
    async def work(tx: Transaction) -> None:
        await enqueue(
            tx,
            account=ACCOUNT,
            target=TARGET,
            lane="a",
            kind="s3",
            payload="{}",
            now_us=1,
            expires_us=2,
        )
        raise ValueError

    with pytest.raises(ValueError):
        await catalog.run(work)
    assert list(await queue.queues(catalog, 10)) == []


async def test_queues_are_found_each_once_and_no_more_than_asked(catalog: Catalog) -> None:
    for account in ("1", "2"):
        for target in ("a", "b"):
            for _ in range(3):
                await put(catalog, "lane", account=account, target=target)
    await put(catalog, "later", account="1", target="c", due_us=LATER)
    found = await queue.queues(catalog, 100)
    assert [(one.account, one.target) for one in found] == [
        ("1", "a"),
        ("1", "b"),
        ("2", "a"),
        ("2", "b"),
        ("1", "c"),
    ]
    assert len(await queue.queues(catalog, 3)) == 3


async def test_a_failed_one_holds_its_lane_until_it_is_over(catalog: Catalog) -> None:
    first, second, third = [await put(catalog, "a") for _ in range(3)]
    await fail(catalog, first, 500)
    await hold_back(catalog, second, third)
    assert await queue.head(catalog, INBOX, "a") == first
    assert await queue.ready(catalog, INBOX, 10) == []
    assert await queue.due(catalog, INBOX, 499, 10) == []
    assert await queue.due(catalog, INBOX, 500, 10) == [Place(first, "a")]
    assert await queue.load(catalog, [first], 499) == []
    assert [one.number for one in await queue.load(catalog, [second, first], 500)] == [first]
    await end(catalog, first, 600)
    assert await queue.due(catalog, INBOX, 600, 10) == [Place(second, "a")]
    await end(catalog, second, 700, "gone")
    await end(catalog, third, 800)
    assert not await queue.holds_any(catalog, INBOX)
    assert list(await queue.queues(catalog, 10)) == []
    newest = await delivery_log.newest(catalog, ACCOUNT, BEHIND_ALL, 10)
    assert [(kept.number, kept.state, kept.reason) for kept in newest] == [
        (third, "delivered", ""),
        (second, "failed", "gone"),
        (first, "delivered", ""),
    ]


async def test_ending_twice_is_ending_once(catalog: Catalog) -> None:
    """A commit can be uncertain: the same outcome is written again."""
    first, second = [await put(catalog, "a") for _ in range(2)]
    (waiting,) = await queue.load(catalog, [first], 10)
    await fail(catalog, first, 10)
    await hold_back(catalog, second)

    async def work(tx: Transaction) -> None:
        await queue.end_delivered(tx, [(waiting, 20, 1)])

    await catalog.run(work)
    await catalog.run(work)
    assert await queue.due(catalog, INBOX, 20, 10) == [Place(second, "a")]


async def test_what_is_done_can_be_done_again_by_its_account_only(catalog: Catalog) -> None:
    number = await put(catalog, "a")

    async def again(account: str) -> bool:
        async def work(tx: Transaction) -> bool:
            return await delivery_log.again(tx, account, number, 5000)

        return await catalog.run(work)

    assert not await again(ACCOUNT), "it still waits"
    await end(catalog, number, 100, "gone")
    assert not await again("999999999999")
    assert await again(ACCOUNT)
    (waiting,) = await queue.load(catalog, [number], 5000)
    assert (waiting.attempts, waiting.reason) == (0, "")
    assert waiting.expires_us == 5000 + LATER - 10, "it has as much time as it had"


async def test_ends_are_read_in_their_order(catalog: Catalog) -> None:
    numbers = [await put(catalog, lane) for lane in "abc"]
    for at_us, number in enumerate(reversed(numbers), 100):
        await end(catalog, number, at_us)
    found = await delivery_log.done_after(catalog, ACCOUNT, Done(0, 0), 10)
    assert [kept.number for kept in found] == numbers[::-1]
    place = Done(found[0].done_us or 0, found[0].number)
    rest = await delivery_log.done_after(catalog, ACCOUNT, place, 10)
    assert [kept.number for kept in rest] == numbers[1::-1]
    assert await delivery_log.done_after(catalog, "999999999999", Done(0, 0), 10) == []


async def test_numbers_are_not_used_again_after_pruning(catalog: Catalog) -> None:
    """Else a sequencer would go back."""
    number = await put(catalog, "a")
    await end(catalog, number, 100)

    async def prune(before_us: int) -> int:
        async def work(tx: Transaction) -> int:
            return await delivery_log.prune(tx, before_us, 10)

        return await catalog.run(work)

    assert await prune(100) == 0
    assert await prune(101) == 1
    assert await put(catalog, "a") > number


async def test_it_counts_what_waits_and_what_failed(catalog: Catalog) -> None:
    first, second, third = [await put(catalog, "a", now_us=n) for n in (30, 20, 10)]
    await end(catalog, first, 100, "gone")
    await fail(catalog, second, 500)
    await hold_back(catalog, third)
    await put(catalog, "b", account="other")
    assert await delivery_log.waiting(catalog, None) == 3
    assert await delivery_log.waiting(catalog, ACCOUNT) == 2
    assert await delivery_log.failed(catalog, ACCOUNT) == 1
    assert await delivery_log.failed(catalog, "other") == 0
    assert await queue.oldest(catalog, INBOX) == 20, "what is behind it counts as no older"


async def test_writers_of_one_key_are_numbered_as_they_committed(
    catalog: Catalog, other: Catalog
) -> None:
    """Two nodes change one row and tell of it: the later commit has the higher number."""

    async def change(node: Catalog, name: str) -> None:
        async def work(tx: Transaction) -> None:
            row = await tx.fetch_one("SELECT value FROM settings WHERE name = 'count'")
            count = int(row[0]) + 1 if row else 1
            await tx.execute(
                "INSERT INTO settings (name, value) VALUES ('count', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (str(count),),
            )
            await enqueue(
                tx,
                account=ACCOUNT,
                target=TARGET,
                lane="a",
                kind=name,
                payload=str(count),
                now_us=1,
                expires_us=2,
            )

        await node.run(work)

    await asyncio.gather(*(change(node, "s3") for node in (catalog, other) * 10))
    rows = await catalog.fetch("SELECT payload FROM deliveries ORDER BY number")
    assert [int(row[0]) for row in rows] == list(range(1, 21))


def test_an_id_is_sixteen_digits_and_nothing_else() -> None:
    assert number_of(id_of(7)) == 7
    for text in ("", "7", "0" * 15, "0" * 15 + "g", "0" * 15 + "A", "f" * 16, " " * 16, "٠" * 16):
        assert number_of(text) is None


class Explained:
    """Asks a catalog, and keeps how SQLite goes about each question."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.plans: list[str] = []

    async def fetch(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        rows = await self._catalog.fetch(f"EXPLAIN QUERY PLAN {sql}", values)
        self.plans += [str(row[3]) for row in rows]
        return await self._catalog.fetch(sql, values)

    async def fetch_one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        rows = await self.fetch(sql, values)
        return rows[0] if rows else None


async def test_a_look_at_the_queue_is_answered_from_its_own_indexes(tmp_path: Path) -> None:
    """By name: an index of everything an account has would do as well, and read all of it."""
    catalog = await open_catalog(str(tmp_path / "catalog.sqlite"))
    await put(catalog, "a")
    await put(catalog, "b", due_us=LATER)
    asked: list[tuple[str, Callable[[Explained], Awaitable[object]]]] = [
        ("ready due", lambda reader: queue.queues(reader, 10)),
        ("ready", lambda reader: queue.ready(reader, INBOX, 10)),
        ("lanes", lambda reader: queue.ready_lanes(reader, INBOX, "", 10)),
        ("due", lambda reader: queue.due(reader, INBOX, 10, 10)),
        ("due", lambda reader: queue.next_due(reader, INBOX)),
        ("held", lambda reader: queue.holds_any(reader, INBOX)),
        ("held", lambda reader: queue.head(reader, INBOX, "a")),
        ("ready due", lambda reader: queue.oldest(reader, INBOX)),
        ("failed", lambda reader: delivery_log.newest(reader, ACCOUNT, 9, 9, failed=True)),
        ("failed", lambda reader: delivery_log.failed(reader, ACCOUNT)),
        ("ready held", lambda reader: delivery_log.waiting(reader, None)),
        ("by_account", lambda reader: delivery_log.newest(reader, ACCOUNT, 9, 9)),
        ("by_account", lambda reader: delivery_log.made_after(reader, ACCOUNT, 0, 9)),
        ("done", lambda reader: delivery_log.done_after(reader, ACCOUNT, Done(0, 0), 9)),
    ]
    for names, ask in asked:
        explained = Explained(catalog)
        await ask(explained)
        used = {found[1] for plan in explained.plans if (found := INDEX.search(plan))}
        assert used == set(names.split()), explained.plans
        assert not any("TEMP B-TREE" in plan for plan in explained.plans), explained.plans
    await catalog.close()
