"""Small facts that outlive a process, by name: where a scrub goes on, for example.

This file never holds what a person chose: that is `config.py`.
"""

from __future__ import annotations

from typing import Final

from narthex.catalog import Reader, Transaction

CATALOG: Final = "catalog id"  # the setting that says which catalog this is, and no other


async def read(reader: Reader, name: str) -> str | None:
    """What was last written under this name."""
    row = await reader.fetch_one("SELECT value FROM settings WHERE name = ?", (name,))
    return None if row is None else row[0]


async def write(tx: Transaction, name: str, value: str) -> None:
    """Keep the value, in place of the one before."""
    await tx.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


async def write_once(tx: Transaction, name: str, value: str) -> str:
    """Keep the value unless there is one; what is kept."""
    await tx.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (name, value),
    )
    kept = await read(tx, name)
    return value if kept is None else kept
