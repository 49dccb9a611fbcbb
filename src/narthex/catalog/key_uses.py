"""When access keys were last used.

This file never moves the generation: a use changes nobody's rights.
"""

from __future__ import annotations

from collections.abc import Mapping

from narthex.catalog import Reader, Transaction
from narthex.entities import KeyUse


async def find(reader: Reader, access_key_id: str) -> KeyUse | None:
    """The last use that was noted; None for a key that was never used."""
    row = await reader.fetch_one(
        "SELECT used_us, service, region FROM key_uses WHERE id = ?", (access_key_id,)
    )
    return None if row is None else KeyUse(*row)


async def note(tx: Transaction, uses: Mapping[str, KeyUse]) -> None:
    """Keep these uses where they are later than what is known. Keys that are gone are left out."""
    await tx.execute_many(
        "INSERT INTO key_uses (id, used_us, service, region)"
        " SELECT k.id, ?, ?, ? FROM access_keys k WHERE k.id = ?"
        " ON CONFLICT (id) DO UPDATE SET used_us = excluded.used_us,"
        " service = excluded.service, region = excluded.region"
        " WHERE key_uses.used_us < excluded.used_us",
        [(use.used_us, use.service, use.region, key) for key, use in uses.items()],
    )
