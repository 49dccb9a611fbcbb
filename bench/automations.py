"""Automations: how soon after a PUT's answer its link is told, reviewed and all.

The other end is a real HTTP server in this process; its clock is the one the PUTs are timed with.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

from bench import servers
from bench.events import LOOPBACK, Receiver, receiving
from bench.plan import KIB, Bench
from bench.result import Chapter, Failed, Figure
from bench.store import KEY, REGION, SECRET, Store
from narthex.cli.configuration import Configuration, Found
from narthex.cli.credentials import Key
from narthex.cli.ledger import Ledger
from narthex.pure.sigv4 import Credentials

BUCKET = "outbox"
SECONDS = 60.0


class Links(Receiver):
    """When the link of each key was told."""

    def take(self, body: bytes) -> None:
        """One message of an automation."""
        at = time.perf_counter()
        key = json.loads(body)["data"]["key"]
        with self.changed:
            self.told.setdefault(key, at)
            self.changed.notify_all()


def measure(bench: Bench) -> Chapter:
    """Milliseconds from a PUT's answer to its link, one after another; then of many at once."""
    count, many = (100, 500) if bench.plan.rounds > 1 else (5, 10)
    folder = bench.folder / "automations"
    with (
        receiving(Links) as links,
        servers.narthex(folder, bench.plan.workers, notify_allow=LOOPBACK) as store,
    ):
        s3 = store.client()
        s3.create_bucket(Bucket=BUCKET)
        _automate(store, f"http://127.0.0.1:{links.port}/")
        soon = [_soon(s3, links, count, f"soon-{turn}") for turn in range(bench.plan.rounds)]
        rate = _rate(s3, links, many)
    figures = (Figure.of("one PUT after another, median", soon),)
    note = f"Uploaded without a pause, {many} had their links at {rate:,.0f} a second."
    return Chapter(
        "automations", "From a PUT's answer to its link", "ms", figures, (), (note,), False
    )


def _automate(store: Store, url: str) -> None:
    ledger = Ledger(
        Configuration(
            profile=Found("default", "default", ""),
            region=Found(REGION, "manual", ""),
            endpoint=Found(store.url, "manual", ""),
            key=Key(Credentials(KEY, SECRET), "env", ""),
        )
    )
    order = {"bucket": BUCKET, "expires_in": 3600, "notify": [url]}
    ledger.call("CreateAutomation", "POST", "/automations", body=json.dumps(order).encode())


def _put(s3: Any, key: str) -> float:
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * KIB)
    return time.perf_counter()


def _soon(s3: Any, links: Receiver, count: int, name: str) -> float:
    waits: list[float] = []
    for number in range(count):
        before, key = len(links.told), f"{name}-{number}"
        answered = _put(s3, key)
        if not links.wait(before + 1, SECONDS):
            raise Failed("a link was not told in time")
        waits.append(max(0.0, 1000 * (links.told[key] - answered)))
    return statistics.median(waits)


def _rate(s3: Any, links: Receiver, many: int) -> float:
    """Links a second, from the first PUT's answer to the last link."""
    before = len(links.told)
    begun = _put(s3, "many-0")
    for number in range(1, many):
        _put(s3, f"many-{number}")
    if not links.wait(before + many, SECONDS):
        raise Failed("a link was not told in time")
    return many / (max(links.told.values()) - begun)
