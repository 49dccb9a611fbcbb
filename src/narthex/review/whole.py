"""A large object, looked at from its first byte to its last while nobody waits for it.

Read `find_whole` first. Plain text is read in windows, each by a process of its own; everything
else once, within wider limits. INVARIANT: memory is bounded by a window, whatever the size, and
what was not read is not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from narthex.pure.detectors.deceptions import find_size
from narthex.pure.detectors.facts import OF_STRUCTURE, OF_TEXT, READABLE
from narthex.pure.detectors.signatures import HEAD, ending_of, media_of
from narthex.pure.review.findings import Finding
from narthex.review.clamd import FACT as MALWARE
from narthex.review.clamd import Scanner
from narthex.review.facts import FactFinder
from narthex.review.glance import MARKUP
from narthex.review.limits import MIB, Limits
from narthex.review.plugins import Plugin
from narthex.review.reading.mail import is_mail
from narthex.review.together import together

LARGEST = 64 * 1024 * MIB  # bytes of one object that are read: some minutes' worth
WINDOW = 8 * MIB
OVERLAP = 16 * 1024  # bytes that two windows have in common: nothing that counts is longer
WINDOWS = 128  # of one object: a GiB of text
SNIFFED = 33_000  # bytes by which a format is known
PATIENT = Limits(
    most=256 * MIB,
    text=64 * MIB,
    reading=30.0,
    whole=60.0,
    scanner=600.0,
    plugin=30.0,
    memory=1536 * MIB,
    at_once=1,
)
_OF_A_WINDOW = replace(PATIENT, most=2 * WINDOW, text=2 * WINDOW, memory=Limits().memory)
_OF_THE_FIRST = frozenset((*OF_STRUCTURE, "type.mismatch"))  # the others begin in the middle
_REST = f"only the first {WINDOWS * WINDOW // MIB} MiB of text were read"
_UNREAD = tuple(Finding(fact, known=False, reason=_REST) for fact in (*OF_TEXT, READABLE))
OpenBytes = Callable[[int], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Whole:
    """findings: each fact once or more. sha256: of all bytes, in hex; "" when there were more."""

    findings: tuple[Finding, ...]
    sha256: str


async def find_whole(
    name: str,
    content_type: str,
    size: int,
    open_bytes: OpenBytes,
    clamd: str,
    plugins: Sequence[Plugin],
) -> Whole:
    """Everything about an object. Raises what `open_bytes` raises."""
    end = min(size, LARGEST)
    head = b"".join([chunk async for chunk in open_bytes(min(end, SNIFFED))])
    if _is_plain(name, head):
        found, digest = await _in_windows(name, content_type, size, open_bytes(end), clamd, plugins)
        found = found if end == size else together((found, _UNREAD))
    else:
        finder = FactFinder(clamd, PATIENT, plugins)
        try:
            facts = await finder.find(name, content_type, size, lambda: open_bytes(end))
        finally:
            await finder.close()
        found, digest = facts.findings, facts.sha256
    if end < size:
        return Whole(tuple(map(in_part, found)), "")
    return Whole(found, digest)


def in_part(finding: Finding) -> Finding:
    """A scanner that saw the beginning of a file says nothing about the rest of it."""
    if finding.id != MALWARE or not finding.known or finding.count:
        return finding
    return Finding(MALWARE, known=False, reason="only the beginning of it was looked at")


def _is_plain(name: str, head: bytes) -> bool:
    """Whether every part of it can be read without the others."""
    ending = ending_of(name)
    is_letters = media_of(head) in ("text", "script") and ending not in MARKUP
    return is_letters and not is_mail(head[:HEAD], ending)


@dataclass(slots=True)
class _Windows:
    """Bytes as they come, cut at the ends of lines."""

    waiting: bytearray = field(default_factory=bytearray)

    def add(self, chunk: bytes) -> bytes | None:
        """A window, once there is enough for one."""
        self.waiting += chunk
        if len(self.waiting) < WINDOW:
            return None
        end = self.waiting.rfind(b"\n", WINDOW // 2, WINDOW) + 1 or WINDOW
        window = bytes(self.waiting[:end])
        del self.waiting[: _start_of_a_letter(self.waiting, end - OVERLAP)]
        return window


def _start_of_a_letter(data: bytearray, at: int) -> int:
    """Not in the middle of what UTF-8 writes in several bytes, which are four at most."""
    return next((one for one in range(at, at - 4, -1) if data[one] & 0xC0 != 0x80), at)


async def _in_windows(
    name: str,
    content_type: str,
    size: int,
    chunks: AsyncIterator[bytes],
    clamd: str,
    plugins: Sequence[Plugin],
) -> tuple[tuple[Finding, ...], str]:
    """The same for text."""
    finder, scanner = FactFinder("", _OF_A_WINDOW, plugins), Scanner(clamd, PATIENT.scanner)
    digest, windows, parts = hashlib.sha256(), _Windows(), list[tuple[Finding, ...]]()

    async def read(window: bytes) -> None:
        if len(parts) == WINDOWS:
            parts.append(_UNREAD)
        if len(parts) < WINDOWS:
            facts = await finder.find(name, content_type, len(window), lambda: _once(window))
            parts.append(facts.findings)

    try:
        await scanner.start()
        async for chunk in chunks:
            digest.update(chunk)
            await scanner.feed(chunk)
            window = windows.add(chunk)
            if window is not None:
                await read(window)
        await read(bytes(windows.waiting))
        malware = await scanner.finding()
    finally:
        scanner.end()
        await finder.close()
    found = together([_of_part(number, one) for number, one in enumerate(parts)])
    about_all = (find_size(size, PATIENT.large), malware)
    replaced = {one.id for one in about_all}
    rest = tuple(one for one in found if one.id not in replaced)
    return (*rest, *about_all), digest.hexdigest()


def _of_part(number: int, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if number == 0:
        return findings
    return tuple(one for one in findings if one.id not in _OF_THE_FIRST)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
