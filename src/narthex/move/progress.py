"""How far a move is, and what came of it, as values.

This file never shows anything: the command does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Progress:
    """stage: what is being done. Counts of blobs and bytes are of the stage under way."""

    stage: str = ""
    rows: int = 0
    blobs: int = 0
    bytes: int = 0
    all_blobs: int = 0
    all_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Damaged:
    """Bytes at the source that fail their checksum. object: `bucket/key`, empty for a part."""

    content: str
    number: int
    reason: str
    object: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One table at the end: its rows and their digest (see `digest`), and what had to be changed.

    equal: both sides are, row by row.
    """

    table: str
    rows: int
    digest: str
    put: int
    removed: int
    equal: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a move. switched: the target is the one from now on.

    rounds: over what changed meanwhile; changed: how many rows that were, last: how many of them
    after the source took no writes, which was for frozen_seconds. damaged: rows whose bytes fail
    their checksum; taken: as they are. missing: blobs that are not whole at the target, by a check.
    """

    switched: bool
    source: str
    target: str
    tables: tuple[Tally, ...]
    rounds: int = 0
    changed: int = 0
    last: int = 0
    frozen_seconds: float = 0.0
    master_key: str = ""
    taken: bool = False
    damaged: tuple[Damaged, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def differing(self) -> tuple[str, ...]:
        """Tables that are not equal."""
        return tuple(tally.table for tally in self.tables if not tally.equal)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "switched": self.switched,
            "from": self.source,
            "to": self.target,
            "rounds": self.rounds,
            "changed": self.changed,
            "changed_last": self.last,
            "read_only_seconds": round(self.frozen_seconds, 3),
            "master_key": self.master_key,
            "tables": [
                {"table": tally.table, "rows": tally.rows, "digest": tally.digest}
                for tally in self.tables
            ],
            "differing": list(self.differing),
            "damaged": [asdict(found) for found in self.damaged],
            "missing": list(self.missing),
        }
