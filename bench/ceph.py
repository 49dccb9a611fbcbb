"""Ceph's radosgw on one node, from Debian's packages, as a peer: up in half a minute, or left out.

One monitor, one manager, one OSD on a sparse file, one gateway: no redundancy, no authentication
between them, nothing outside the folder it is given. Every process is ended by its own pid.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
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


class Node:
    """The folder of one node, its ports, and what is asked of it."""

    def __init__(self, folder: Path) -> None:
        for name in ("run", "log", "mon", "mgr", "osd0", "rgw"):
            (folder / name).mkdir(parents=True)
        self.folder = folder
        self.port, self.mon_port = free_port(), free_port()
        self.fsid, self.osd = str(uuid.uuid4()), str(uuid.uuid4())
        self.until = time.monotonic() + PATIENCE
        self.configuration = folder / "ceph.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                fsid=self.fsid,
                host=LOOPBACK,
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


@contextlib.contextmanager
def radosgw(folder: Path) -> Iterator[Store]:
    """A gateway that answers, with the bench's key. Raises Failed when it cannot come up."""
    for program in ("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "radosgw-admin", "ceph"):
        found(program)
    node = Node(folder)
    with contextlib.ExitStack() as stack:
        _start_monitor(node, stack)
        _daemon(node, stack, "ceph-mgr", "-f", "-i", "x")
        _start_osd(node, stack)
        _add_user(node)
        gateway = stack.enter_context(
            running(
                node.command("radosgw", "-f", "-n", "client.rgw"), node.log("rgw"), port=node.port
            )
        )
        note = "one node, one OSD, one copy"
        yield Store("Ceph radosgw", f"http://{LOOPBACK}:{node.port}", gateway.pid, note=note)


def _daemon(node: Node, stack: contextlib.ExitStack, program: str, *arguments: str) -> None:
    command = node.command(program, *arguments)
    stack.enter_context(running(command, node.log(program)))


def _start_monitor(node: Node, stack: contextlib.ExitStack) -> None:
    place = f"v1:{LOOPBACK}:{node.mon_port}"
    monmap = str(node.folder / "monmap")
    command = [found("monmaptool"), "--create", "--clobber", "--fsid", node.fsid]
    answer_of([*command, "--addv", "a", f"[{place}]", monmap], within=STEP)
    node.ask("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
    command = node.command("ceph-mon", "-f", "-i", "a", "--public-addr", place)
    stack.enter_context(running(command, node.log("ceph-mon"), port=node.mon_port))
    node.insist("ceph", "-s")


def _start_osd(node: Node, stack: contextlib.ExitStack) -> None:
    node.insist("ceph", "osd", "new", node.osd, "0")
    node.ask("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", node.osd)
    for _ in range(OSD_TRIES):
        command = node.command("ceph-osd", "-f", "-i", "0")
        process = stack.enter_context(running(command, node.log("ceph-osd")))
        while process.poll() is None:
            if _osd_is_up(node):
                return
            node.wait("OSD")
    raise Failed(f"ceph-osd ended: {last_lines(node.log('ceph-osd'))}")


def _osd_is_up(node: Node) -> bool:
    osds = json.loads(node.insist("ceph", "osd", "dump", "--format", "json"))["osds"]
    return any(osd["up"] == 1 for osd in osds)


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
