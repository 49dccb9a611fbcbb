"""ZIP files, which office documents are too: what is inside, unpacked only as far as allowed.

INVARIANT: sizes that an archive claims are never believed; bytes are counted as they come out.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from narthex.review.reading.budget import KIB, MIB, Budget, Spent
from narthex.review.reading.notes import Unreadable

MOST_ENTRIES = 5000
# A file that unpacks to more than this many times its size is a bomb, beyond SMALL.
MOST_TIMES = 200
SMALL = MIB
_CHUNK = 256 * KIB
ENCRYPTED = 0x1
# What zipfile raises for files that are made to break it, methods that it lacks among them.
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
    ValueError,
           KeyError, IndexError, OverflowError)  # fmt: skip


class Archive:
    """A ZIP file in memory."""

    def __init__(self, data: bytes) -> None:
        """Raises Unreadable."""
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise Unreadable("a broken ZIP archive") from error
        self.entries = [one for one in self._file.infolist() if not one.is_dir()]

    @property
    def names(self) -> list[str]:
        """The entries' names, in their order."""
        return [entry.filename for entry in self.entries[:MOST_ENTRIES]]

    @property
    def encrypted(self) -> list[str]:
        """The names of entries that need a password."""
        return [one.filename for one in self.entries[:MOST_ENTRIES] if one.flag_bits & ENCRYPTED]

    def read(self, name: str, budget: Budget, most: int = 64 * MIB) -> bytes:
        """An entry's bytes; b"" when there is none. Raises Unreadable, Spent."""
        return b"".join(self.chunks(name, budget, most))

    def chunks(self, name: str, budget: Budget, most: int = 64 * MIB) -> Iterator[bytes]:
        """The same, piece by piece. Raises Unreadable, Spent."""
        if name not in self._file.NameToInfo:
            return
        entry = self._file.NameToInfo[name]
        allowed = max(SMALL, MOST_TIMES * entry.compress_size)
        total = 0
        try:
            with self._file.open(entry) as source:
                while chunk := source.read(_CHUNK):
                    total += len(chunk)
                    if total > allowed:
                        raise Spent("it unpacks to far more than it is: a bomb")
                    if total > most:
                        raise Spent("a file in it is larger than is read")
                    budget.unpack(len(chunk))
                    yield chunk
        except _BROKEN as error:
            raise Unreadable(f"`{name[-40:]}` in it is broken") from error
