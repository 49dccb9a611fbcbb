"""A primary and its standby: nothing is acknowledged that is not on both. One dies, one takes over.

Who decides that in production (Patroni, an operator) is the test here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psycopg

from tests.contract.postgresql_server import PostgreSQLServer

T = TypeVar("T")
SECONDS = 60  # for the standby to follow
Place = Callable[[Callable[[], None]], None]  # runs something where a server is to be


def here(start: Callable[[], None]) -> None:
    """In this network."""
    start()


class Pair:
    """Two servers. addresses: of their own, else their sockets; places: networks of each."""

    def __init__(
        self, addresses: tuple[str, str] = ("", ""), places: tuple[Place, Place] = (here, here)
    ) -> None:
        self.primary, self.standby = PostgreSQLServer(), PostgreSQLServer()
        self._addresses = addresses
        self._places = places

    def start(self) -> None:
        """Both run, and every commit waits for the standby."""
        first, second = self._addresses
        self._places[0](lambda: self.primary.start(address=first))
        source = first or str(self.primary.folder)

        def follow() -> None:
            self.standby.copy_from(source)
            self.standby.start(address=second)

        self._places[1](follow)
        self.wait_for_standbys()

    def wait_for_standbys(self) -> None:
        """From now on a commit is on the standby before it is acknowledged."""
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.execute("SELECT pg_reload_conf()")
        until = time.monotonic() + SECONDS
        while not self._follows():
            if time.monotonic() > until:
                raise RuntimeError((self.standby.folder / "log").read_text())
            os.sched_yield()

    def promote(self) -> None:
        """The standby takes writes when this returns."""
        self.standby.execute("SELECT pg_promote(true, 60)")

    def url(self, database: str) -> str:
        """For a node: both servers, of which the one that takes writes will do."""
        hosts = self._addresses if all(self._addresses) else self._folders()
        return f"postgresql:///{database}?host={','.join(map(str, hosts))}&user=postgres"

    def remove(self) -> None:
        """Leave nothing."""
        self.primary.remove()
        self.standby.remove()

    def _folders(self) -> tuple[Path, Path]:
        return self.primary.folder, self.standby.folder

    def _follows(self) -> bool:
        with psycopg.connect(self.primary.url(), autocommit=True) as connection:
            rows = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
        return rows == [("sync",)]
