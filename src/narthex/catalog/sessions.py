"""Temporary credentials: kept until they have long expired, so that they can be refused by name.

This file never sees a token or a secret: it keeps the hash of one and the sealed other.
"""

from __future__ import annotations

import json

from narthex.catalog import Reader, Transaction
from narthex.catalog.rows import is_word, read_pairs, write_pairs
from narthex.entities import Session

_COLUMNS = (
    "id, account, kind, owner, name, token, sealed, origin, issued_us, expires_us,"
    " policies, managed, tags, transitive, source_identity"
)
BATCH = 1000  # rows of one pruning transaction: other writes wait no longer than that


async def find(reader: Reader, access_key_id: str) -> Session | None:
    """The session of this key id, expired or not."""
    if not is_word(access_key_id):
        return None
    row = await reader.fetch_one(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", (access_key_id,))
    if row is None:
        return None
    return Session(
        id=row[0],
        account=row[1],
        kind=row[2],
        owner=row[3],
        name=row[4],
        token=row[5],
        sealed=row[6],
        origin=row[7],
        issued_us=row[8],
        expires_us=row[9],
        policies=tuple(json.loads(row[10])),
        managed=tuple(json.loads(row[11])),
        tags=read_pairs(row[12]),
        transitive=tuple(json.loads(row[13])),
        source_identity=row[14],
    )


async def add(tx: Transaction, session: Session) -> None:
    """A new session. Nothing can be remembered of what did not exist: the generation stays."""
    await tx.execute(
        f"INSERT INTO sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session.id,
            session.account,
            session.kind,
            session.owner,
            session.name,
            session.token,
            session.sealed,
            session.origin,
            session.issued_us,
            session.expires_us,
            json.dumps(session.policies),
            json.dumps(session.managed),
            write_pairs(session.tags),
            json.dumps(session.transitive),
            session.source_identity,
        ),
    )


async def prune(tx: Transaction, before_us: int) -> int:
    """Sessions that expired before this time are gone, at most BATCH at once; how many were.

    An expired session is refused whether its row is there or not: the generation stays.
    """
    return await tx.execute(
        "DELETE FROM sessions WHERE id IN"
        " (SELECT id FROM sessions WHERE expires_us < ? ORDER BY expires_us, id LIMIT ?)",
        (before_us, BATCH),
    )
