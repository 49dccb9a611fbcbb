"""ClamAV's daemon: bytes in, one word out. The few lines of its protocol that this takes.

The daemon sees the file's bytes and nothing else of it; what it answers is bounded, and never taken
for more than a verdict. Source: clamd(8), INSTREAM.
"""

from __future__ import annotations

import asyncio
import re
import struct

from narthex.pure.review.findings import Finding

FACT = "malware.result"
_LONGEST_ANSWER = 4096
_CONNECTING = 2.0  # seconds
_FOUND = re.compile(r"stream: ([\x21-\x7e]{1,120}(?: [\x21-\x7e]{1,60})*) FOUND")
_ADDRESS = re.compile(r"(?P<host>[^\s/]{1,253}):(?P<port>[0-9]{1,5})")
_NO_SCANNER = Finding(FACT, known=False, reason="no malware scanner is configured")


class Scanner:
    """One file on its way to the daemon. Never raises for what the daemon does."""

    def __init__(self, address: str, seconds: float) -> None:
        """address: HOST:PORT, or the path of a socket; "" for none. seconds: without progress."""
        self._address, self._seconds = address, seconds
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._failed = ""

    async def start(self) -> None:
        """Connect, and begin a stream."""
        if not self._address:
            return
        try:
            async with asyncio.timeout(_CONNECTING):
                self._reader, self._writer = await self._connect()
            await self._write(b"zINSTREAM\0")
        except (OSError, TimeoutError, ValueError):
            self._failed = "the malware scanner cannot be reached"

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address, limit=_LONGEST_ANSWER)
        match = _ADDRESS.fullmatch(self._address)
        if match is None or int(match["port"]) > 65535:
            raise ValueError(self._address)
        host = match["host"].strip("[]")
        return await asyncio.open_connection(host, int(match["port"]), limit=_LONGEST_ANSWER)

    async def feed(self, data: bytes) -> None:
        """Send one piece."""
        if data:
            await self._write(struct.pack(">I", len(data)) + data)

    async def finding(self) -> Finding:
        """What it says of all that was sent. The connection is closed afterwards."""
        if not self._address:
            return _NO_SCANNER
        await self._write(struct.pack(">I", 0))
        said = ""
        if self._reader is not None and not self._failed:
            try:
                async with asyncio.timeout(self._seconds):
                    said = (await self._reader.readuntil(b"\0"))[:-1].decode(errors="replace")
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                self._failed = "the malware scanner gave no answer"
        self.end()
        return self._judged(said)

    def _judged(self, said: str) -> Finding:
        found = _FOUND.fullmatch(said)
        if found is not None:
            return Finding(FACT, count=1, evidence=(found[1],), value=found[1])
        if said == "stream: OK" and not self._failed:
            return Finding(FACT)
        reason = "the file is larger than the malware scanner takes" if "size limit" in said else ""
        return Finding(
            FACT, known=False, reason=reason or self._failed or "the malware scanner failed"
        )

    async def _write(self, data: bytes) -> None:
        if self._writer is None or self._failed:
            return
        try:
            async with asyncio.timeout(self._seconds):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError):
            # It may have said why, such as a limit of size, before it hung up: that is read last.
            if self._reader is None or self._reader.at_eof():
                self._failed = "the malware scanner hung up"
            self._writer = None if self._failed else self._writer

    def end(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
