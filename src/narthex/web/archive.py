"""A shared folder as one zip, made while it is sent: stored, ZIP64 where needed, constant memory.

This file never decides who gets it: each file is asked of S3 by the share's own key when its turn
comes, and the zip ends without its directory, which every program notices, when one is refused.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from zipstream import ZIP_STORED, ZipStream

from narthex.errors import StoreError
from narthex.http import Response
from narthex.pure.disposition import attachment
from narthex.pure.shares import Verdict
from narthex.web.errand import Entry, Errand, chunks, message
from narthex.web.link import folder_name, folder_of, plain

BLOCK = 256 * 1024  # bytes, at least, of what is sent at once
# What Windows and others do not take in a name, or take for a way out of the folder.
_UNSAFE = re.compile(r'[\\:*?"<>|]')


# What came to the folder meanwhile, and no review has let go.
_LEFT_OUT = frozenset([Verdict.HELD.words, Verdict.UNJUDGED.words])


class Interrupted(StoreError):
    """A file of the folder was refused while the zip was under way."""


class _Feed:
    """Bytes that are there already, for a reader that cannot wait: one chunk, or the end."""

    __slots__ = ("_chunk",)

    def __init__(self) -> None:
        self._chunk: bytes | None = None

    def put(self, chunk: bytes) -> None:
        """The next chunk; b"" is the end."""
        self._chunk = chunk

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk, self._chunk = self._chunk, None
        if chunk is None:
            raise RuntimeError("a zip reads faster than it is fed")
        if not chunk:
            raise StopIteration
        return chunk


def zip_response(errand: Errand, entries: list[Entry], more: str) -> Response:
    """All of a folder. entries, more: the first page of its listing."""
    name = folder_name(errand.share) or "files"
    headers = (
        ("content-type", "application/zip"),
        ("content-disposition", attachment(f"{name}.zip")),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    )
    return Response(200, headers, _blocks(_zip(errand, entries, more)))


async def _blocks(parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes in fewer pieces: each that is sent costs as much as reading a small file."""
    waiting: list[bytes] = []
    size = 0
    async with aclosing(parts):
        async for part in parts:
            waiting.append(part)
            size += len(part)
            if size >= BLOCK:
                yield b"".join(waiting)
                waiting.clear()
                size = 0
    yield b"".join(waiting)


async def _zip(errand: Errand, entries: list[Entry], more: str) -> AsyncGenerator[bytes, None]:
    archive = ZipStream(compress_type=ZIP_STORED)
    names = Names(folder_of(errand.share))
    while True:
        for entry in entries:
            if not entry.is_folder:
                async with aclosing(_member(archive, errand, entry, names)) as parts:
                    async for part in parts:
                        yield part
        if not more:
            break
        listed = await errand.list(more)
        if isinstance(listed, Response):
            raise Interrupted("the listing was refused")
        entries, more = listed
    for part in archive.finalize():
        yield part


async def _member(
    archive: ZipStream, errand: Errand, entry: Entry, names: Names
) -> AsyncGenerator[bytes, None]:
    """One file: its header, its bytes, its sums. Nothing when it was deleted, or may not leave."""
    answered = await errand.get(entry.key)
    if answered.status == 404:
        return
    if answered.status != 200:
        if await message(answered) in _LEFT_OUT:
            return
        raise Interrupted(f"a file was refused with {answered.status}")
    feed = _Feed()
    size = next(int(value) for name, value in answered.headers if name == "content-length")
    archive.add(feed, names.fresh(entry.key), size=size)
    parts = archive.file()
    yield next(parts)  # the header
    async with aclosing(chunks(answered)) as content:
        async for chunk in content:
            feed.put(chunk)
            yield next(parts)
    feed.put(b"")
    for part in parts:  # the sums
        yield part


class Names:
    """Names inside a zip: none twice, none that leads out of the folder it is unpacked in."""

    __slots__ = ("_base", "_taken")

    def __init__(self, base: str) -> None:
        self._base = base
        self._taken: set[str] = set()

    def fresh(self, key: str) -> str:
        """The name of a file that is in the zip as of now."""
        name = safe_name(key[len(self._base) :])
        stem, dot, ending = name.rpartition(".")
        if not dot or "/" in ending or not stem:
            stem, ending = name, ""
        number = 1
        while name.lower() in self._taken:  # where case does not count, they would be one file
            number += 1
            name = f"{stem} ({number}){dot if ending else ''}{ending}"
        self._taken.add(name.lower())
        return name


def safe_name(key: str) -> str:
    """A key as a relative path that every system can write."""
    parts = [_UNSAFE.sub("_", plain(part)) for part in key.split("/")]
    return "/".join("_" if part.strip(". ") == "" else part for part in parts)
