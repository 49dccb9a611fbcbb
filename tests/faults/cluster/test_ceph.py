"""Ceph below three nodes, in trouble under load: nothing acknowledged is lost, no object is torn.

Its gateway and its OSD are killed and stopped, and its cable is pulled.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.ceph import Ceph
from bench.result import Failed

from tests.faults.cluster.stores import on_ceph
from tests.faults.cluster.walk import (
    LARGE,
    SMALL,
    SOAK,
    Walk,
    everything_holds,
    the_store_is_killed,
    walking,
)

LAST = min(SOAK, 30.0)  # seconds of the last step
pytestmark = [
    *(pytest.mark.faults, pytest.mark.postgresql, pytest.mark.ceph),
    pytest.mark.timeout(400 + 2 * LAST),
]
STOPPED = 3.0  # seconds; less than Ceph takes to count a silent OSD as dead


@dataclass(frozen=True)
class Below:
    """The walk, and the Ceph below it."""

    walk: Walk
    ceph: Ceph


@pytest.fixture
def below(tmp_path: Path) -> Iterator[Below]:
    up: list[Ceph] = []
    try:
        with walking(tmp_path, on_ceph(tmp_path / "ceph", up.append)) as walk:
            yield Below(walk, up[0])
    except Failed as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Ceph does not come up here: {error}")


def test_ceph_in_trouble(below: Below) -> None:
    walk = below.walk
    walk.goes_on(30)
    the_store_is_killed(walk, [0, 1])
    the_osd_is_stopped(below)
    the_osd_is_killed(below)
    all_at_random(below)
    everything_holds(walk)


def the_osd_is_stopped(below: Below) -> None:
    """The gateway takes requests, and answers none that asks for a blob."""
    walk, osd = below.walk, below.ceph.osd
    osd.send_signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(walk.ask, 0, "PUT", "stopped", LARGE)
            assert walk.ask(1, "PUT", "small", SMALL)[0] == 200
            assert walk.ask(2, "GET", "small") == (200, SMALL)
            walk.load.stop.wait(STOPPED)
            assert not waiting.done()
            osd.send_signal(signal.SIGCONT)
            assert waiting.result()[0] == 200
    finally:
        osd.send_signal(signal.SIGCONT)
    assert walk.ask(1, "GET", "stopped") == (200, LARGE)
    walk.say(f"the OSD stopped and went on; 15 PUTs in {walk.goes_on():.1f} s")


def the_osd_is_killed(below: Below) -> None:
    walk, ceph = below.walk, below.ceph
    ceph.kill_osd()
    began = time.monotonic()
    assert walk.ask(1, "PUT", "small", SMALL)[0] == 200
    ceph.start_osd()
    up = time.monotonic() - began
    took = walk.until(lambda: walk.ask(2, "PUT", "again", LARGE)[0] == 200, 60, "no blob")
    for key in ("large", "larger", "stopped"):
        assert walk.ask(0, "GET", key) == (200, LARGE)
    walk.say(f"the OSD was killed; up after {up:.1f} s, a blob {took:.1f} s later")


def all_at_random(below: Below) -> None:
    """Any of it, for as long as wanted."""
    walk, ceph = below.walk, below.ceph
    dice, ends = random.Random(11), time.monotonic() + LAST

    def pause(most: float) -> None:
        walk.load.stop.wait(dice.uniform(0.1, most))

    while time.monotonic() < ends:
        match dice.choice(("gateway", "osd", "cable", "cable")):
            case "gateway":
                ceph.kill_gateway()
                pause(1)
                ceph.start_gateway()
            case "osd":
                ceph.osd.send_signal(signal.SIGSTOP)
                pause(STOPPED)
                ceph.osd.send_signal(signal.SIGCONT)
            case _:
                walk.cluster.store.host.cut()
                pause(2)
                walk.cluster.store.host.heal()
        pause(3)
    walk.say(f"all of it for {LAST:.0f} s; 15 PUTs in {walk.goes_on():.1f} s")
