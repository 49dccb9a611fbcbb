"""What is computed of bodies of any size, cut into any chunks, while they come in."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterator

import pytest
from awscrt.checksums import crc64nvme

from narthex.blobs import BLOCK
from narthex.s3.hashing import AHEAD, INLINE_HASH, Digests, Hashing

SIZES = [1, INLINE_HASH, INLINE_HASH + 1, BLOCK - 1, BLOCK, (2 * AHEAD + 3) * BLOCK + 7]


def bytes_of(size: int) -> bytes:
    """Bytes that differ from block to block."""
    return b"".join(n.to_bytes(4, "big") for n in range(size // 4 + 1))[:size]


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [INLINE_HASH // 2 + 1, BLOCK])
def test_blocks_are_hashed_in_order_however_fast_they_come(size: int, piece: int) -> None:
    data, digests = bytes_of(size), Digests("CRC64NVME", "SHA256")

    async def hashed() -> None:
        hashing = Hashing(digests)
        for block in cut(data, piece):
            await hashing.add(block)
        await hashing.done()

    asyncio.run(asyncio.wait_for(hashed(), 60))
    assert digests.size == size
    assert digests.md5.digest() == hashlib.md5(data, usedforsecurity=False).digest()
    assert digests.announced.digest() == hashlib.sha256(data).digest()
    crc = crc64nvme(data).to_bytes(8, "big")
    assert digests.checksum.base64() == base64.b64encode(crc).decode()


def test_what_goes_wrong_in_the_thread_reaches_whoever_adds() -> None:
    class Broken(Digests):
        def update(self, data: bytes) -> None:
            raise MemoryError

    async def added() -> None:
        hashing = Hashing(Broken("CRC32C"))
        for _ in range(3 * AHEAD):
            await hashing.add(bytes(BLOCK))

    with pytest.raises(MemoryError):
        asyncio.run(asyncio.wait_for(added(), 60))
