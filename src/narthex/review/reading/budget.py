"""How much reading one file may cost: text, bytes unpacked, parts, time. Raises when it is spent.

INVARIANT: every loop over what a file claims to hold asks here first: a claim costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from narthex.pure.detectors.passages import Kind, Passage

KIB = 1024
MIB = 1024 * KIB


class Spent(Exception):
    """A limit is met. The text says which, for people."""


class Budget:
    """What is left, and the passages read so far.

    text: bytes of text. unpacked: bytes that come out of archives. parts: files in them, pages,
    attachments. seconds: of this process's time, from the budget's making.
    """

    def __init__(
        self,
        *,
        text: int = 10 * MIB,
        unpacked: int = 256 * MIB,
        parts: int = 5000,
        seconds: float = 1.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._text, self._unpacked, self._parts = text, unpacked, parts
        self._limit = text
        self._clock = clock
        self._deadline = clock() + seconds
        self._seconds = seconds
        self.passages: list[Passage] = []

    def add(self, text: str, place: str = "", kind: Kind = Kind.BODY) -> None:
        """Keep a passage, as far as there is room. Raises Spent when it had to be cut."""
        if not text or text.isspace():
            return
        size = len(text.encode(errors="replace")) if not text.isascii() else len(text)
        if size > self._text:
            if self._text > 0:
                cut = text.encode(errors="replace")[: self._text].decode(errors="ignore")
                self.passages.append(Passage(cut, place, kind))
            self._text = 0
            raise Spent(f"only the first {self._limit / MIB:.0f} MiB of text were read")
        self._text -= size
        self.passages.append(Passage(text, place, kind))
        self.check()

    @property
    def room(self) -> int:
        """Bytes of text that may still come."""
        return self._text

    def part(self) -> None:
        """Begin another part. Raises Spent."""
        self._parts -= 1
        if self._parts < 0:
            raise Spent("it has more parts than are read")
        self.check()

    def unpack(self, size: int) -> None:
        """Account for unpacked bytes before they are kept. Raises Spent."""
        self._unpacked -= size
        if self._unpacked < 0:
            raise Spent("it unpacks to more than is read")
        self.check()

    def check(self) -> None:
        """Raises Spent when time is up."""
        if self._clock() > self._deadline:
            raise Spent(f"reading took longer than {self._seconds:g} s")
