"""All that can be found out about one file: one pass over its bytes, three that look at once.

Read `find` first. The file is hashed here, read in a process of its own and shown to the malware
scanner; plug-ins get the text. INVARIANT: whoever of these fails, the facts it owes are unknown,
with the reason; nothing raises but the file's own source.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from narthex.pure.detectors.deceptions import find_size
from narthex.pure.detectors.facts import BUILT_IN
from narthex.pure.detectors.signatures import HEAD, find_mismatch
from narthex.pure.review.findings import Finding
from narthex.review.child import Child, ChildFailed
from narthex.review.clamd import FACT as MALWARE
from narthex.review.clamd import Scanner
from narthex.review.limits import Limits
from narthex.review.plugins import Plugin, ask_plugins, installed, read_finding

READER = "narthex.review.reading"
WANTED = (*BUILT_IN, MALWARE)
OpenBytes = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Facts:
    """findings: each fact once. sha256: of the bytes, in hex. seconds: from first to last."""

    findings: tuple[Finding, ...]
    sha256: str
    size: int
    seconds: float
    timings: tuple[tuple[str, float], ...] = ()


class FactFinder:
    """Finds facts, with one reading process started in advance. `close` it in the end."""

    def __init__(
        self,
        clamd: str = "",
        limits: Limits | None = None,
        plugins: Sequence[Plugin] | None = None,
    ) -> None:
        """clamd: HOST:PORT or a socket's path; "" for none. plugins: None for all installed."""
        self.clamd, self.limits, self.plugins = clamd, limits or Limits(), plugins
        self._turns = asyncio.Semaphore(self.limits.at_once)
        self._preparing = asyncio.Lock()
        self._spare: Child | None = None

    async def find(self, name: str, content_type: str, size: int, open_bytes: OpenBytes) -> Facts:
        """Everything about the file that `open_bytes` reads. Raises what that raises."""
        async with self._turns:
            facts = await self._find(name, content_type, size, open_bytes)
            await self._prepare()
            return facts

    async def _find(self, name: str, content_type: str, size: int, open_bytes: OpenBytes) -> Facts:
        begun = time.perf_counter()
        reader, scanner = await self._reader(), Scanner(self.clamd, self.limits.scanner)
        plugins = installed() if self.plugins is None else self.plugins
        try:
            await scanner.start()
            if reader is not None:
                await reader.order(
                    self._order(name, content_type, size, bool(plugins)), self.limits.most
                )
            digest, head, seen = hashlib.sha256(), b"", 0
            async for chunk in open_bytes():
                digest.update(chunk)
                seen += len(chunk)
                head += chunk[: HEAD - len(head)]
                if reader is not None:
                    await reader.feed(chunk)
                await scanner.feed(chunk)
            fed = time.perf_counter()
            found, passages = await self._read(reader, name, content_type, size, head)
            read = time.perf_counter()
            found.append(await scanner.finding())
            scanned = time.perf_counter()
            found = _merged(found, await ask_plugins(plugins, passages, self.limits.plugin))
        finally:
            scanner.end()
            if reader is not None:
                await reader.end()
        ended = time.perf_counter()
        timings = (("bytes", fed - begun), ("reading", read - fed), ("scanner", scanned - read),
                   ("plugins", ended - scanned))  # fmt: skip
        return Facts(tuple(found), digest.hexdigest(), seen, ended - begun, timings)

    async def close(self) -> None:
        """End the process that waits."""
        spare, self._spare = self._spare, None
        if spare is not None:
            await spare.end()

    async def _reader(self) -> Child | None:
        spare, self._spare = self._spare, None
        return spare if spare is not None and spare.alive else await _start()

    async def _prepare(self) -> None:
        """Start the next process now: it has its imports done when the next file comes."""
        async with self._preparing:
            if self._spare is None:
                self._spare = await _start()

    def _order(self, name: str, content_type: str, size: int, passages: bool) -> dict[str, Any]:
        limits = self.limits
        return {
            "name": name[:4096],
            "content_type": content_type[:256],
            "size": size,
            "text": limits.text,
            "seconds": limits.reading,
            "most": limits.most,
            "cpu": max(1, round(limits.whole)),
            "memory": limits.memory,
            "large": limits.large,
            "passages": passages,
        }

    async def _read(
        self, reader: Child | None, name: str, content_type: str, size: int, head: bytes
    ) -> tuple[list[Finding], list[list[str]]]:
        """The built-in facts, and the passages for plug-ins. Never raises."""
        reason = "no process could be started"
        if reader is not None:
            try:
                told = await reader.answer(self.limits.whole)
                found = [read_finding(str(one["id"]), one) for one in told["findings"]]
                if sorted(one.id for one in found) == sorted(BUILT_IN):
                    return found, list(told.get("passages", []))
                reason = "it gave other findings than it should"
            except (ChildFailed, KeyError, TypeError) as error:
                reason = str(error) if isinstance(error, ChildFailed) else "it gave no findings"
        blind = "it could not be read: " + reason
        known = (*find_mismatch(name, content_type, head), find_size(size, self.limits.large))
        told_anyway = {one.id: one for one in known}
        return [
            told_anyway.get(fact, Finding(fact, known=False, reason=blind)) for fact in BUILT_IN
        ], []


async def _start() -> Child | None:
    try:
        return await Child.start(READER)
    except ChildFailed:
        return None


def _merged(found: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """Each fact once. Of a fact that a plug-in finds too, whoever found more is believed; and when
    one of the two could not look, a clean answer of the other is not enough."""
    by_id = {one.id: one for one in found}
    for one in more:
        known = by_id.get(one.id)
        if known is None or one.count > known.count or (not one.known and known.count == 0):
            by_id[one.id] = one
    return list(by_id.values())


async def find_facts(
    name: str,
    content_type: str,
    size: int,
    open_bytes: OpenBytes,
    *,
    clamd: str = "",
    limits: Limits | None = None,
) -> Facts:
    """The same for one file, without a process that waits for the next."""
    finder = FactFinder(clamd, limits)
    try:
        return await finder.find(name, content_type, size, open_bytes)
    finally:
        await finder.close()
