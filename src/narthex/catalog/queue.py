"""The queue of deliveries as its one worker sees it: what may go now, and what became of it.

This file never reads a clock and never scans: every statement here is answered from an index that
holds only rows of the state it asks for. Whoever writes here holds the lease of deliveries.

INVARIANT: the lowest row of a lane that is "retrying" or "behind" is "retrying". So a lane that
waits for its head costs one row in the index of what is due, however many stand behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from narthex.catalog import Reader, Transaction
from narthex.catalog.deliveries import READY, RETRYING

HELD = "state IN ('retrying', 'behind')"  # spelled as the index spells it
LONGEST_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Queue:
    """The deliveries of one account to one target."""

    account: str
    target: str


@dataclass(frozen=True, slots=True)
class Place:
    """A delivery's place in its queue."""

    number: int
    lane: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that is not done. attempts: those that have failed, the last for this reason."""

    number: int
    queue: Queue
    lane: str
    kind: str
    payload: str = field(repr=False)
    created_us: int
    expires_us: int
    attempts: int
    reason: str


AT_ONCE = 16  # deliveries that are loaded together
_LOAD = (
    "SELECT number, account, target, lane, kind, payload, created_us, expires_us, attempts,"
    f" reason FROM deliveries WHERE number IN ({', '.join('?' * AT_ONCE)})"
    " AND (state = 'ready' OR (state = 'retrying' AND due_us <= ?)) ORDER BY number"
)
_OLDEST_READY = (
    "SELECT created_us FROM deliveries WHERE account = ? AND target = ? AND state = 'ready'"
    " ORDER BY number LIMIT 1"
)
_OLDEST_RETRYING = (
    "SELECT MIN(created_us) FROM deliveries WHERE account = ? AND target = ? AND state = 'retrying'"
)
_LOWEST = (
    f"FROM deliveries WHERE account = ? AND target = ? AND lane = ? AND {HELD}"
    " ORDER BY number LIMIT 1"
)
# Two seeks and not one for the pair: SQLite would read every row of the last queue to pass it.
_NEXT_TARGET = {
    state: f"SELECT account, target FROM deliveries WHERE state = '{state}' AND account = ?"
    " AND target > ? ORDER BY target LIMIT 1"
    for state in (READY, RETRYING)
}
_NEXT_ACCOUNT = {
    state: f"SELECT account, target FROM deliveries WHERE state = '{state}' AND account > ?"
    " ORDER BY account, target LIMIT 1"
    for state in (READY, RETRYING)
}


# From lane to lane, with a seek for each: a lane of a million costs what a lane of one costs.
_READY = "FROM deliveries WHERE account = ? AND target = ? AND state = 'ready' AND lane"
_LANES = (
    f"WITH RECURSIVE lanes(lane) AS (SELECT MIN(lane) {_READY} > ? UNION ALL"
    f" SELECT (SELECT MIN(lane) {_READY} > lanes.lane) FROM lanes WHERE lane IS NOT NULL)"
    f" SELECT (SELECT MIN(number) {_READY} = lanes.lane), lane FROM lanes"
    " WHERE lane IS NOT NULL LIMIT ?"
)


async def queues(reader: Reader, most: int) -> dict[Queue, set[str]]:
    """The queues that hold anything ready or retrying, at most so many, and which of the two.

    A few reads for each.
    """
    found: dict[Queue, set[str]] = {}
    for state in (READY, RETRYING):
        row = await reader.fetch_one(_NEXT_ACCOUNT[state], ("",))
        while row is not None and len(found) < most:
            last = Queue(row[0], row[1])
            found.setdefault(last, set()).add(state)
            row = await reader.fetch_one(
                _NEXT_TARGET[state], (last.account, last.target)
            ) or await reader.fetch_one(_NEXT_ACCOUNT[state], (last.account,))
    return found


async def ready(reader: Reader, queue: Queue, limit: int) -> list[Place]:
    """What never failed, oldest first."""
    rows = await reader.fetch(
        "SELECT number, lane FROM deliveries WHERE account = ? AND target = ? AND state = 'ready'"
        " ORDER BY number LIMIT ?",
        (queue.account, queue.target, limit),
    )
    return [Place(row[0], row[1]) for row in rows]


async def ready_lanes(reader: Reader, queue: Queue, after: str, limit: int) -> list[Place]:
    """The oldest that never failed of each lane, in the order of lanes, from after one on."""
    of = (queue.account, queue.target)
    rows = await reader.fetch(_LANES, (*of, after, *of, *of, limit))
    return [Place(row[0], row[1]) for row in rows]


async def due(reader: Reader, queue: Queue, now_us: int, limit: int) -> list[Place]:
    """What is to be tried again by now, longest due first."""
    rows = await reader.fetch(
        "SELECT number, lane FROM deliveries WHERE account = ? AND target = ?"
        " AND state = 'retrying' AND due_us <= ? ORDER BY due_us, number LIMIT ?",
        (queue.account, queue.target, now_us, limit),
    )
    return [Place(row[0], row[1]) for row in rows]


async def oldest(reader: Reader, queue: Queue) -> int | None:
    """When the oldest of what waits was made; None when nothing waits.

    What is behind another is not older: the lowest of each lane is retrying.
    """
    row = await reader.fetch_one(_OLDEST_READY, (queue.account, queue.target))
    held = await reader.fetch_one(_OLDEST_RETRYING, (queue.account, queue.target))
    times = [found[0] for found in (row, held) if found is not None and found[0] is not None]
    return min(times, default=None)


async def next_due(reader: Reader, queue: Queue) -> int | None:
    """When the first of what is retrying is due; None when nothing is retrying."""
    row = await reader.fetch_one(
        "SELECT due_us FROM deliveries WHERE account = ? AND target = ? AND state = 'retrying'"
        " ORDER BY due_us LIMIT 1",
        (queue.account, queue.target),
    )
    return None if row is None else row[0]


async def holds_any(reader: Reader, queue: Queue) -> bool:
    """Whether any lane of this queue is held."""
    row = await reader.fetch_one(
        f"SELECT 1 FROM deliveries WHERE account = ? AND target = ? AND {HELD} LIMIT 1",
        (queue.account, queue.target),
    )
    return row is not None


async def head(reader: Reader, queue: Queue, lane: str) -> int | None:
    """The lowest held row of a lane; None when the lane is free to go."""
    row = await reader.fetch_one(f"SELECT number {_LOWEST}", (queue.account, queue.target, lane))
    return None if row is None else row[0]


async def load(reader: Reader, numbers: Sequence[int], now_us: int) -> list[Waiting]:
    """Those of these deliveries that may be tried now, at most AT_ONCE.

    The others are not due, done, held back or gone.
    """
    absent = [0] * (AT_ONCE - len(numbers))  # so that it is one statement, however many there are
    rows = await reader.fetch(_LOAD, (*numbers, *absent, now_us))
    return [Waiting(row[0], Queue(row[1], row[2]), *row[3:]) for row in rows]


async def hold_back(tx: Transaction, numbers: Iterable[int]) -> None:
    """These wait until the retrying ones of their lanes are done."""
    await tx.execute_many(
        "UPDATE deliveries SET state = 'behind' WHERE number = ?"
        " AND state IN ('ready', 'retrying')",
        [(number,) for number in numbers],
    )


async def try_later(
    tx: Transaction, number: int, due_us: int, reason: str, *, attempts: int
) -> None:
    """It failed, and is retrying: its lane waits."""
    await tx.execute(
        "UPDATE deliveries SET state = 'retrying', due_us = ?, attempts = ?, reason = ?"
        " WHERE number = ? AND state IN ('ready', 'retrying')",
        (due_us, attempts, _clipped(reason), number),
    )


async def end_delivered(tx: Transaction, those: Sequence[tuple[Waiting, int, int]]) -> bool:
    """These were delivered: each with when it was, and after how many attempts.

    Whether anything is held in their queues, so that another may be due now.
    """
    await tx.execute_many(
        "UPDATE deliveries SET state = 'delivered', done_us = ?, attempts = ?, reason = ''"
        " WHERE number = ?",
        [(done_us, attempts, waiting.number) for waiting, done_us, attempts in those],
    )
    held = {queue: await holds_any(tx, queue) for queue in {one.queue for one, _, _ in those}}
    for waiting, done_us, _ in those:
        if held[waiting.queue]:
            await _promote(tx, waiting.queue, waiting.lane, done_us)
    return any(held.values())


async def end_failed(
    tx: Transaction, waiting: Waiting, now_us: int, reason: str, *, attempts: int
) -> None:
    """It is a dead letter for this reason. The next of its lane is due."""
    await tx.execute(
        "UPDATE deliveries SET state = 'failed', done_us = ?, attempts = ?, reason = ?"
        " WHERE number = ?",
        (now_us, attempts, _clipped(reason), waiting.number),
    )
    await _promote(tx, waiting.queue, waiting.lane, now_us)


async def _promote(tx: Transaction, queue: Queue, lane: str, now_us: int) -> None:
    """The lowest of what is held in a lane is retrying, due now unless it was retrying before."""
    row = await tx.fetch_one(f"SELECT number, state {_LOWEST}", (queue.account, queue.target, lane))
    if row is not None and row[1] == "behind":
        await tx.execute(
            "UPDATE deliveries SET state = 'retrying', due_us = ? WHERE number = ?",
            (now_us, row[0]),
        )


def _clipped(reason: str) -> str:
    """Text that every engine takes."""
    return reason.replace("\0", "").encode(errors="replace").decode()[:LONGEST_REASON]
