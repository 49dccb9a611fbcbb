"""Who is signed in at the console, and how often somebody gave a wrong key.

This file never sees a cookie or a token: it keeps the hash of one and the other sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from narthex.catalog import Reader, Transaction

_COLUMNS = "digest, access_key_id, sealed, begun_us, seen_us, ends_us"
BATCH = 1000  # rows of one pruning: other writes wait no longer than that


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """One browser that is signed in. digest: SHA-256 of its cookie, in hex. sealed: the session
    token of a temporary key, b"" for a permanent one. ends_us: whatever happens.
    """

    digest: str
    access_key_id: str
    sealed: bytes = field(repr=False)
    begun_us: int
    seen_us: int
    ends_us: int


async def find(reader: Reader, digest: str) -> ConsoleSession | None:
    """The session of this cookie, ended or not."""
    row = await reader.fetch_one(
        f"SELECT {_COLUMNS} FROM console_sessions WHERE digest = ?", (digest,)
    )
    return None if row is None else ConsoleSession(*row)


async def add(tx: Transaction, session: ConsoleSession) -> None:
    """A new session; of those that are over some are forgotten."""
    await tx.execute(
        "DELETE FROM console_sessions WHERE digest IN (SELECT digest FROM console_sessions"
        " WHERE ends_us <= ? ORDER BY ends_us, digest LIMIT ?)",
        (session.begun_us, BATCH),
    )
    await tx.execute(
        f"INSERT INTO console_sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        (
            session.digest,
            session.access_key_id,
            session.sealed,
            session.begun_us,
            session.seen_us,
            session.ends_us,
        ),
    )


async def touch(tx: Transaction, digest: str, now_us: int) -> None:
    """It was used now."""
    await tx.execute(
        "UPDATE console_sessions SET seen_us = ? WHERE digest = ? AND seen_us < ?",
        (now_us, digest, now_us),
    )


async def end(tx: Transaction, digest: str) -> None:
    """It is over."""
    await tx.execute("DELETE FROM console_sessions WHERE digest = ?", (digest,))


async def tries(reader: Reader, who: str) -> tuple[int, int]:
    """How often `who` was wrong since it was right, and when it may try again."""
    row = await reader.fetch_one("SELECT wrong, next_us FROM console_tries WHERE who = ?", (who,))
    return (0, 0) if row is None else (row[0], row[1])


async def note_wrong(tx: Transaction, who: str, next_us: int, before_us: int) -> None:
    """`who` was wrong once more, may try again then. What was over at before_us is forgotten."""
    await tx.execute(
        "DELETE FROM console_tries WHERE who IN (SELECT who FROM console_tries"
        " WHERE next_us < ? ORDER BY next_us, who LIMIT ?)",
        (before_us, BATCH),
    )
    await tx.execute(
        "INSERT INTO console_tries (who, wrong, next_us) VALUES (?, 1, ?)"
        " ON CONFLICT (who) DO UPDATE SET wrong = console_tries.wrong + 1,"
        " next_us = excluded.next_us",
        (who, next_us),
    )


async def forget_tries(tx: Transaction, who: str) -> None:
    """`who` was right."""
    await tx.execute("DELETE FROM console_tries WHERE who = ?", (who,))
