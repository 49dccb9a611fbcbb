"""Machines on one machine: network namespaces on a bridge, whose cables can be pulled.

Needs root, and Debian's iproute2. Addresses are of 198.18.0.0/15 (RFC 2544: for such benches), the
bridge leads nowhere else, and everything is taken down at the end.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
PREFIX = "narthex-"


class NotPermitted(Exception):
    """Networks cannot be made here. The text says why."""


@dataclass(frozen=True)
class Host:
    """One namespace with an address. port: its end of the cable at the bridge."""

    namespace: str
    address: str
    port: str

    def cut(self) -> None:
        """Pull the cable: what is sent is lost, and nobody is told."""
        ip("link", "set", self.port, "down")

    def heal(self) -> None:
        """Plug it in again."""
        ip("link", "set", self.port, "up")

    def run(self, call: Callable[[], T]) -> T:
        """What `call` returns when it runs in this network; processes that it starts stay there."""
        outcome: Future[T] = Future()

        def inside() -> None:
            try:
                enter(self.namespace)
                outcome.set_result(call())
            except BaseException as error:
                outcome.set_exception(error)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        return outcome.result()

    def start(self, call: Callable[[], None]) -> None:
        """The same for what returns nothing."""
        self.run(call)


@dataclass
class Network:
    """A bridge with hosts on it; ours is the first address. Raises NotPermitted."""

    id: str = field(default_factory=lambda: secrets.token_hex(2))
    number: int = field(default_factory=lambda: secrets.randbelow(512))
    hosts: list[Host] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bridge = f"nx{self.id}"
        ip("link", "add", self.bridge, "type", "bridge")
        try:
            ip("address", "add", f"{self._address(1)}/24", "dev", self.bridge)
            ip("link", "set", self.bridge, "up")
        except NotPermitted:
            self.close()
            raise

    @property
    def address(self) -> str:
        """Of this process."""
        return self._address(1)

    def add(self) -> Host:
        """One more machine."""
        place = len(self.hosts) + 2
        name, port = f"{PREFIX}{self.id}-{place}", f"nx{self.id}p{place}"
        host = Host(name, self._address(place), port)
        ip("netns", "add", name)
        self.hosts.append(host)
        ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", port, "master", self.bridge, "up")
        ip("-n", name, "address", "add", f"{host.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", name, "link", "set", device, "up")
        return host

    def close(self) -> None:
        """Nothing of it is left."""
        for host in self.hosts:
            ip("netns", "delete", host.namespace)
        ip("link", "delete", self.bridge)

    def _address(self, place: int) -> str:
        return f"198.{18 + self.number // 256}.{self.number % 256}.{place}"


def ip(*arguments: str) -> None:
    """One command of iproute2. Raises NotPermitted."""
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NotPermitted("`ip` is not installed (Debian: iproute2)") from error
    if done.returncode:
        raise NotPermitted(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def enter(namespace: str) -> None:
    """This thread is in that network from now on, and so is what it starts."""
    handle = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(handle, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(handle)
