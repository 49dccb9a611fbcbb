"""The zips of functions, by their SHA-256: kept once however many versions have them.

This file never looks into one.
"""

from __future__ import annotations

from narthex.catalog import Reader, Transaction

CHUNK = 512 * 1024  # bytes of one row


async def add(tx: Transaction, code: str, data: bytes) -> None:
    """These bytes are kept under their hash."""
    if await is_there(tx, code):
        return
    await tx.execute_many(
        "INSERT INTO function_code (code, number, data) VALUES (?, ?, ?)",
        [
            (code, number, data[start : start + CHUNK])
            for number, start in enumerate(range(0, len(data), CHUNK))
        ],
    )


async def is_there(reader: Reader, code: str) -> bool:
    """Whether anything is kept under this hash."""
    sql = "SELECT 1 FROM function_code WHERE code = ? AND number = 0"
    return await reader.fetch_one(sql, (code,)) is not None


async def read(reader: Reader, code: str) -> bytes:
    """The bytes; empty when there are none."""
    rows = await reader.fetch(
        "SELECT data FROM function_code WHERE code = ? ORDER BY number", (code,)
    )
    return b"".join(row[0] for row in rows)


async def drop_unused(tx: Transaction, codes: set[str]) -> None:
    """Those of these that no version has any more are gone."""
    for code in sorted(codes):
        await tx.execute(
            "DELETE FROM function_code WHERE code = ?"
            " AND NOT EXISTS (SELECT 1 FROM function_versions WHERE code = ?)",
            (code, code),
        )


async def of_function(reader: Reader, function: str) -> set[str]:
    """The code of all versions of a function."""
    rows = await reader.fetch(
        "SELECT DISTINCT code FROM function_versions WHERE function = ?", (function,)
    )
    return {row[0] for row in rows}
