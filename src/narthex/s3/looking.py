"""Look at what is to be given away: one object, or those that a prefix begins.

This file never judges what is found, and never asks who may.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from narthex.catalog import objects
from narthex.model import Bucket, Object, Piece
from narthex.pure.review.findings import Finding
from narthex.review.glance import LARGEST as SMALL
from narthex.review.looking import MOST, Seen, Thing, kept, look, look_at_all
from narthex.review.together import together
from narthex.review.whole import LARGEST
from narthex.s3.content import read_content
from narthex.s3.object_facts import with_facts, with_facts_if
from narthex.server import Server

MOST_OBJECTS = 100  # below a prefix
LONGEST_NAME = 60  # characters of a key before a piece of evidence
_STARTED = 1024 * 1024  # bytes that could be looked at while a process is started for another file


async def look_at(
    found: Object, piece: Piece | None, server: Server, *, all_of_it: bool = False
) -> Seen:
    """What is in an object. piece: its only one, when the catalog gave it.

    all_of_it: also of a large one, however long that takes. Raises Corrupt, Unavailable.
    """

    async def open_bytes(end: int) -> AsyncIterator[bytes]:
        content = await read_content(found, piece, 0, min(end, found.size), server)
        if isinstance(content, bytes):
            yield content
            return
        async for chunk in content:
            yield chunk

    chosen = look_at_all if all_of_it else look
    return with_facts(found, await chosen(server, _thing(found), open_bytes), server)


async def look_quickly(found: Object, piece: Piece | None, server: Server) -> Seen | None:
    """The same for whoever waits; None when it would take too long. Raises Corrupt, Unavailable."""
    if found.size > server.settings.review_inline:
        return with_facts_if(found, await kept(server, _thing(found)), server)
    return await look_at(found, piece, server)


def _thing(found: Object) -> Thing:
    content_type = next((value for name, value in found.headers if name == "content-type"), "")
    name = found.key.rstrip("/").rpartition("/")[2]
    return Thing(found.content, name, content_type, found.size)


async def look_below(
    bucket: Bucket, prefix: str, server: Server, *, all_of_it: bool = False
) -> Seen:
    """What is in all objects that begin so, as far as they are few and, together, small.

    all_of_it: also if they are large. What was not looked at is not known, and the bytes have no
    digest then. Raises Corrupt, Unavailable.
    """
    below = await _below(bucket, prefix, server)
    left = LARGEST if all_of_it else MOST
    looked: list[tuple[Object, Seen]] = []
    for found, piece, seen in below.files:
        left -= found.size if seen is None else 0
        if left < 0:
            break
        seen = seen or await look_at(found, piece, server, all_of_it=all_of_it)
        looked.append((found, seen))
    return _all_together(looked, below.is_all and left >= 0)


async def look_below_quickly(bucket: Bucket, prefix: str, server: Server) -> Seen | None:
    """The same for whoever waits; None when it would take too long. Raises Corrupt, Unavailable."""
    below = await _below(bucket, prefix, server)
    costs = [
        found.size + (_STARTED if found.size > SMALL else 0)
        for found, _, seen in below.files
        if seen is None
    ]
    if sum(costs) > server.settings.review_inline:
        return None
    looked = [
        (found, seen or await look_at(found, piece, server)) for found, piece, seen in below.files
    ]
    return _all_together(looked, below.is_all)


@dataclass(frozen=True, slots=True)
class _Below:
    """Files of a folder, each with what was seen of all of it before. is_all: there are no more."""

    files: list[tuple[Object, Piece | None, Seen | None]]
    is_all: bool


async def _below(bucket: Bucket, prefix: str, server: Server) -> _Below:
    page = await objects.page(
        server.catalog, bucket.id, prefix=prefix, delimiter="", after="", limit=MOST_OBJECTS
    )
    files: list[tuple[Object, Piece | None, Seen | None]] = []
    for entry in page.entries:
        one = await objects.find_with_piece(server.catalog, bucket.id, _key(entry))
        if one is not None:  # else it is gone in the meantime
            seen = with_facts_if(one[0], await kept(server, _thing(one[0])), server)
            files.append((*one, seen))
    return _Below(files, not page.truncated)


def _all_together(looked: list[tuple[Object, Seen]], is_all: bool) -> Seen:
    found = together([_named(one.key, seen.findings) for one, seen in looked])
    contents = tuple(one.content for one, _ in looked)
    if not is_all:
        reason = f"only {len(looked)} of the files were looked at"
        return Seen(tuple(_forget(found, reason)), "", contents)
    parts = [[one.key, seen.object] for one, seen in looked]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return Seen(found, f"sha256:{digest}", contents)


def _key(entry: Object | str) -> str:
    return entry.key if isinstance(entry, Object) else entry


def _named(key: str, findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, their evidence behind the end of its file's name."""
    shown = key[-LONGEST_NAME:]
    return [
        replace(one, evidence=tuple(f"{shown}: {text}" for text in one.evidence))
        for one in findings
    ]


def _forget(findings: Iterable[Finding], reason: str) -> Iterable[Finding]:
    """A fact without a hit is unknown."""
    for one in findings:
        yield one if one.count else replace(one, known=False, reason=one.reason or reason)
