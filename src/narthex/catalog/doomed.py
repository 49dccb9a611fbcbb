"""Blobs on their way out: which to delete by now, and which nobody names.

INVARIANT: a row goes before its blob. Whoever removes a row dooms the blobs in its transaction; the
files are deleted later, so that reads that began before still end well, and never here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from narthex.catalog import Reader, Transaction

# Ids of one statement: few texts, so that each is prepared once.
ASKED_AT_ONCE = 256
MARKS = ", ".join("?" * ASKED_AT_ONCE)
_V = TypeVar("_V")


def padded(values: Sequence[_V]) -> list[_V]:
    """As many as MARKS has, the first again and again behind the last. values: not empty."""
    return [*values, *[values[0]] * (ASKED_AT_ONCE - len(values))]


async def doom_content(tx: Transaction, content: str, at_us: int) -> None:
    """Remove all pieces of a content, and doom their blobs."""
    await tx.execute(
        "INSERT INTO doomed (blob, at_us)"
        " SELECT blob, ? FROM pieces WHERE content = ? AND blob IS NOT NULL",
        (at_us, content),
    )
    await tx.execute("DELETE FROM pieces WHERE content = ?", (content,))


async def doom_contents(tx: Transaction, contents: Sequence[str], at_us: int) -> None:
    """The same for many contents: ASKED_AT_ONCE at most."""
    asked = padded(contents)
    await tx.execute(
        "INSERT INTO doomed (blob, at_us)"
        f" SELECT blob, ? FROM pieces WHERE content IN ({MARKS}) AND blob IS NOT NULL",
        (at_us, *asked),
    )
    await tx.execute(f"DELETE FROM pieces WHERE content IN ({MARKS})", asked)


async def doom_pieces(tx: Transaction, content: str, numbers: Sequence[int], at_us: int) -> None:
    """Remove some pieces of a content, and doom their blobs."""
    await tx.execute_many(
        "INSERT INTO doomed (blob, at_us)"
        " SELECT blob, ? FROM pieces WHERE content = ? AND number = ? AND blob IS NOT NULL",
        [(at_us, content, number) for number in numbers],
    )
    await tx.execute_many(
        "DELETE FROM pieces WHERE content = ? AND number = ?",
        [(content, number) for number in numbers],
    )


async def due(reader: Reader, before_us: int, limit: int) -> list[str]:
    """Blobs doomed before this time, the longest doomed first."""
    rows = await reader.fetch(
        "SELECT blob FROM doomed WHERE at_us < ? ORDER BY at_us, blob LIMIT ?", (before_us, limit)
    )
    return [row[0] for row in rows]


async def forget(tx: Transaction, blobs: Sequence[str]) -> None:
    """These blobs are deleted: they are no longer doomed."""
    await tx.execute_many("DELETE FROM doomed WHERE blob = ?", [(blob,) for blob in blobs])


async def known(reader: Reader, blobs: Sequence[str]) -> set[str]:
    """Those of these blobs that a piece names, or that are doomed already. The others are orphans.

    Ask only of blobs older than any write under way: a blob is durable before its row exists.
    """
    found: set[str] = set()
    for place in range(0, len(blobs), ASKED_AT_ONCE):
        asked = padded(blobs[place : place + ASKED_AT_ONCE])
        for sql in (_IN_PIECES, _IN_DOOMED):
            found.update(row[0] for row in await reader.fetch(sql, asked))
    return found


_IN_PIECES = f"SELECT blob FROM pieces WHERE blob IN ({MARKS})"
_IN_DOOMED = f"SELECT blob FROM doomed WHERE blob IN ({MARKS})"


async def stored(reader: Reader, after: str, limit: int) -> list[tuple[str, int, bytes]]:
    """Blob, size and sums of what pieces name, behind the blob `after`: the way of a scrub."""
    rows = await reader.fetch(
        "SELECT blob, size, sums FROM pieces WHERE blob IS NOT NULL AND blob > ?"
        " ORDER BY blob LIMIT ?",
        (after, limit),
    )
    return [(row[0], row[1], row[2]) for row in rows]
