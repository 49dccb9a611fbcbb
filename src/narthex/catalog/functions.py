"""Functions and their versions, as rows.

This file never opens what is sealed and never decides who may.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from narthex.catalog import Reader, Row, Transaction, Value
from narthex.catalog.rows import is_word, read_pairs, write_pairs
from narthex.pure.functions import LATEST, Function, Settings, Version

_FUNCTION = "id, account, name, region, created_us, last_version, reserved, tags"
_VERSION = "function, version, revision, settings, sealed, code, code_size, modified_us"


async def find(reader: Reader, account: str, name: str) -> Function | None:
    """The function of this name."""
    row = await reader.fetch_one(
        f"SELECT {_FUNCTION} FROM functions WHERE account = ? AND name = ?", (account, name)
    )
    return None if row is None else _read(row)


async def get(reader: Reader, id: str) -> Function | None:
    """The function of this id."""
    if not is_word(id):
        return None
    row = await reader.fetch_one(f"SELECT {_FUNCTION} FROM functions WHERE id = ?", (id,))
    return None if row is None else _read(row)


async def page(reader: Reader, account: str, after: str, limit: int) -> list[Function]:
    """Functions in the order of their names, behind `after`."""
    rows = await reader.fetch(
        f"SELECT {_FUNCTION} FROM functions WHERE account = ? AND name > ? ORDER BY name LIMIT ?",
        (account, after, limit),
    )
    return [_read(row) for row in rows]


async def add(tx: Transaction, function: Function) -> None:
    """A new function. Raises Conflict when its name is taken."""
    await tx.execute(
        f"INSERT INTO functions ({_FUNCTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            function.id,
            function.account,
            function.name,
            function.region,
            function.created_us,
            function.last,
            function.reserved,
            write_pairs(function.tags),
        ),
    )


async def put(tx: Transaction, function: Function) -> None:
    """The function as it is now: its numbers, what is reserved for it, its tags."""
    await tx.execute(
        "UPDATE functions SET last_version = ?, reserved = ?, tags = ? WHERE id = ?",
        (function.last, function.reserved, write_pairs(function.tags), function.id),
    )


async def remove(tx: Transaction, id: str) -> None:
    """The function and all that hangs on it are gone; its code is `function_code`'s to drop."""
    for sql in (
        "DELETE FROM function_versions WHERE function = ?",
        "DELETE FROM function_documents WHERE function = ?",
        "DELETE FROM function_urls WHERE function = ?",
        "DELETE FROM function_logs WHERE function = ?",
        "DELETE FROM functions WHERE id = ?",
    ):
        await tx.execute(sql, (id,))


async def remove_of(tx: Transaction, account: str) -> None:
    """All functions of an account are gone, with the code that no other account has."""
    theirs = "(SELECT id FROM functions WHERE account = ?)"
    await tx.execute(
        "DELETE FROM function_code WHERE code IN"
        f" (SELECT code FROM function_versions WHERE function IN {theirs})"
        f" AND code NOT IN (SELECT code FROM function_versions WHERE function NOT IN {theirs})",
        (account, account),
    )
    for table in ("versions", "documents", "urls", "logs"):
        await tx.execute(f"DELETE FROM function_{table} WHERE function IN {theirs}", (account,))
    await tx.execute("DELETE FROM functions WHERE account = ?", (account,))


async def version(reader: Reader, function: str, version: str = LATEST) -> Version | None:
    """One version of a function."""
    row = await reader.fetch_one(
        f"SELECT {_VERSION} FROM function_versions WHERE function = ? AND version = ?",
        (function, version),
    )
    return None if row is None else _read_version(row)


async def versions(reader: Reader, function: str, after: int, limit: int) -> list[Version]:
    """`$LATEST`, which is number 0, and the published ones in the order of their numbers."""
    rows = await reader.fetch(
        f"SELECT {_VERSION} FROM function_versions WHERE function = ? AND number > ?"
        " ORDER BY number LIMIT ?",
        (function, after, limit),
    )
    return [_read_version(row) for row in rows]


async def put_version(tx: Transaction, one: Version) -> None:
    """This version, new or in place of what it was."""
    number = 0 if one.version == LATEST else int(one.version)
    values: tuple[Value, ...] = (
        one.function,
        one.version,
        number,
        one.revision,
        json.dumps(asdict(one.settings)),
        one.sealed,
        one.code,
        one.code_size,
        one.modified_us,
    )
    await tx.execute(
        "INSERT INTO function_versions (function, version, number, revision, settings, sealed,"
        " code, code_size, modified_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (function, version) DO UPDATE SET revision = excluded.revision,"
        " settings = excluded.settings, sealed = excluded.sealed, code = excluded.code,"
        " code_size = excluded.code_size, modified_us = excluded.modified_us",
        values,
    )


async def remove_version(tx: Transaction, function: str, version: str) -> None:
    """One version is gone."""
    await tx.execute(
        "DELETE FROM function_versions WHERE function = ? AND version = ?", (function, version)
    )


async def usage(reader: Reader, account: str) -> tuple[int, int]:
    """How many functions an account has, and the bytes of all their versions' code."""
    row = await reader.fetch_one(
        "SELECT COUNT(DISTINCT f.id), CAST(COALESCE(SUM(v.code_size), 0) AS BIGINT)"
        " FROM functions f JOIN function_versions v ON v.function = f.id WHERE f.account = ?",
        (account,),
    )
    return (0, 0) if row is None else (row[0], row[1])


def _read(row: Row) -> Function:
    return Function(row[0], row[1], row[2], row[3], row[4], row[5], row[6], read_pairs(row[7]))


def _read_version(row: Row) -> Version:
    settings = Settings(**json.loads(row[3]))
    return Version(row[0], row[1], row[2], settings, row[5], row[6], row[7], row[4])
