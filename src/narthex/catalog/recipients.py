"""Whom an account has shared with before, by the domain of their addresses.

This file never says what that means.
"""

from __future__ import annotations

from narthex.catalog import Reader


async def has_met(reader: Reader, account: str, domain: str, besides: str) -> bool:
    """Whether the account has shared with an address of this domain.

    domain: in small letters. besides: a recipient that does not count, as it was written.
    """
    name = domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    row = await reader.fetch_one(
        "SELECT 1 FROM shares WHERE account = ? AND recipient <> ?"
        " AND (LOWER(recipient) LIKE ? ESCAPE '\\' OR LOWER(recipient) LIKE ? ESCAPE '\\')"
        " LIMIT 1",
        (account, besides, f"%@{name}", f"%@{name}>%"),
    )
    return row is not None
