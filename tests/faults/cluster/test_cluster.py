"""A cluster in trouble, under load: nothing acknowledged is lost, no limit overspent, no event
lost, no revoked link served.

One walk, since the machines take a while to come up; each step names what it breaks. How long the
last step lasts: NARTHEX_SOAK, in seconds (1800 for half an hour).
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.postgresql_server import find_program
from tests.faults.cluster.machines import Cluster, running
from tests.faults.cluster.networks import Network, NotPermitted
from tests.faults.disks import small_disk
from tests.faults.mixed import BUCKET, Answer, Load
from tests.faults.receiver import Receiver, receiving

SOAK = float(os.environ.get("NARTHEX_SOAK", "10"))
pytestmark = [pytest.mark.faults, pytest.mark.postgresql, pytest.mark.timeout(400 + 2 * SOAK)]
LARGE = bytes(range(256)) * 400  # a blob
SMALL = b"small"
LEASE_SECONDS = 60  # of the steward's
STORE_MEGABYTES = 256


@dataclass
class Walk:
    """The cluster, its load, and what happened when."""

    cluster: Cluster
    load: Load
    receiver: Receiver
    disk: Path

    def ask(self, node: int, method: str, key: str, body: bytes = b"") -> Answer:
        """One request of the test's own."""
        return self.load.nodes.ask(node, method, self.load.nodes.sign(method, key), body)

    def until(self, is_so: Callable[[], bool], seconds: float, what: str) -> float:
        """Seconds it took."""
        began = time.monotonic()
        while not is_so():
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


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    if find_program("initdb") is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    try:
        network = Network()
    except NotPermitted as error:
        pytest.skip(f"only root, where networks may be made: {error}")
    try:
        with (
            small_disk(tmp_path / "disk", STORE_MEGABYTES) as disk,
            running(tmp_path, network, disk / "store") as cluster,
            receiving(host=network.address) as receiver,
        ):
            cluster.tell(receiver.url)
            load = Load(cluster.asked())
            load.start()
            try:
                yield Walk(cluster, load, receiver, disk)
            finally:
                load.end()
    finally:
        network.close()


def test_a_cluster_in_trouble(walk: Walk) -> None:
    walk.goes_on(30)
    steward = walk.cluster.steward()
    assert steward is not None
    killed_at = time.monotonic()
    walk.cluster.nodes[steward].kill()
    walk.say(f"the steward's node is killed; 15 PUTs in {walk.goes_on():.1f} s")
    left = [number for number in range(3) if number != steward]
    the_primary_dies(walk, left)
    the_store_is_killed(walk, left)
    the_disk_of_the_store_is_full(walk, left)
    a_node_is_cut_off(walk, *left)
    another_keeps_house(walk, steward, killed_at)
    walk.cluster.nodes[steward].start()
    links_come_and_go(walk)
    everything_holds(walk)


def the_primary_dies(walk: Walk, left: list[int]) -> None:
    walk.cluster.pair.primary.kill()
    for node in left:
        status, body = walk.ask(node, "GET", "absent")
        assert (status, b"SlowDown" in body) == (503, True)
    walk.cluster.pair.promote()
    walk.say(f"the standby takes over; 15 PUTs in {walk.goes_on():.1f} s")


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


def the_disk_of_the_store_is_full(walk: Walk, left: list[int]) -> None:
    here, there = left
    filler = walk.disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * (1 << 20))
        except OSError:
            pass
    status, body = walk.ask(here, "PUT", "largest", LARGE)
    assert (status, b"SlowDown" in body) == (503, True)
    assert walk.ask(there, "GET", "larger") == (200, LARGE)
    filler.unlink()
    walk.until(lambda: walk.ask(here, "PUT", "largest", LARGE)[0] == 200, 30, "no blob")
    walk.say("the disk was full, and has room again")


def a_node_is_cut_off(walk: Walk, cut: int, other: int) -> None:
    """It is still asked, by whoever is on the same machine."""
    nodes, host = walk.load.nodes, walk.cluster.nodes[cut].host
    fields = {"bucket": BUCKET, "key": "small", "expires_in": 3600, "raw": True}
    status, body = nodes.order(cut, "POST", "/shares", fields)
    assert status == 201
    told = json.loads(body)
    for _ in range(3):  # so that the node remembers all there is to remember
        assert nodes.ask(cut, "GET", told["raw"]) == (200, SMALL)
    host.cut()
    assert nodes.order(other, "DELETE", f"/shares/{told['share']['id']}")[0] == 200
    times = []
    for link in (told["raw"], told["raw"], nodes.sign("GET", "small")):
        began = time.monotonic()
        status, body = host.run(lambda link=link: nodes.ask(cut, "GET", link))  # type: ignore[misc]
        times.append(f"{time.monotonic() - began:.1f}")
        assert (status, b"SlowDown" in body) == (503, True)
    walk.say(f"a node that is cut off denies, after {times} s")
    host.heal()
    took = walk.until(lambda: nodes.ask(cut, "GET", told["raw"])[0] != 503, 60, "not healed")
    assert nodes.ask(cut, "GET", told["raw"])[0] == 403
    assert walk.ask(cut, "GET", "small") == (200, SMALL)
    walk.say(f"healed; it answers after {took:.1f} s")


def another_keeps_house(walk: Walk, steward: int, killed_at: float) -> None:
    def is_followed() -> bool:
        return walk.cluster.steward() not in (None, steward)

    walk.until(is_followed, LEASE_SECONDS + 30, "nobody keeps house")
    walk.say(f"another steward within {time.monotonic() - killed_at:.0f} s")


def links_come_and_go(walk: Walk) -> None:
    """For as long as wanted, at random."""
    dice, ends = random.Random(7), time.monotonic() + SOAK
    hosts = [*(node.host for node in walk.cluster.nodes), walk.cluster.store.host]
    hosts.append(walk.cluster.database[1])
    while time.monotonic() < ends:
        walk.load.stop.wait(dice.uniform(0.5, 3))
        host = dice.choice(hosts)
        host.cut()
        walk.load.stop.wait(dice.uniform(0.1, 1.5))
        host.heal()
    walk.say(f"cut and healed for {SOAK:.0f} s; 15 PUTs in {walk.goes_on():.1f} s")


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
