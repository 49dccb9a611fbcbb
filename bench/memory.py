"""How much a worker's resident memory grows while a huge object goes up and comes down.

One worker, so that all of it happens in one process. Read from /proc: Linux only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import servers
from bench.load import download_rate, requests_per_second, upload_rate
from bench.plan import KIB, MIB, SMALL, Bench
from bench.result import Chapter, Claim, Failed, Figure
from bench.store import BUCKET, Store

TARGET = 32.0  # MiB
LOOK = 0.02  # seconds between two looks
AT_ONCE = 8


def measure(bench: Bench) -> Chapter:
    """MiB above what the worker had after a second of small requests."""
    size = bench.plan.memory_bytes
    huge = bench.folder / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(size)
    share = bench.folder / "share.bin"
    with share.open("wb") as file:
        file.truncate(size // AT_ONCE)
    with servers.narthex(bench.folder / "memory", 1) as store:
        store.client().create_bucket(Bucket=BUCKET)
        worker = Worker(worker_of(store.pid))
        _warm_up(store, bench)
        before = worker.resident()
        steps: dict[str, Callable[[], object]] = {
            "one upload": lambda: upload_rate([_put(store, "huge")], huge, within=600),
            "one download": lambda: download_rate(store.link("huge"), size, within=600),
            f"{AT_ONCE} uploads at once": lambda: upload_rate(
                [_put(store, f"share{number}") for number in range(AT_ONCE)], share, within=600
            ),
            f"{AT_ONCE} downloads at once": lambda: download_rate(
                store.link("share0"), size // AT_ONCE, clients=AT_ONCE, within=600
            ),
        }
        figures = [Figure.of(name, [_peak(worker, step, before)]) for name, step in steps.items()]
    most = max(figure.value for figure in figures[:2])
    claims = (Claim(f"{size // MIB} MiB up and down", most, TARGET, "MiB", at_least=False),)
    notes = (
        f"The worker had {before / MIB:.0f} MiB after a second of small requests.",
        f"{AT_ONCE} at once is no target: it shows what each transfer more costs.",
    )
    title = f"Growth of a worker's memory while {size // MIB} MiB go up and down"
    return Chapter("memory", title, "MiB", tuple(figures), claims, notes, more_is_better=False)


def _warm_up(store: Store, bench: Bench) -> None:
    """What the first requests load stays loaded; it is not what is asked here."""
    upload_rate([_put(store, SMALL)], bench.files[SMALL])
    requests_per_second([store.link(SMALL)], clients=4, threads=1, seconds=1)


def _put(store: Store, key: str) -> str:
    return store.link(key, method="put_object")


def _peak(worker: Worker, step: Callable[[], object], before: int) -> float:
    with worker.watched() as peak:
        step()
    return max(0, peak[0] - before) / MIB


class Worker:
    """The memory of one process."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")

    def resident(self) -> int:
        """Bytes resident now."""
        for line in self._status.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return KIB * int(line.split()[1])
        raise Failed("the worker has ended")

    @contextmanager
    def watched(self) -> Iterator[list[int]]:
        """The highest value seen inside the block, as the one item of a list."""
        peak, done = [self.resident()], threading.Event()

        def look() -> None:
            while not done.wait(LOOK):
                peak[0] = max(peak[0], self.resident())

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield peak
        finally:
            done.set()
            watcher.join()


def worker_of(supervisor: int) -> int:
    """The pid of the one web worker below a supervisor: the child that holds the most memory."""
    children = [
        int(pid)
        for task in Path(f"/proc/{supervisor}/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]
    named = [pid for pid in children if b"steward" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
    if not named:
        raise Failed("the server has no worker")
    return max(named, key=lambda pid: Worker(pid).resident())
