"""What is said about a function or a qualifier: policies, aliases, URLs, how events are tried.

This file never knows what a document means: it is JSON to whoever put it.
"""

from __future__ import annotations

from narthex.catalog import Reader, Transaction
from narthex.catalog.rows import is_word
from narthex.pure.functions import Document

POLICY = "policy"
ALIAS = "alias"
URL = "url"
EVENTS = "event invoke config"


async def find(reader: Reader, function: str, qualifier: str, kind: str) -> Document | None:
    """One document. qualifier: "" for the function itself."""
    row = await reader.fetch_one(
        "SELECT text, revision, modified_us FROM function_documents"
        " WHERE function = ? AND qualifier = ? AND kind = ?",
        (function, qualifier, kind),
    )
    return None if row is None else Document(*row)


async def of_kind(reader: Reader, function: str, kind: str) -> list[tuple[str, Document]]:
    """All documents of a kind that a function has, by qualifier."""
    rows = await reader.fetch(
        "SELECT qualifier, text, revision, modified_us FROM function_documents"
        " WHERE function = ? AND kind = ? ORDER BY qualifier",
        (function, kind),
    )
    return [(row[0], Document(*row[1:])) for row in rows]


async def put(
    tx: Transaction, function: str, qualifier: str, kind: str, document: Document
) -> None:
    """This document, new or in place of what was there."""
    await tx.execute(
        "INSERT INTO function_documents (function, qualifier, kind, text, revision, modified_us)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (function, qualifier, kind) DO UPDATE SET"
        " text = excluded.text, revision = excluded.revision, modified_us = excluded.modified_us",
        (function, qualifier, kind, document.text, document.revision, document.modified_us),
    )


async def remove(tx: Transaction, function: str, qualifier: str, kind: str) -> bool:
    """Whether there was one; it is gone."""
    changed = await tx.execute(
        "DELETE FROM function_documents WHERE function = ? AND qualifier = ? AND kind = ?",
        (function, qualifier, kind),
    )
    return changed > 0


async def add_url(tx: Transaction, id: str, function: str, qualifier: str) -> None:
    """The URL of this id leads to a function. Raises Conflict when it has one."""
    await tx.execute(
        "INSERT INTO function_urls (id, function, qualifier) VALUES (?, ?, ?)",
        (id, function, qualifier),
    )


async def remove_url(tx: Transaction, function: str, qualifier: str) -> None:
    """No URL leads there any more."""
    await tx.execute(
        "DELETE FROM function_urls WHERE function = ? AND qualifier = ?", (function, qualifier)
    )


async def url(reader: Reader, id: str) -> tuple[str, str] | None:
    """The function and the qualifier that a URL's id leads to."""
    if not is_word(id):
        return None
    row = await reader.fetch_one(
        "SELECT function, qualifier FROM function_urls WHERE id = ?", (id,)
    )
    return None if row is None else (row[0], row[1])


async def url_id(reader: Reader, function: str, qualifier: str) -> str | None:
    """The id of a function's URL."""
    row = await reader.fetch_one(
        "SELECT id FROM function_urls WHERE function = ? AND qualifier = ?", (function, qualifier)
    )
    return None if row is None else row[0]
