"""Events: how soon after a PUT they are told, how many a second, what they cost, how many may wait.

The other end is a real HTTP server in this process; its clock is the one the PUTs are timed with.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import servers
from bench.load import requests_per_second
from bench.plan import KIB, MIB, Bench, Plan
from bench.result import Chapter, Claim, Failed, Figure
from bench.store import LIFETIME, REGION, Store
from narthex import Presigner
from narthex.app import open_server
from narthex.catalog import Transaction, accounts, delivery_log
from narthex.config import Settings
from narthex.events import targets
from narthex.events.engine import Engine
from narthex.events.registry import register
from narthex.events.standing import standing
from narthex.events.target import Delivery
from narthex.server import Server

LOOPBACK = "127.0.0.0/8"
TOLD, SILENT = "told", "silent"
SOON = 20.0  # ms at the median, from the PUT's answer to the target
RATE = 200  # events a second
SECONDS_BEHIND = 1.0  # the most that may ever wait at that rate, in seconds of it
OF_SILENT = 1.15  # the time of a PUT with a notification, of one without
PACE = 50  # PUTs a second into either bucket
OF_SHORT = 0.67  # deliveries a second from a long queue, of those from a short one
GROWTH = 32.0  # MiB
BATCH = 10_000
AGE_US = 60_000_000


@dataclass
class Receiver:
    """When each key was told of, by `time.perf_counter`."""

    port: int = 0
    told: dict[str, float] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, body: bytes) -> None:
        """One message."""
        at = time.perf_counter()
        with self.changed:
            for record in json.loads(body).get("Records", []):
                self.told.setdefault(record["s3"]["object"]["key"], at)
            self.changed.notify_all()

    def wait(self, count: int, seconds: float) -> bool:
        """Whether so many keys were told of in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.told) >= count, seconds)


@contextlib.contextmanager
def receiving(kind: type[Receiver] = Receiver) -> Iterator[Receiver]:
    """A webhook's other end, on a free port."""
    receiver = kind()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def telling(bench: Bench, folder: Path) -> Iterator[tuple[Store, Receiver]]:
    """A server with two buckets: one tells a webhook of its uploads, the other nobody."""
    with (
        receiving() as receiver,
        servers.narthex(folder, bench.plan.workers, notify_allow=LOOPBACK) as store,
    ):
        settings = Settings(data=str(folder), notify_allow=(LOOPBACK,))
        arn = asyncio.run(_name_target(settings, f"http://127.0.0.1:{receiver.port}/hook"))
        client = store.client()
        for bucket in (TOLD, SILENT):
            client.create_bucket(Bucket=bucket)
        wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
        client.put_bucket_notification_configuration(
            Bucket=TOLD, NotificationConfiguration={"QueueConfigurations": [wanted]}
        )
        yield store, receiver


def latency(bench: Bench) -> Chapter:
    """Milliseconds from a PUT's answer to the webhook; then the same at a steady rate."""
    count = 200 if bench.plan.rounds > 1 else 20
    with telling(bench, bench.folder / "events") as (store, receiver):
        figures: list[Figure] = []
        soon = [_soon(store, receiver, count, turn) for turn in range(bench.plan.rounds)]
        figures.append(Figure.of("one PUT after another, median", soon))
        waits, most = _steady(bench, store, receiver)
        figures.append(Figure.of(f"{RATE} PUTs a second, median", waits))
    claims = (
        Claim("from the PUT's answer to the webhook, median", figures[0].value, SOON, "ms", False),
        Claim(
            f"most that waited at {RATE} events a second",
            most,
            RATE * SECONDS_BEHIND,
            "events",
            False,
        ),
    )
    return Chapter(
        "events", "From a PUT's answer to a webhook", "ms", tuple(figures), claims, (), False
    )


def cost(bench: Bench) -> Chapter:
    """Milliseconds of a PUT of 1 KiB into a bucket that tells, and into one that does not.

    They take turns on one connection, at a rate that leaves the cores time for the deliveries: how
    long a client waits is asked, not how many cores the deliveries keep busy.
    """
    plan = bench.plan
    samples: dict[str, list[float]] = {SILENT: [], TOLD: []}
    with telling(bench, bench.folder / "events-cost") as (store, _):
        for turn in range(plan.rounds):
            for bucket, median in _in_turns(store, turn, plan.seconds).items():
                samples[bucket].append(median)
        full = {bucket: _at_full_speed(store, bucket, plan) for bucket in (SILENT, TOLD)}
    figures = tuple(Figure.of(f"{bucket}, median", values) for bucket, values in samples.items())
    ratio = figures[1].value / figures[0].value
    note = (
        f"At full speed with {plan.clients} clients: {full[SILENT]:,.0f} a second silent,"
        f" {full[TOLD]:,.0f} told. There uploads go first: a few hundred deliveries a second, each"
        " an HTTP request at both ends, take their part of the same cores, and the others wait."
    )
    claims = (Claim("PUT with a notification / without, time", ratio, OF_SILENT, "", False),)
    return Chapter("events-cost", "PUT with a notification", "ms", figures, claims, (note,), False)


def queue(bench: Bench) -> Chapter:
    """Deliveries a second from a queue of very many, and of few; and the memory it takes."""
    plan = bench.plan
    rates: dict[int, float] = {}
    growths: dict[int, float] = {}
    for count in (plan.few, plan.many):
        bench.say(f"filling a queue with {count:,} events")
        folder = bench.folder / f"queue-{count}"
        rates[count], growths[count] = asyncio.run(_drain(folder, count, plan.seconds))
    figures = tuple(Figure.of(f"{count:,} waiting", [rate]) for count, rate in rates.items())
    claims = (
        Claim("rate, long queue / short queue", rates[plan.many] / rates[plan.few], OF_SHORT),
        Claim(f"memory with {plan.many:,} waiting", growths[plan.many], GROWTH, "MiB", False),
    )
    title = "Deliveries from a queue, to a target that answers at once"
    return Chapter("events-queue", title, "deliveries/s", figures, claims)


async def _name_target(settings: Settings, url: str) -> str:
    server = await open_server(settings)
    try:
        account = await accounts.first(server.catalog)
        if account is None:
            raise Failed("the server has no account")
        await targets.create(server, account.id, "bench", url)
        return f"arn:aws:sqs:{REGION}:{account.id}:bench"
    finally:
        await server.ledger.close()
        await server.catalog.close()


def _links(store: Store, bucket: str, keys: Sequence[str]) -> list[str]:
    signer = Presigner(
        store.key, store.secret, region=REGION, endpoint_url=store.url, addressing_style="path"
    )
    return list(signer.urls("PUT", bucket, keys, expires_in=LIFETIME))


class _Putter:
    """PUTs on one connection that stays open; when each was answered, by key."""

    def __init__(self, store: Store) -> None:
        parts = urlsplit(store.url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.answered: dict[str, float] = {}

    def put(self, key: str, url: str) -> None:
        parts = urlsplit(url)
        self._connection.request("PUT", f"{parts.path}?{parts.query}", body=b"x" * KIB)
        answer = self._connection.getresponse()
        answer.read()
        self.answered[key] = time.perf_counter()
        if answer.status != 200:
            raise Failed(f"a PUT was answered {answer.status}")


def _in_turns(store: Store, turn: int, seconds: float) -> dict[str, float]:
    """The median of each bucket."""
    putter, count = _Putter(store), int(PACE * seconds)
    took: dict[str, list[float]] = {SILENT: [], TOLD: []}
    keys = [f"turns/{turn}/{number}" for number in range(count)]
    links = {bucket: _links(store, bucket, keys) for bucket in took}
    begun = time.perf_counter()
    for number, key in enumerate(keys):
        for place, (bucket, times) in enumerate(took.items()):
            at = begun + (number + place / 2) / PACE
            time.sleep(max(0.0, at - time.perf_counter()))
            asked = time.perf_counter()
            putter.put(key, links[bucket][number])
            times.append(1000 * (time.perf_counter() - asked))
    return {bucket: statistics.median(times) for bucket, times in took.items()}


def _at_full_speed(store: Store, bucket: str, plan: Plan) -> float:
    """PUTs a second of many clients."""
    return requests_per_second(
        _links(store, bucket, [f"put/{number:05}" for number in range(20_000)]),
        clients=plan.clients,
        threads=1,
        seconds=plan.seconds,
        method="PUT",
        body_bytes=KIB,
    ).per_second


def _soon(store: Store, receiver: Receiver, count: int, turn: int) -> float:
    """Each is told of before the next is written."""
    putter = _Putter(store)
    keys = [f"soon/{turn}/{number}" for number in range(count)]
    for key, url in zip(keys, _links(store, TOLD, keys), strict=True):
        before = len(receiver.told)
        putter.put(key, url)
        if not receiver.wait(before + 1, 30):
            raise Failed("an event was not told within 30 seconds")
    return statistics.median(_waits(receiver, putter.answered))


def _steady(bench: Bench, store: Store, receiver: Receiver) -> tuple[list[float], float]:
    """The waits at RATE for some seconds, and how many waited at most at any look."""
    seconds, hands = (15, 8) if bench.plan.rounds > 1 else (2, 8)
    count, before = int(RATE * seconds), len(receiver.told)
    keys = [f"steady/{number}" for number in range(count)]
    links = _links(store, TOLD, keys)
    begun, numbers = time.perf_counter() + 0.1, itertools.count()
    putters = [_Putter(store) for _ in range(hands)]

    def work(putter: _Putter) -> None:
        while (number := next(numbers)) < count:
            time.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            putter.put(keys[number], links[number])

    threads = [threading.Thread(target=work, args=(putter,)) for putter in putters]
    for thread in threads:
        thread.start()
    most = 0.0
    while any(thread.is_alive() for thread in threads):
        answered = sum(len(putter.answered) for putter in putters)
        most = max(most, answered - (len(receiver.told) - before))
        time.sleep(0.02)
    if not receiver.wait(before + count, 60):
        raise Failed("events were not told within a minute")
    answered_at = {key: at for putter in putters for key, at in putter.answered.items()}
    return sorted(_waits(receiver, answered_at)), most


def _waits(receiver: Receiver, answered: dict[str, float]) -> list[float]:
    """Milliseconds; none is negative, though an event may be told before its PUT's answer came."""
    return [max(0.0, 1000 * (receiver.told[key] - at)) for key, at in answered.items()]


class _Taker:
    """A target that takes everything at once."""

    count = 0

    async def check(self) -> None:
        """It could."""

    async def deliver(self, delivery: Delivery) -> None:
        """Counted."""
        _Taker.count += 1


def _taker(server: Server, account: str, address: str) -> _Taker:
    return _Taker()


async def _drain(folder: Path, count: int, seconds: float) -> tuple[float, float]:
    """Deliveries a second from a queue of so many, and the MiB that this process grew by."""
    register("bench:", _taker)
    server = await open_server(Settings(data=str(folder)))
    try:
        await _fill(server, count)
        before, _Taker.count = _resident(), 0
        stop = asyncio.Event()
        running = asyncio.create_task(Engine(server, "bench").run(stop))
        begun = time.perf_counter()
        end = begun + seconds
        while _Taker.count < count and time.perf_counter() < end:  # noqa: ASYNC110 - as it runs
            await asyncio.sleep(0.02)
        rate = _Taker.count / (time.perf_counter() - begun)
        growth = _resident() - before
        stop.set()
        await running
        stands = await standing(server.catalog)
        done = count - stands.waiting
        if done < _Taker.count or await delivery_log.failed(server.catalog, None):
            raise Failed("what was delivered was not acknowledged")
        return rate, growth / MIB
    finally:
        await server.ledger.close()
        await server.catalog.close()


async def _fill(server: Server, count: int) -> None:
    now = server.clock() - AGE_US  # the engine gives way to uploads for what is younger
    payload = json.dumps({"Records": [{"key": "x" * 600}]})
    sql = (
        "INSERT INTO deliveries (account, target, lane, kind, state, payload, created_us,"
        " expires_us, due_us, attempts, reason) VALUES ('1', 'bench:', ?, 'notice', 'ready', ?, ?,"
        " ?, ?, 0, '')"
    )
    for start in range(0, count, BATCH):
        rows: list[Any] = [
            (f"bucket/{number}", payload, now, now + 86_400_000_000, now)
            for number in range(start, min(count, start + BATCH))
        ]

        async def work(tx: Transaction, rows: list[Any] = rows) -> None:
            await tx.execute_many(sql, rows)

        await server.catalog.run(work)


def _resident() -> int:
    """Bytes of this process in memory. Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * KIB
    raise Failed("this system does not tell how much memory a process has")
