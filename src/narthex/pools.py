"""How many connections to a catalog on PostgreSQL each process of a node may have.

Nothing is opened here. INVARIANT: all of them together, the watches and the one that hears the
calls of other nodes included, are at most `catalog_connections`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from narthex.config import SettingError, Settings

MOST_WORKERS: Final = 4  # without a setting; more is for machines that do nothing else
MOST: Final = 10  # in the pool of one process: more works at once only wait for each other
STEWARD: Final = 3  # in its pool: chores, deliveries and its pulse
FUNCTIONS: Final = 2  # in the pool of their host
WATCH: Final = 1  # beside the pool of each process: it asks what the database shows
CALLS: Final = 1  # beside the steward's: it hears them
HELPERS: Final = STEWARD + WATCH + CALLS + FUNCTIONS + WATCH


@dataclass(frozen=True, slots=True)
class Pools:
    """The most that the pool of one process of each kind holds."""

    worker: int
    steward: int = STEWARD
    functions: int = FUNCTIONS


def pools_of(settings: Settings) -> Pools:
    """What each process may have. Where that is too little for all, `check` refuses to start."""
    rest = (settings.catalog_connections - HELPERS) // workers_of(settings) - WATCH
    return Pools(worker=max(1, min(rest, MOST)))


def workers_of(settings: Settings) -> int:
    """How many web workers this node has."""
    return settings.workers or min(os.cpu_count() or 1, MOST_WORKERS)


def check(settings: Settings) -> None:
    """Raises SettingError when `catalog_connections` is not enough for every process."""
    workers = workers_of(settings)
    needed = HELPERS + workers * (1 + WATCH)
    if settings.catalog_connections < needed:
        raise SettingError(f"catalog_connections: {workers} workers need at least {needed}")
