"""The CRC32C of each block of a blob, taken while its bytes come by."""

from __future__ import annotations

from awscrt.checksums import crc32c

from narthex.blobs import BLOCK


class Sums:
    """Hand it the bytes in order, then call `finish` once."""

    __slots__ = ("_done", "_size", "_sum")

    def __init__(self) -> None:
        self._done = bytearray()
        self._size = 0
        self._sum = 0  # of the block that is not full yet

    def add(self, data: bytes) -> None:
        """The next bytes, however many."""
        left = memoryview(data)
        while left:
            part = left[: BLOCK - self._size % BLOCK]
            self._sum = crc32c(part, self._sum)
            self._size += len(part)
            if self._size % BLOCK == 0:
                self._end_block()
            left = left[len(part) :]

    def finish(self) -> bytes:
        """4 bytes for each block, big-endian; the last block may be short."""
        if self._size % BLOCK:
            self._end_block()
        return bytes(self._done)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._size

    def _end_block(self) -> None:
        self._done += self._sum.to_bytes(4, "big")
        self._sum = 0
