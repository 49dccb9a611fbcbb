"""Pre-signed PUT: one large object against what MD5 and the disk allow, many small ones against
what one synced commit after another allows.

Peers are shown beside us; how much of what they acknowledge would survive a power cut is noted.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from bench.load import requests_per_second, upload_rate
from bench.plan import KIB, LARGE, MIB, Bench
from bench.result import Chapter, Claim, Figure, Measure, interleaved, ratio_claims
from bench.store import Store

OF_MD5 = 0.8
OF_ONE_AT_A_TIME = 3.0
TARGETS = 50_000  # different keys; when a run needs more, it overwrites
MD5 = "MD5 alone"
DISK = "write and fsync alone"
COMMITS = "SQLite, one synced commit after another"
UNSYNCED = (
    "Only narthex and Ceph sync before they answer: nginx, rclone, s3rver and moto acknowledge"
    " what a power cut would lose."
)


def large(bench: Bench) -> Chapter:
    """Bytes a second of one upload; the key is new each time."""
    file, size = bench.files[LARGE], bench.plan.large_bytes
    upload = uploading(bench)
    subjects: dict[str, Measure] = {name: upload(store) for name, store in bench.stores.items()}
    subjects[MD5] = lambda: md5_rate(file) / MIB
    subjects[DISK] = lambda: disk_rate(file, bench.folder / "written") / MIB
    figures, notes = interleaved(bench.plan.rounds, subjects)
    claims = ratio_claims(figures, "narthex", [(MD5, OF_MD5)], text="of {}")
    title = f"Pre-signed PUT of {size // MIB} MiB"
    return Chapter("put-large", title, "MiB/s", figures, claims, (*notes, UNSYNCED))


def uploading(bench: Bench) -> Callable[[Store], Measure]:
    """MiB a second of one large upload to a store; the key is new each time."""
    counter = itertools.count()

    def upload(store: Store) -> Measure:
        def once() -> float:
            link = store.link(f"up/{next(counter)}", method="put_object")
            return upload_rate([link], bench.files[LARGE]) / MIB

        return lambda: Figure.of("", [once() for _ in range(bench.plan.transfers)]).value

    return upload


def small(bench: Bench) -> Chapter:
    """Objects of 1 KiB a second."""
    plan = bench.plan
    keys = [f"put/{number:06}" for number in range(TARGETS)]

    def put(store: Store, clients: int) -> Measure:
        urls = store.links(keys, method="PUT")
        return lambda: (
            requests_per_second(
                urls,
                clients=clients,
                threads=plan.workers,
                seconds=plan.seconds,
                method="PUT",
                body_bytes=KIB,
            ).per_second
        )

    subjects: dict[str, Measure] = {
        f"{name}, {plan.clients} clients": put(store, plan.clients)
        for name, store in bench.stores.items()
    }
    subjects["narthex, 1 client"] = put(bench.stores["narthex"], 1)
    subjects[COMMITS] = lambda: commit_rate(bench.folder / "commits.sqlite", plan.seconds)
    figures, notes = interleaved(plan.rounds, subjects)
    ours = f"narthex, {plan.clients} clients"
    wanted = [(COMMITS, OF_ONE_AT_A_TIME), ("narthex, 1 client", OF_ONE_AT_A_TIME)]
    claims: tuple[Claim, ...] = ratio_claims(figures, ours, wanted, text="of {}")
    return Chapter(
        "put-small",
        "Pre-signed PUT of 1 KiB, durable",
        "objects/s",
        figures,
        claims,
        (*notes, UNSYNCED),
    )


def md5_rate(file: Path) -> float:
    """Bytes a second of one MD5 over a file that is in memory already."""
    digest = hashlib.md5(usedforsecurity=False)
    size, busy = 0, 0.0
    with file.open("rb") as source:
        while block := source.read(MIB):
            begun = time.perf_counter()
            digest.update(block)
            busy += time.perf_counter() - begun
            size += len(block)
    return size / busy


def disk_rate(file: Path, target: Path) -> float:
    """Bytes a second of a plain copy onto the disk under test, synced at its end."""
    data = file.read_bytes()
    begun = time.perf_counter()
    with target.open("wb", buffering=0) as sink:
        for start in range(0, len(data), MIB):
            sink.write(memoryview(data)[start : start + MIB])
        os.fsync(sink.fileno())
    seconds = time.perf_counter() - begun
    target.unlink()
    return len(data) / seconds


def commit_rate(file: Path, seconds: float) -> float:
    """Rows of 1 KiB a second, each committed and synced before the next begins."""
    connection = apsw.Connection(str(file))
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (data BLOB)")
        body = os.urandom(KIB)
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            connection.execute("INSERT INTO rows VALUES (?)", (body,))
            count += 1
        return count / (time.perf_counter() - begun)
    finally:
        connection.close()
