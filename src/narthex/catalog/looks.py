"""What was found in contents that were looked at: rows that save looking again.

This file never holds what was found itself: evidence arrives masked. It never judges.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Look:
    """content: the id of the bytes, which never change. view: what else it depends on, digested.

    object: a digest of the bytes, as "sha256:...". findings: JSON. at_us: when it was looked.
    """

    content: str
    view: str
    object: str
    findings: str
    at_us: int


async def find(reader: Reader, content: str, view: str, since_us: int) -> Look | None:
    """A look at this content that is not older."""
    row = await reader.fetch_one(
        "SELECT content, view, object, findings, at_us FROM looks"
        " WHERE content = ? AND view = ? AND at_us >= ?",
        (content, view, since_us),
    )
    return None if row is None else Look(*row)


async def keep(tx: Transaction, look: Look) -> None:
    """Write this down, in place of an older one."""
    await tx.execute(
        "INSERT INTO looks (content, view, object, findings, at_us) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (content, view) DO UPDATE SET object = excluded.object,"
        " findings = excluded.findings, at_us = excluded.at_us",
        (look.content, look.view, look.object, look.findings, look.at_us),
    )


async def prune(tx: Transaction, before_us: int) -> None:
    """Older ones are gone."""
    await tx.execute("DELETE FROM looks WHERE at_us < ?", (before_us,))
