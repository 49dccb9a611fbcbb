"""A walk through a cluster in trouble: all of it, its load, and what must hold at the end."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.postgresql_server import find_program
from tests.faults.cluster.machines import Cluster, Opening, running
from tests.faults.cluster.networks import Host, Network, NotPermitted
from tests.faults.mixed import Answer, Load
from tests.faults.receiver import Receiver, receiving

# How long the last step lasts, in seconds.
SOAK = float(os.environ.get("NARTHEX_SOAK", "10"))
LARGE = bytes(range(256)) * 400  # a blob
SMALL = b"small"


@dataclass
class Walk:
    """The cluster, its load, and what happened when."""

    cluster: Cluster
    load: Load
    receiver: Receiver

    def ask(self, node: int, method: str, key: str, body: bytes = b"") -> Answer:
        """One request of the test's own."""
        return self.load.nodes.ask(node, method, self.load.nodes.sign(method, key), body)

    def until(self, is_so: Callable[[], bool], seconds: float, what: str) -> float:
        """Seconds it took. Where nothing answers it is not so yet."""
        began = time.monotonic()

        def asked() -> bool:
            try:
                return is_so()
            except (OSError, http.client.HTTPException):
                return False

        while not asked():
            assert time.monotonic() < began + seconds, f"{what}: {self.load.truth.answers}"
            self.load.stop.wait(0.05)
        return time.monotonic() - began

    def goes_on(self, more: int = 15, seconds: float = 60) -> float:
        """So many more PUTs are acknowledged; seconds it took."""
        times = self.load.truth.acknowledged_at
        wanted = len(times) + more
        return self.until(lambda: len(times) >= wanted, seconds, "no PUT is acknowledged")

    def say(self, text: str) -> None:
        """For whoever watches with -s."""
        print(text, dict(self.load.truth.answers))


@contextlib.contextmanager
def walking(folder: Path, opening: Opening) -> Iterator[Walk]:
    """All of it up and under load; skipped where networks cannot be made."""
    if find_program("initdb") is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    try:
        network = Network()
    except NotPermitted as error:
        pytest.skip(f"only root, where networks may be made: {error}")
    try:
        with (
            running(folder, network, opening) as cluster,
            receiving(host=network.address) as receiver,
        ):
            cluster.tell(receiver.url)
            load = Load(cluster.asked())
            load.start()
            try:
                yield Walk(cluster, load, receiver)
            finally:
                load.end()
    finally:
        network.close()


def the_store_is_killed(walk: Walk, left: list[int]) -> None:
    here, there = left
    assert walk.ask(here, "PUT", "large", LARGE)[0] == 200
    walk.cluster.store.kill()
    assert walk.ask(here, "PUT", "small", SMALL)[0] == 200
    assert walk.ask(there, "GET", "small") == (200, SMALL)
    status, body = walk.ask(there, "PUT", "larger", LARGE)
    assert (status, b"SlowDown" in body) == (503, True)
    try:
        status, body = walk.ask(here, "GET", "large")
        assert status == 503
    except OSError:  # it had begun to answer, and broke off
        pass
    walk.cluster.store.start()
    took = walk.until(lambda: walk.ask(there, "PUT", "larger", LARGE)[0] == 200, 30, "no blob")
    assert walk.ask(here, "GET", "large") == (200, LARGE)
    walk.say(f"the store is back; a blob after {took:.1f} s")


def links_come_and_go(walk: Walk, hosts: list[Host], seconds: float) -> None:
    """For as long as wanted, at random."""
    dice, ends = random.Random(7), time.monotonic() + seconds
    while time.monotonic() < ends:
        walk.load.stop.wait(dice.uniform(0.5, 3))
        host = dice.choice(hosts)
        host.cut()
        walk.load.stop.wait(dice.uniform(0.1, 1.5))
        host.heal()
    walk.say(f"cut and healed for {seconds:.0f} s; 15 PUTs in {walk.goes_on():.1f} s")


def everything_holds(walk: Walk) -> None:
    walk.load.end()
    for node in range(3):
        walk.until(lambda node=node: walk.ask(node, "GET", "small")[0] == 200, 60, "not back")  # type: ignore[misc]
    walk.load.check((0, 1, 2))
    truth = walk.load.truth
    assert truth.revoked
    assert truth.uses

    def all_told() -> bool:
        objects = [record["s3"]["object"] for record in walk.receiver.records()]
        return truth.told <= {(one["key"].replace("%2F", "/"), one["eTag"]) for one in objects}

    walk.until(all_told, 90, "an event was lost")
    walk.say(f"{len(truth.told)} PUTs acknowledged, all of them told;")
