"""Look at what is to be given away: one object, or those that a prefix begins.

This file never judges what is found, and never asks who may.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from narthex.catalog import objects
from narthex.model import Bucket, Object, Piece
from narthex.pure.detectors.facts import BUILT_IN
from narthex.pure.review.findings import EVIDENCE_AT_MOST, Finding
from narthex.review.clamd import FACT as MALWARE
from narthex.review.looking import MOST, Seen, Thing, look
from narthex.s3.content import read_content
from narthex.server import Server

MOST_OBJECTS = 100  # below a prefix
LONGEST_NAME = 60  # characters of a key before a piece of evidence


async def look_at(found: Object, piece: Piece | None, server: Server) -> Seen:
    """What is in an object. piece: its only one, when the catalog gave it.

    Raises Corrupt, Unavailable.
    """

    async def open_bytes(end: int) -> AsyncIterator[bytes]:
        content = await read_content(found, piece, 0, min(end, found.size), server)
        if isinstance(content, bytes):
            yield content
            return
        async for chunk in content:
            yield chunk

    content_type = next((value for name, value in found.headers if name == "content-type"), "")
    name = found.key.rstrip("/").rpartition("/")[2]
    return await look(server, Thing(found.content, name, content_type, found.size), open_bytes)


async def look_below(bucket: Bucket, prefix: str, server: Server) -> Seen:
    """What is in all objects that begin so, as far as they are few and small.

    What was not looked at is not known, and the bytes have no digest then. Raises Corrupt,
    Unavailable.
    """
    page = await objects.page(
        server.catalog, bucket.id, prefix=prefix, delimiter="", after="", limit=MOST_OBJECTS
    )
    looked: list[tuple[str, Seen]] = []
    left, is_all = MOST, not page.truncated
    for entry in page.entries:
        one = await objects.find_with_piece(server.catalog, bucket.id, _key(entry))
        if one is None:
            continue  # gone in the meantime
        left -= one[0].size
        if left < 0:
            is_all = False
            break
        looked.append((one[0].key, await look_at(*one, server)))
    found = _together([_named(key, seen.findings) for key, seen in looked])
    if not is_all:
        reason = f"only {len(looked)} of the files were looked at"
        return Seen(tuple(_forget(found, reason)), "")
    parts = [[key, seen.object] for key, seen in looked]
    return Seen(found, f"sha256:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}")


def _key(entry: Object | str) -> str:
    return entry.key if isinstance(entry, Object) else entry


def _named(key: str, findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, their evidence behind the end of its file's name."""
    shown = key[-LONGEST_NAME:]
    return [
        replace(one, evidence=tuple(f"{shown}: {text}" for text in one.evidence))
        for one in findings
    ]


def _together(every: Iterable[Iterable[Finding]]) -> tuple[Finding, ...]:
    """One finding for each fact, value and confidence, and one for all where it is not known."""
    merged: dict[tuple[str, bool, str, float], Finding] = {
        (fact, True, "", 1.0): Finding(fact) for fact in BUILT_IN
    }
    for findings in every:
        for one in findings:
            kind = (one.id, one.known, one.value, one.confidence)
            before = merged.get(kind)
            merged[kind] = one if before is None else _added(before, one)
    scanned = any(name == MALWARE for name, *_ in merged)
    return (*merged.values(), *(() if scanned else (Finding(MALWARE),)))


def _added(before: Finding, one: Finding) -> Finding:
    return replace(
        before,
        count=before.count + one.count,
        evidence=(*before.evidence, *one.evidence)[:EVIDENCE_AT_MOST],
        reason=before.reason or one.reason,
    )


def _forget(findings: Iterable[Finding], reason: str) -> Iterable[Finding]:
    """A fact without a hit is unknown."""
    for one in findings:
        yield one if one.count else replace(one, known=False, reason=one.reason or reason)
