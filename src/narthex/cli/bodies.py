"""What a request carries: bytes, or a slice of an open file that is read as it is sent.

A body can be sent again, since requests are retried. This file never holds a whole file in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Protocol

BLOCK = 256 * 1024  # bytes read from a file at a time


class Body(Protocol):
    """size in bytes; `open` gives it from its first byte, each time it is called."""

    @property
    def size(self) -> int: ...

    def sha256(self) -> str: ...

    def open(self) -> bytes | Reading: ...


class Bytes:
    """A body in memory."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Its length."""
        return len(self._data)

    def sha256(self) -> str:
        """Its SHA-256 in hex."""
        return hashlib.sha256(self._data).hexdigest()

    def open(self) -> bytes:
        """All of it."""
        return self._data


class Slice:
    """`size` bytes of an open file from `start`. moved: told how many bytes were taken, and (as a
    negative number) how many of them are taken back when it is sent again.
    """

    def __init__(
        self, handle: int, start: int, size: int, moved: Callable[[int], None] = lambda _: None
    ) -> None:
        self._handle = handle
        self._start = start
        self._size = size
        self._moved = moved
        self._sent = 0

    @property
    def size(self) -> int:
        """Its length."""
        return self._size

    def digest(self, take: Callable[[bytes], None]) -> None:
        """Show every byte, in order, to `take`. Raises OSError when the file has become shorter."""
        at = 0
        while at < self._size:
            block = os.pread(self._handle, min(BLOCK, self._size - at), self._start + at)
            if not block:
                raise OSError("the file became shorter while it was read")
            take(block)
            at += len(block)

    def sha256(self) -> str:
        """Its SHA-256 in hex."""
        hasher = hashlib.sha256()
        self.digest(hasher.update)
        return hasher.hexdigest()

    def open(self) -> Reading:
        """A reader at its first byte; what an earlier reader took counts as not sent."""
        self._moved(-self._sent)
        self._sent = 0
        return Reading(self)

    def read_at(self, at: int, amount: int) -> bytes:
        """Up to `amount` bytes at a position within the slice."""
        block = os.pread(self._handle, min(amount, self._size - at), self._start + at)
        self._sent += len(block)
        self._moved(len(block))
        return block


class Reading:
    """The file-like object that the HTTP connection reads from."""

    def __init__(self, source: Slice) -> None:
        self._source = source
        self._at = 0

    def read(self, amount: int = BLOCK) -> bytes:
        """The next bytes; none at the end of the slice."""
        block = self._source.read_at(self._at, amount)
        self._at += len(block)
        return block
