"""A share with a limit, used as fast as it goes at two nodes: what everybody else feels of it.

The same load on a link that counts nothing shows what is due to the machine alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cluster import NODES, postgresql
from bench.load import Rate, requests_per_second
from bench.plan import Bench
from bench.processes import answer_of
from bench.result import Chapter, Claim, Figure, interleaved
from narthex.cli.serve import Endpoint, embedded

ALONE, PLAIN, HOT = "nobody else", "a link, used by many", "a share that counts, used by many"
AT_MOST = 2.0  # times what the same load on a plain link makes of it
MOST = 1_000_000_000  # downloads: never used up
HAMMERING = 16  # clients, half of them at each node
LOOKING = 2
SOON = 2.0  # seconds
SECONDS_MORE = 1.0  # that the hammering lasts longer than the look
URI, OTHER = "s3://hot/k", "s3://bystander/k"


@dataclass(frozen=True, slots=True)
class Place:
    """A link that counts and one that does not, at each node; two of a bystander at the first."""

    hot: tuple[str, ...]
    plain: tuple[str, ...]
    get: str
    put: str


def measure(bench: Bench) -> Chapter:
    """p99 of a GET and a PUT in another bucket, at a node that is hammered."""
    with _place(bench) as place, ThreadPoolExecutor(NODES) as pool:

        def beside(links: tuple[str, ...], look: Callable[[], Rate]) -> float:
            seconds = bench.plan.seconds + SECONDS_MORE

            def hammer(link: str) -> Rate:
                clients = HAMMERING // NODES
                return requests_per_second([link], clients=clients, threads=1, seconds=seconds)

            under_way = [pool.submit(hammer, link) for link in links]
            time.sleep(SECONDS_MORE / 2)
            p99 = look().p99_us / 1000
            for one in under_way:
                one.result()
            return p99

        looks = {"GET": _look(bench, place.get, "GET"), "PUT": _look(bench, place.put, "PUT")}
        loads = {ALONE: (), PLAIN: place.plain, HOT: place.hot}
        figures, notes = interleaved(
            bench.plan.rounds,
            {
                f"{what} beside {name}": lambda links=links, look=look: beside(links, look)
                for what, look in looks.items()
                for name, links in loads.items()
            },
        )
    values = {figure.label: figure.value for figure in figures}
    claims = tuple(
        Claim(
            f"p99 of a {what} in another bucket, beside a hot share / beside a hot link",
            values[f"{what} beside {HOT}"] / values[f"{what} beside {PLAIN}"],
            AT_MOST,
            "",
            False,
        )
        for what in looks
        if {f"{what} beside {HOT}", f"{what} beside {PLAIN}"} <= values.keys()
    )
    title = f"p99 beside {HAMMERING} clients at {NODES} nodes on PostgreSQL"
    return Chapter("cluster-hot", title, "ms", figures, claims, notes, False)


def start(bench: Bench) -> Chapter:
    """Seconds from the command until one node more answers."""
    times = []
    with _starter(bench, "cluster-start") as starter, starter.first() as first:
        for number in range(1, 1 + max(3, bench.plan.rounds)):
            began = time.perf_counter()
            with starter.another(number, first):
                times.append(time.perf_counter() - began)
    figure = Figure.of("one node more on PostgreSQL", times)
    claim = Claim("a node starts and serves, time", figure.value, SOON, "s", False)
    title = "From the command to the first answer"
    return Chapter("cluster-start", title, "s", (figure,), (claim,), (), False)


def _look(bench: Bench, link: str, method: str) -> Callable[[], Rate]:
    def look() -> Rate:
        return requests_per_second(
            [link],
            clients=LOOKING,
            threads=1,
            seconds=bench.plan.seconds,
            method=method,
            body_bytes=1024 if method == "PUT" else 0,
        )

    return look


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts nodes on one catalog and one folder of blobs."""

    folder: Path
    catalog: str

    @contextmanager
    def first(self) -> Iterator[Endpoint]:
        """The one that makes the master key."""
        with embedded(self.folder / "0", extra=self._flags, environment=_plain()) as node:
            yield node

    @contextmanager
    def another(self, number: int, first: Endpoint) -> Iterator[Endpoint]:
        """One more beside it."""
        data = self.folder / str(number)
        data.mkdir(mode=0o700)
        shutil.copy(self.folder / "0" / "master.key", data)
        environment = {
            **_plain(),
            "NARTHEX_ROOT_ACCESS_KEY_ID": first.access_key_id,
            "NARTHEX_ROOT_SECRET_ACCESS_KEY": first.secret,
        }
        with embedded(data, extra=self._flags, environment=environment) as node:
            yield node

    def run(self, node: Endpoint, *words: str) -> str:
        """What a command said. Raises Failed."""
        environment = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": node.url,
            "AWS_ACCESS_KEY_ID": node.access_key_id,
            "AWS_SECRET_ACCESS_KEY": node.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        command = [sys.executable, "-m", "narthex", *words]
        return answer_of(command, within=60, environment=environment).strip()

    @property
    def _flags(self) -> list[str]:
        blobs = str(self.folder / "blobs")
        return ["--workers", "1", "--catalog", self.catalog, "--blobs", blobs]


@contextmanager
def _starter(bench: Bench, name: str) -> Iterator[Starter]:
    bench.say("starting PostgreSQL and the nodes")
    folder = bench.folder / name
    folder.mkdir()
    with postgresql() as catalog:
        yield Starter(folder, catalog)


@contextmanager
def _place(bench: Bench) -> Iterator[Place]:
    with ExitStack() as stack:
        starter = stack.enter_context(_starter(bench, "cluster-hot"))
        first = stack.enter_context(starter.first())
        nodes = (first, stack.enter_context(starter.another(1, first)))
        file = starter.folder / "file"
        file.write_text("a page\n" * 140)  # reviewed: clean
        for uri in (URI, OTHER):
            starter.run(first, "mb", uri.rpartition("/")[0])
            starter.run(first, "cp", "--quiet", str(file), uri)
        counted = ("share", URI, "--raw", "--max-downloads", str(MOST))
        yield Place(
            tuple(starter.run(node, *counted) for node in nodes),
            tuple(starter.run(node, "presign", URI) for node in nodes),
            starter.run(first, "presign", OTHER),
            starter.run(first, "presign", "--method", "PUT", OTHER),
        )


def _plain() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
