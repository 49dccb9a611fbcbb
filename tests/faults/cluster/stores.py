"""What holds the blobs of the nodes: a narthex of its own or Ceph, each in a network of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import ceph
from bench.store import KEY, SECRET
from bench.store import Store as Client

from tests.faults.cluster.machines import PORT, STORE, Machine, Opening, Store, plain
from tests.faults.cluster.networks import Host
from tests.faults.mixed import Nodes


def on_narthex(folder: Path) -> Opening:
    """A narthex with its data in a folder."""

    @contextlib.contextmanager
    def opened(host: Host) -> Iterator[Store]:
        machine = Machine(host, folder, [], plain())
        with contextlib.closing(machine.stack):
            held = machine.start()
            key, secret = held.access_key_id, held.secret
            asked = Nodes(((host.address, PORT),), key, secret)
            assert asked.signed(0, "PUT", f"/{STORE}")[0] == 200
            yield Store(host, held.url, key, secret, machine.kill, machine.start)

    return opened


def on_ceph(folder: Path, tell: Callable[[ceph.Ceph], None]) -> Opening:
    """Ceph; what is killed is its gateway. tell: once it is up. Raises Failed."""

    @contextlib.contextmanager
    def opened(host: Host) -> Iterator[Store]:
        inside = ("ip", "netns", "exec", host.namespace)
        with ceph.started(folder, ceph.Place(host.address, inside)) as one:
            Client("", one.url, one.gateway.pid).client().create_bucket(Bucket=STORE)
            tell(one)
            yield Store(host, one.url, KEY, SECRET, one.kill_gateway, one.start_gateway)

    return opened
