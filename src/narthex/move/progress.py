"""How far a move is, and what came of it, as values.

This file never shows anything: the command does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Progress:
    """stage: what is being done. Counts of blobs and bytes are of the pass under way."""

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
    """One table after one walk: rows and their digest at the source, and what had to be changed.

    sha256: of all rows in the order of their key. equal: both sides are, row by row, after it.
    """

    table: str
    rows: int
    sha256: str
    put: int
    removed: int
    equal: bool
    damaged: tuple[Damaged, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a move. switched: the target is the one from now on.

    frozen_seconds: how long the source took no writes. taken: rows whose bytes are damaged, taken
    over as they are. damaged: all that are, by name. missing: blobs that a check did not find whole
    at the target.
    """

    switched: bool
    source: str
    target: str
    tables: tuple[Tally, ...]
    passes: int = 0
    frozen_seconds: float = 0.0
    master_key: str = ""
    taken: tuple[Damaged, ...] = ()
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
            "passes": self.passes,
            "read_only_seconds": round(self.frozen_seconds, 3),
            "master_key": self.master_key,
            "tables": [
                {"table": tally.table, "rows": tally.rows, "sha256": tally.sha256}
                for tally in self.tables
            ],
            "differing": list(self.differing),
            "damaged": [asdict(found) for found in self.damaged],
            "missing": list(self.missing),
        }
