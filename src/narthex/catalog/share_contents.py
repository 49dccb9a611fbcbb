"""Files of shared folders, each by the id of its bytes: judged to be read by a share, or stopped.

This file never judges. INVARIANT: a row is about bytes that never change; a file that takes their
place has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from narthex.catalog import Reader, Transaction


class Word(NamedTuple):
    """What a review said of some bytes. decision: the id of what stopped them, "" for nothing.

    model: by which they were stopped.
    """

    decision: str
    model: str


async def find(reader: Reader, share: str, content: str) -> tuple[Word, ...]:
    """What was said of these bytes for this share: one word, or none."""
    rows = await reader.fetch(
        "SELECT decision, model FROM share_contents WHERE share = ? AND content = ?",
        (share, content),
    )
    return tuple(Word(*row) for row in rows)


async def note(tx: Transaction, share: str, content: str, word: Word) -> None:
    """This is said of them from now on."""
    await tx.execute(
        "INSERT INTO share_contents (share, content, decision, model) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (share, content) DO UPDATE SET decision = excluded.decision,"
        " model = excluded.model",
        (share, content, *word),
    )


async def replace(tx: Transaction, share: str, contents: Iterable[str]) -> None:
    """These may be read, and of others nothing was said."""
    await tx.execute("DELETE FROM share_contents WHERE share = ?", (share,))
    await tx.execute_many(
        "INSERT INTO share_contents (share, content, decision, model) VALUES (?, ?, '', '')",
        [(share, one) for one in sorted(set(contents))],
    )


async def forget_stopped(tx: Transaction, decision: str) -> None:
    """What this decision stopped is judged anew when it is asked for."""
    await tx.execute("DELETE FROM share_contents WHERE decision = ?", (decision,))
