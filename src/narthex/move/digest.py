"""A table as one number, kept up to date row by row: whichever order they come in, and go.

It tells rows that were lost, doubled or altered by accident; it is no proof against whoever makes
rows up to deceive it.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from narthex.catalog import Row

_BITS: Final = 256


@dataclass(slots=True)
class Digest:
    """rows: how many there are. total: the sum of their SHA-256, modulo 2^256."""

    rows: int = 0
    total: int = 0

    def add(self, rows: Iterable[Row]) -> None:
        """These are there now."""
        for row in rows:
            self.rows += 1
            self.total += number_of(row)

    def drop(self, rows: Iterable[Row]) -> None:
        """These are there no more."""
        for row in rows:
            self.rows -= 1
            self.total -= number_of(row)

    @property
    def hex(self) -> str:
        """64 digits."""
        return f"{self.total % 2**_BITS:0{_BITS // 4}x}"


def number_of(row: Row) -> int:
    """A row as a number, which its values, their kinds and their order come to."""
    return int.from_bytes(hashlib.sha256(encoded(row)).digest(), "big")


def encoded(row: Row) -> bytes:
    """A row as bytes, each value with its kind and its length; equal for equal rows only.

    Version 2 of the format knows no references, which would depend on what is one object in memory.
    """
    return marshal.dumps(row, 2)
