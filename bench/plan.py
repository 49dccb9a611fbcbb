"""How much is measured, and the stores it is measured on, started when first asked for.

This file never measures.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bench import ceph, servers
from bench.result import Failed
from bench.store import Store

KIB = 1024
MIB = 1024 * KIB
SMALL = "small.bin"
LARGE = "large.bin"
SEVERAL = tuple(f"several/{number:04}.bin" for number in range(1000))
Starting = Callable[[], AbstractContextManager[Store]]


@dataclass(frozen=True, slots=True)
class Plan:
    """seconds: of load in one round. few, many: objects in the two buckets that are listed."""

    workers: int
    rounds: int = 3
    seconds: float = 4
    clients: int = 32
    transfers: int = 3
    large_bytes: int = 100 * MIB
    memory_bytes: int = 2048 * MIB
    few: int = 10_000
    many: int = 1_000_000
    peers: bool = True

    def quick(self) -> Plan:
        """Enough to see that everything runs; its numbers mean nothing."""
        return replace(
            self,
            rounds=1,
            seconds=1,
            transfers=1,
            large_bytes=4 * MIB,
            memory_bytes=32 * MIB,
            few=2_000,
            many=20_000,
            peers=False,
        )


class Bench:
    """One run: a plan, a folder on the disk under test, and the stores while it lasts."""

    def __init__(self, plan: Plan, folder: Path, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.folder = folder
        self.say = say
        self.missing: list[str] = []
        self._open = ExitStack()

    def __enter__(self) -> Bench:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files every store holds, by key."""
        source = self.folder / "files"
        source.mkdir()
        made = {SMALL: source / SMALL, LARGE: source / LARGE}
        made[SMALL].write_bytes(os.urandom(KIB))
        block = os.urandom(MIB)
        with made[LARGE].open("wb") as file:
            for _ in range(self.plan.large_bytes // MIB):
                file.write(block)
        return made

    @cached_property
    def several(self) -> dict[str, Path]:
        """Many small files, which only narthex and nginx hold."""
        return dict.fromkeys(SEVERAL, self.files[SMALL])

    @cached_property
    def stores(self) -> dict[str, Store]:
        """Every store that came up, by name; why others did not is in `missing`."""
        workers, folder = self.plan.workers, self.folder
        everything = {**self.files, **self.several}
        wanted: dict[str, Starting] = {
            "narthex": lambda: servers.narthex(folder / "narthex", workers),
            "nginx": lambda: servers.nginx(folder / "nginx", workers, everything),
        }
        if self.plan.peers:
            wanted |= {
                "rclone serve s3": lambda: servers.rclone(folder / "rclone", workers),
                "s3rver": lambda: servers.s3rver(folder / "s3rver"),
                "moto server": lambda: servers.moto(folder / "moto"),
                "Ceph radosgw": lambda: ceph.radosgw(folder / "ceph"),
            }
        up: dict[str, Store] = {}
        for name, starting in wanted.items():
            self.say(f"starting {name}")
            with self._excused(name):
                store = self._open.enter_context(starting())
                store.fill(everything if name == "narthex" else self.files)
                up[name] = store
        return up

    @contextlib.contextmanager
    def _excused(self, name: str):  # type: ignore[no-untyped-def]
        try:
            yield
        except Failed as error:
            self.missing.append(f"{name} is not in this run: {error}")
            self.say(self.missing[-1])
