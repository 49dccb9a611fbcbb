"""Short ways to read bytes in this process, and to make the files that are to be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Callable

from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.passages import Document
from narthex.pure.detectors.signatures import HEAD
from narthex.pure.review.findings import Finding
from narthex.review.reading.budget import Budget
from narthex.review.reading.reader import read_document


def read(data: bytes, name: str = "a.bin", budget: Budget | None = None) -> Document:
    """What is read of a file."""
    return read_document(name, "", len(data), data, budget or Budget(seconds=30))


def text_of(document: Document) -> str:
    """All that was read, passage by passage."""
    return "\n".join(one.text for one in document.passages)


def found(data: bytes, name: str, budget: Budget | None = None) -> dict[str, Finding]:
    """The built-in facts of a file, by id."""
    return {one.id: one for one in find_all(read(data, name, budget), data[:HEAD])}


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def opening(data: bytes, piece: int = 65536) -> Callable[[], AsyncIterator[bytes]]:
    """The bytes as a store would send them."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), piece):
            yield data[at : at + piece]

    return pieces
