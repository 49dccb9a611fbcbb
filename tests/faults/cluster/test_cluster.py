"""A cluster in trouble, under load: nothing acknowledged is lost, no limit overspent, no event
lost, no revoked link served.

One walk, since the machines take a while to come up; each step names what it breaks. How long the
last step lasts: NARTHEX_SOAK, in seconds (1800 for half an hour).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cluster.machines import PORT
from tests.faults.cluster.stores import on_narthex
from tests.faults.cluster.walk import (
    LARGE,
    SMALL,
    SOAK,
    Walk,
    everything_holds,
    links_come_and_go,
    the_store_is_killed,
    walking,
)
from tests.faults.disks import small_disk
from tests.faults.mixed import BUCKET

pytestmark = [pytest.mark.faults, pytest.mark.postgresql, pytest.mark.timeout(400 + 2 * SOAK)]
LEASE_SECONDS = 60  # of the steward's
STORE_MEGABYTES = 256


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", STORE_MEGABYTES) as disk:
        yield disk


@pytest.fixture
def walk(tmp_path: Path, disk: Path) -> Iterator[Walk]:
    with walking(tmp_path, on_narthex(disk / "store")) as walk:
        yield walk


def test_a_cluster_in_trouble(walk: Walk, disk: Path) -> None:
    walk.goes_on(30)
    steward = walk.cluster.steward()
    assert steward is not None
    killed_at = time.monotonic()
    walk.cluster.nodes[steward].kill()
    walk.say(f"the steward's node is killed; 15 PUTs in {walk.goes_on():.1f} s")
    left = [number for number in range(3) if number != steward]
    the_primary_dies(walk, left)
    the_store_is_killed(walk, left)
    the_disk_of_the_store_is_full(walk, left, disk)
    a_node_is_cut_off(walk, *left)
    another_keeps_house(walk, steward, killed_at)
    what_doctor_asks_tells_of_it(walk, steward, left[0])
    walk.cluster.nodes[steward].start()
    hosts = [*(node.host for node in walk.cluster.nodes), walk.cluster.store.host]
    links_come_and_go(walk, [*hosts, walk.cluster.database[1]], SOAK)
    everything_holds(walk)


def the_primary_dies(walk: Walk, left: list[int]) -> None:
    walk.cluster.pair.primary.kill()
    for node in left:
        status, body = walk.ask(node, "GET", "absent")
        assert (status, b"SlowDown" in body) == (503, True)
    walk.cluster.pair.promote()
    walk.say(f"the standby takes over; 15 PUTs in {walk.goes_on():.1f} s")


def the_disk_of_the_store_is_full(walk: Walk, left: list[int], disk: Path) -> None:
    here, there = left
    filler = disk / "filler"
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


def what_doctor_asks_tells_of_it(walk: Walk, dead: int, asked: int) -> None:
    places = [f"{node.host.address}:{PORT}" for node in walk.cluster.nodes]

    def is_told() -> bool:
        status, body = walk.load.nodes.order(asked, "GET", "/cluster")
        if status != 200:
            return False
        told = json.loads(body)["cluster"]
        alive = {node["listens"]: node["id"] for node in told["nodes"] if node["alive"]}
        return alive.keys() == {*places} - {places[dead]} and told["steward"] in alive.values()

    # A node tells of itself every ten seconds, and counts as dead after 35.
    took = walk.until(is_told, 60, "the dead node counts as alive, or another as dead")
    walk.say(f"one node is told dead, two alive and one of them the steward, after {took:.1f} s")
