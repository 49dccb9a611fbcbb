"""A malware scanner on loopback that speaks ClamAV's INSTREAM and knows one sample: EICAR's."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path

# The sample that every scanner knows by agreement; it harms nothing. Source: eicar.org. In two
# pieces, so that a scanner on a developer's machine leaves this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@contextlib.asynccontextmanager
async def scanner(
    limit: int = 2**20, says: bytes = b"", unix: Path | None = None
) -> AsyncIterator[str]:
    """Its address. limit: bytes it takes. says: what it answers instead of a verdict."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            seen = bytearray()
            answer = b""
            while size := struct.unpack(">I", await reader.readexactly(4))[0]:
                seen += await reader.readexactly(size)
                if len(seen) > limit:
                    answer = b"INSTREAM size limit exceeded. ERROR\0"
                    break
            found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in seen else b"stream: OK\0"
            writer.write(says or answer or found)
            await writer.drain()
        writer.close()

    if unix is not None:
        server: asyncio.Server = await asyncio.start_unix_server(serve, unix)
        address = str(unix)
    else:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield address
