"""Reviews of shares that are not open: what is to be judged, what somebody said, what came of it.

This file never judges. INVARIANT: a share has a row here exactly while it is not open, and whoever
settles one names the turn that it has seen: of two who judge at once, one settles.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from narthex.catalog import Reader, Row, Transaction, shares
from narthex.pure.shares import Judged

NEVER = (1 << 63) - 1  # when a review is due that waits for somebody
_WAITS = 30_000_000  # microseconds until a review that failed is tried again


@dataclass(frozen=True, slots=True)
class ShareReview:
    """One share's. turn: counts how often it was asked for. size: bytes to look at, about.

    etag: what the share is pinned to, "" for nothing. justification, typed: what its sharer said
    for this turn. facts: JSON, found out when it was asked for. decision: the id of the one that
    stopped it, "" for none. reason: why it was stopped without one. asked_us: when the review was
    asked for; due_us: when it is to be made, NEVER while it waits for people.
    """

    share: str
    turn: int
    size: int
    etag: str
    justification: str
    typed: str
    facts: str
    decision: str
    reason: str
    asked_us: int
    due_us: int


_NAMES = [one.name for one in fields(ShareReview)]
_COLUMNS = ", ".join(_NAMES)
_OF_REVIEW = ", ".join(f"r.{name}" for name in _NAMES)


async def add(tx: Transaction, review: ShareReview) -> None:
    """This share waits for a review. Raises Conflict when it has one."""
    await tx.execute(
        f"INSERT INTO share_reviews ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})",
        astuple(review),
    )


async def find(reader: Reader, share: str) -> ShareReview | None:
    """The review of a share that is not open."""
    row = await reader.fetch_one(f"SELECT {_COLUMNS} FROM share_reviews WHERE share = ?", (share,))
    return None if row is None else _read(row)


async def due(reader: Reader, now_us: int, limit: int) -> list[ShareReview]:
    """Those to be made now, of shares that are not over: the smallest first, so that one that takes
    minutes delays no other.
    """
    rows = await reader.fetch(
        f"SELECT {_OF_REVIEW} FROM share_reviews r JOIN shares s ON s.id = r.share"
        " WHERE r.due_us <= ? AND s.ends_us > ? ORDER BY r.size, r.asked_us, r.share LIMIT ?",
        (now_us, now_us, limit),
    )
    return [_read(row) for row in rows]


async def replaced(reader: Reader, now_us: int) -> list[str]:
    """Shares that wait for people, of an object that has other bytes by now than were judged."""
    rows = await reader.fetch(
        "SELECT r.share FROM share_reviews r JOIN shares s ON s.id = r.share"
        " JOIN objects o ON o.bucket = s.bucket_id AND o.key = s.key"
        " WHERE r.due_us = ? AND r.etag = '' AND s.is_prefix = 0 AND s.ends_us > ?"
        " AND o.content <> s.content ORDER BY r.share",
        (NEVER, now_us),
    )
    return [row[0] for row in rows]


async def ask_again(
    tx: Transaction, share: str, now_us: int, *, justification: str = "", typed: str = ""
) -> None:
    """It is to be made anew, with what its sharer says now; a share that is open stays as it is."""
    seen = await find(tx, share)
    if seen is None:
        return
    await tx.execute(
        "UPDATE share_reviews SET turn = turn + 1, justification = ?, typed = ?, reason = '',"
        " asked_us = ?, due_us = ? WHERE share = ?",
        (justification, typed, now_us, now_us, share),
    )
    await shares.judge(tx, share, Judged("waiting"), seen.etag)


async def ask_again_of(tx: Transaction, decision: str, now_us: int) -> None:
    """The same for all shares that this decision stopped."""
    rows = await tx.fetch("SELECT share FROM share_reviews WHERE decision = ?", (decision,))
    for row in rows:
        await ask_again(tx, row[0], now_us)


async def stop(tx: Transaction, seen: ShareReview, decision: str, reason: str) -> bool:
    """It waits for people now; False when somebody settled or asked meanwhile."""
    changed = await tx.execute(
        "UPDATE share_reviews SET decision = ?, reason = ?, due_us = ?"
        " WHERE share = ? AND turn = ? AND due_us < ?",
        (decision, reason, NEVER, seen.share, seen.turn, NEVER),
    )
    return changed > 0


async def end(tx: Transaction, seen: ShareReview) -> bool:
    """The share needs it no more; False when somebody settled or asked meanwhile."""
    gone = await tx.execute(
        "DELETE FROM share_reviews WHERE share = ? AND turn = ? AND due_us < ?",
        (seen.share, seen.turn, NEVER),
    )
    return gone > 0


async def put_off(tx: Transaction, seen: ShareReview, now_us: int) -> None:
    """It could not be made: later again."""
    await tx.execute(
        "UPDATE share_reviews SET due_us = ? WHERE share = ? AND turn = ? AND due_us < ?",
        (now_us + _WAITS, seen.share, seen.turn, NEVER),
    )


def _read(row: Row) -> ShareReview:
    return ShareReview(*row)
