"""One blob of the local store being read: its file, opened once, block by verified block.

This file never gives out a byte of a block that fails its checksum. It blocks: use it in a thread.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from awscrt.checksums import crc32c

from narthex.blobs import BLOCK
from narthex.errors import Corrupt, Unavailable


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same while a file is not written to or replaced."""

    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, facts: os.stat_result) -> Identity:
        """From what the system says of a file."""
        return cls(facts.st_ino, facts.st_size, facts.st_mtime_ns)


class LocalSource:
    """A blob of `size` bytes at `path`. last: the number of the last block wanted."""

    def __init__(self, blob: str, path: str, size: int, sums: bytes, last: int) -> None:
        self._blob = blob
        self._path = path
        self._size = size
        self._sums = sums
        self._last = last
        self._turn = threading.Lock()
        self._handle = -1
        self._closed = False
        self.identity: Identity | None = None  # of the file, unchanged from its first to last block

    def block(self, number: int) -> bytes:
        """The whole block, verified. Raises Corrupt (missing, short or altered), Unavailable."""
        with self._turn:
            if self._closed:
                raise Unavailable(f"blob {self._blob} is no longer read")
            try:
                if self._handle < 0:
                    self._open()
                data = os.pread(
                    self._handle, min(BLOCK, self._size - number * BLOCK), number * BLOCK
                )
                if number == self._last:
                    self._end()
            except FileNotFoundError as error:
                raise Corrupt(f"blob {self._blob} is missing") from error
            except OSError as error:
                raise Unavailable(f"blob {self._blob} cannot be read: {error.strerror}") from error
        if crc32c(data) != int.from_bytes(self._sums[4 * number : 4 * number + 4], "big"):
            raise Corrupt(f"block {number} of blob {self._blob} fails its checksum")
        return data

    def close(self) -> None:
        """Nothing is read afterwards. Waits for a block that is being read."""
        with self._turn:
            self._closed = True
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1

    def _open(self) -> None:
        self._handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        self.identity = Identity.of(os.fstat(self._handle))
        if self.identity.size != self._size:
            raise Corrupt(f"blob {self._blob} has {self.identity.size} bytes, not {self._size}")
        if len(self._sums) != -(-self._size // BLOCK) * 4:
            raise Corrupt(f"blob {self._blob} has a checksum too few or too many")

    def _end(self) -> None:
        if Identity.of(os.fstat(self._handle)) != self.identity:
            self.identity = None
        os.close(self._handle)
        self._handle = -1
