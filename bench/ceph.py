"""Ceph's radosgw on one node, from Debian's packages, as a peer: up in half a minute, or left out.

One monitor, one manager, one OSD on a sparse file, one gateway: no redundancy, no authentication
between them, nothing outside the folder it is given. Every process is ended by its own pid.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.processes import LOOPBACK, answer_of, found, free_port, last_lines, running
from bench.result import Failed
from bench.store import KEY, SECRET, Store

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr", "ceph-common")
PATIENCE = 120.0  # seconds for all of it
STEP = 30.0  # seconds one administrative command may take
OSD_TRIES = 5  # a fresh OSD now and then ends at once with "wrong fsid"
PAUSE = 0.3

# The disk of a test machine may be rather full: the marks at which Ceph refuses to write are moved.
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = v1:{host}:{mon_port}
public addr = {host}
cluster addr = {host}
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
log file = {folder}/log/$name.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
mon osd full ratio = .98
mon osd nearfull ratio = .97
mon osd backfillfull ratio = .975
[mon]
mon data = {folder}/mon
[mgr]
mgr data = {folder}/mgr
mgr initial modules =
[osd]
osd data = {folder}/osd$id
osd objectstore = bluestore
bluestore block create = true
bluestore block size = 21474836480
osd memory target = 1500000000
osd class load list = *
osd class default list = *
[client.rgw]
rgw frontends = beast endpoint={host}:{port}
rgw data = {folder}/rgw
keyring = {folder}/none
rgw relaxed region enforcement = true
rgw enable usage log = false
rgw dynamic resharding = false
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The address that all of it listens on. inside: before each daemon's command, to get there."""

    address: str = LOOPBACK
    inside: tuple[str, ...] = ()


HERE = Place()


class Node:
    """The folder of one node, its ports, and what is asked of it."""

    def __init__(self, folder: Path, place: Place = HERE) -> None:
        for name in ("run", "log", "mon", "mgr", "osd0", "rgw"):
            (folder / name).mkdir(parents=True)
        self.folder = folder
        self.place = place
        self.port, self.mon_port = free_port(), free_port()
        self.fsid, self.osd = str(uuid.uuid4()), str(uuid.uuid4())
        self.until = time.monotonic() + PATIENCE
        self.configuration = folder / "ceph.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                fsid=self.fsid,
                host=place.address,
                port=self.port,
                mon_port=self.mon_port,
                folder=folder,
            )
        )

    def command(self, program: str, *arguments: str) -> list[str]:
        """One of Ceph's programs with this node's configuration."""
        return [found(program), "--conf", str(self.configuration), *arguments]

    def ask(self, program: str, *arguments: str) -> str:
        """What an administrative command answers. Raises Failed."""
        return answer_of(self.command(program, *arguments), within=STEP)

    def insist(self, program: str, *arguments: str) -> str:
        """The same, asked again: a monitor that has just come up refuses (EPERM) for a moment."""
        while True:
            try:
                return self.ask(program, *arguments)
            except Failed as error:
                self.wait(f"answer to {arguments[0]}", because=str(error))

    def log(self, name: str) -> Path:
        """Where a daemon's output goes."""
        return self.folder / "log" / f"{name}.out"

    def wait(self, what: str, because: str = "") -> None:
        """A moment, until there is no patience left. Raises Failed."""
        if time.monotonic() > self.until:
            raise Failed(f"no {what} within {PATIENCE:.0f} s {because}".strip())
        time.sleep(PAUSE)


class Ceph:
    """One that is up. Its gateway and its OSD can be killed, and started again where they were."""

    def __init__(self, node: Node, stack: contextlib.ExitStack) -> None:
        self._node, self._stack = node, stack
        _start_monitor(node, stack)
        _daemon(node, stack, "ceph-mgr", "-f", "-i", "x")
        node.insist("ceph", "osd", "new", node.osd, "0")
        node.ask("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", node.osd)
        self._up_since = 0
        self.start_osd()
        _add_user(node)
        self.start_gateway()

    @property
    def url(self) -> str:
        """Of the gateway."""
        return f"http://{self._node.place.address}:{self._node.port}"

    def start_gateway(self) -> None:
        """It answers when this returns. Raises Failed."""
        command = ("radosgw", "-f", "-n", "client.rgw")
        self.gateway = _daemon(self._node, self._stack, *command, port=self._node.port)

    def kill_gateway(self) -> None:
        """Gone when this returns."""
        self.gateway.kill()
        self.gateway.wait()

    def kill_osd(self) -> None:
        """The same."""
        self.osd.kill()
        self.osd.wait()

    def start_osd(self) -> None:
        """It is up when this returns. Raises Failed."""
        node = self._node
        node.until = time.monotonic() + PATIENCE
        for _ in range(OSD_TRIES):
            self.osd = _daemon(node, self._stack, "ceph-osd", "-f", "-i", "0")
            while self.osd.poll() is None:
                since = _up_since(node)
                if since > self._up_since:
                    self._up_since = since
                    return
                node.wait("OSD")
        raise Failed(f"ceph-osd ended: {last_lines(node.log('ceph-osd'))}")


@contextlib.contextmanager
def started(folder: Path, place: Place = HERE) -> Iterator[Ceph]:
    """All of it, with the bench's key. Raises Failed when it cannot come up."""
    for program in ("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "radosgw-admin", "ceph"):
        found(program)
    with contextlib.ExitStack() as stack:
        yield Ceph(Node(folder, place), stack)


@contextlib.contextmanager
def radosgw(folder: Path) -> Iterator[Store]:
    """A gateway that answers, with the bench's key. Raises Failed when it cannot come up."""
    with started(folder) as ceph:
        note = "one node, one OSD, one copy"
        yield Store("Ceph radosgw", ceph.url, ceph.gateway.pid, note=note)


def _daemon(
    node: Node, stack: contextlib.ExitStack, program: str, *arguments: str, port: int | None = None
) -> subprocess.Popen[bytes]:
    command = [*node.place.inside, *node.command(program, *arguments)]
    return stack.enter_context(
        running(command, node.log(program), port=port, address=node.place.address)
    )


def _start_monitor(node: Node, stack: contextlib.ExitStack) -> None:
    place = f"v1:{node.place.address}:{node.mon_port}"
    monmap = str(node.folder / "monmap")
    command = [found("monmaptool"), "--create", "--clobber", "--fsid", node.fsid]
    answer_of([*command, "--addv", "a", f"[{place}]", monmap], within=STEP)
    node.ask("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
    command = ["ceph-mon", "-f", "-i", "a", "--public-addr", place]
    _daemon(node, stack, *command, port=node.mon_port)
    node.insist("ceph", "-s")


def _up_since(node: Node) -> int:
    """The epoch in which the OSD came up; 0 when it is down. One that was killed may count as up
    for a while, but its next life begins in a later epoch."""
    [osd] = json.loads(node.insist("ceph", "osd", "dump", "--format", "json"))["osds"]
    return int(osd["up_from"]) if osd["up"] == 1 else 0


def _add_user(node: Node) -> None:
    node.ask(
        "radosgw-admin",
        "-n",
        "client.rgw",
        "user",
        "create",
        *("--uid", "bench", "--display-name", "bench"),
        *("--access-key", KEY, "--secret", SECRET),
    )
