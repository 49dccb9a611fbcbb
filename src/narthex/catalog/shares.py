"""Shares: issue, find, list, change, revoke, prune. Every change moves the generation.

This file never sees a token, a secret or a password: it keeps a hash, a sealed and a slow hash.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from narthex.catalog import Reader, Row, Transaction, Value, accounts
from narthex.catalog.rows import is_word, read_pairs, write_pairs
from narthex.pure.shares import (
    NOBODY,
    Accepts,
    Counts,
    Judged,
    Kind,
    Limits,
    Notices,
    Owner,
    Share,
    State,
    Target,
)

LAST = (1 << 63) - 1  # the end of what has none
BATCH = 500  # rows of one pruning transaction: other writes wait no longer than that
# No object has this ETag: a program that knows of no reviews serves nothing of what is not open.
_CLOSED = "-"

_COLUMNS = (
    "id, kind, grantor, origin, access_key_id, bucket, bucket_id, key, is_prefix, version, etag,"
    " created_us, expires_us, not_before_us, max_uses, max_bytes, networks, recipient, filename,"
    " note, revoked_us, password, account, max_size, types, overwrite,"
    " notices, standing, content, judged_us"
)
_SHARE = ", ".join(f"s.{name.strip()}" for name in _COLUMNS.split(","))
_COUNTED = f"{_SHARE}, c.uses, c.bytes, c.used_us"
_FROM = "FROM shares s JOIN share_counts c ON c.share = s.id"
_WIDTH = len(_COLUMNS.split(","))


@dataclass(frozen=True, slots=True)
class Kept:
    """A share as the catalog keeps it: token hashed, secret sealed, password "" for none."""

    share: Share
    sealed: bytes = field(repr=False)
    token: bytes = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Counted:
    """A share and what was used up of it. password: its slow hash, "" for none."""

    share: Share
    counts: Counts
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which shares. owner: None for all of the account. key: the beginning of one.

    state: "live" for all that are not over, "ended" for all that neither work now nor will, unless
    they are changed; at the moment at_us.
    """

    account: str
    owner: str | None
    recipient: str | None = None
    bucket: str | None = None
    key: str | None = None
    exactly: bool = False  # key is all of a key
    origin: str | None = None
    access_key_id: str | None = None
    state: State | Literal["live", "ended"] | None = None
    at_us: int = 0
    kind: Kind | None = None


async def add(tx: Transaction, kept: Kept) -> None:
    """A new share. Nothing is remembered of what did not exist: the generation stays.

    Raises Conflict when its id, its key or its token exists.
    """
    share, target = kept.share, kept.share.target
    row: dict[str, Value] = {
        "id": share.id,
        "kind": share.kind,
        "account": share.owner.account,
        "owner": share.owner.key,
        "grantor": _write_owner(share.owner),
        "origin": share.origin,
        "access_key_id": share.access_key_id,
        "sealed": kept.sealed,
        "token": kept.token,
        "password": kept.password,
        "bucket": target.bucket,
        "bucket_id": target.bucket_id,
        "key": target.key.encode(),
        "is_prefix": int(target.is_prefix),
        "version": target.version,
        **_write_judged(share.judged, target.etag),
        "created_us": share.created_us,
        "filename": share.filename,
        "notices": _write_notices(share.notices),
        **_changing(share),
    }
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    await tx.execute(f"INSERT INTO shares ({names}) VALUES ({marks})", list(row.values()))
    await tx.execute(
        "INSERT INTO share_counts (share, uses, bytes, used_us) VALUES (?, 0, 0, 0)", (share.id,)
    )


async def change(tx: Transaction, share: Share) -> None:
    """Keep the limits, the words, the origin and the end of a share."""
    row = _changing(share)
    row["origin"] = share.origin
    sets = ", ".join(f"{name} = ?" for name in row)
    await tx.execute(f"UPDATE shares SET {sets} WHERE id = ?", (*row.values(), share.id))
    await accounts.move_generation(tx)


async def set_notices(tx: Transaction, id: str, notices: Notices) -> None:
    """Keep what is told of a share, and what was."""
    await tx.execute("UPDATE shares SET notices = ? WHERE id = ?", (_write_notices(notices), id))
    await accounts.move_generation(tx)


async def judge(tx: Transaction, id: str, judged: Judged, etag: str) -> None:
    """What a review made of a share. etag: of the only content that it serves, "" for any."""
    row = _write_judged(judged, etag)
    sets = ", ".join(f"{name} = ?" for name in row)
    await tx.execute(f"UPDATE shares SET {sets} WHERE id = ?", (*row.values(), id))
    await accounts.move_generation(tx)


async def revoke(tx: Transaction, ids: Sequence[str], at_us: int) -> None:
    """These shares are over from now on, those that were not yet."""
    await tx.execute_many(
        "UPDATE shares SET revoked_us = ?, ends_us = ? WHERE id = ? AND revoked_us IS NULL",
        [(at_us, at_us, id) for id in ids],
    )
    await accounts.move_generation(tx)


async def find_key(reader: Reader, access_key_id: str) -> Kept | None:
    """The share whose key this is."""
    if not is_word(access_key_id):
        return None
    return _kept(
        await reader.fetch_one(
            f"SELECT {_SHARE}, s.sealed, s.token FROM shares s WHERE s.access_key_id = ?",
            (access_key_id,),
        )
    )


async def find_token(reader: Reader, token: bytes) -> Counted | None:
    """The share whose short link this is, by the hash of its token."""
    return _counted(
        await reader.fetch_one(f"SELECT {_COUNTED} {_FROM} WHERE s.token = ?", (token,))
    )


async def find(reader: Reader, id: str) -> Counted | None:
    """The share of this id, whoever owns it."""
    if not is_word(id):
        return None
    return _counted(await reader.fetch_one(f"SELECT {_COUNTED} {_FROM} WHERE s.id = ?", (id,)))


async def page(
    reader: Reader, wanted: Wanted, before: tuple[int, str] | None, limit: int
) -> list[Counted]:
    """Shares made before this time (and id), the newest first, at most `limit`."""
    conditions, values = _conditions(wanted)
    if before is not None:
        conditions += " AND (s.created_us < ? OR (s.created_us = ? AND s.id < ?))"
        values += [before[0], before[0], before[1]]
    rows = await reader.fetch(
        f"SELECT {_COUNTED} {_FROM} WHERE {conditions}"
        " ORDER BY s.created_us DESC, s.id DESC LIMIT ?",
        (*values, limit),
    )
    return [_read_counted(row) for row in rows]


async def prune(tx: Transaction, before_us: int) -> int:
    """Shares that ended before this time are gone, at most BATCH at once; how many were.

    An ended share is refused whether its row is there or not: the generation stays.
    """
    rows = await tx.fetch(
        "SELECT id FROM shares WHERE ends_us < ? ORDER BY ends_us, id LIMIT ?", (before_us, BATCH)
    )
    ids = [(row[0],) for row in rows]
    for sql in (
        "DELETE FROM reservations WHERE share = ?",
        "DELETE FROM share_counts WHERE share = ?",
        "DELETE FROM share_ends WHERE share = ?",
        "DELETE FROM share_tellings WHERE share = ?",
        "DELETE FROM share_reviews WHERE share = ?",
        "DELETE FROM share_contents WHERE share = ?",
        "DELETE FROM addresses WHERE holder = 'share-' || ?",
        "DELETE FROM shares WHERE id = ?",
    ):
        await tx.execute_many(sql, ids)
    return len(ids)


# As pure.shares.state decides; a test compares them.
_LIVE = "s.ends_us > ?"
_USED_UP = (
    "((s.max_uses IS NOT NULL AND c.uses >= s.max_uses)"
    " OR (s.max_bytes IS NOT NULL AND c.bytes >= s.max_bytes))"
)
_EARLY = "(s.not_before_us IS NOT NULL AND s.not_before_us > ?)"
_OPEN = f"{_LIVE} AND s.standing = 'open'"
_STATES: dict[str, str] = {
    "revoked": "s.revoked_us IS NOT NULL",
    "expired": "s.revoked_us IS NULL AND s.ends_us <= ?",
    "pending": f"{_LIVE} AND s.standing IN ('waiting', 'confirm')",
    "refused": f"{_LIVE} AND s.standing = 'refused'",
    "used-up": f"{_OPEN} AND {_USED_UP}",
    "not-yet": f"{_OPEN} AND NOT {_USED_UP} AND {_EARLY}",
    "active": f"{_OPEN} AND NOT {_USED_UP} AND NOT {_EARLY}",
    "ended": f"(s.ends_us <= ? OR (s.standing = 'open' AND {_USED_UP}))",
    "live": _LIVE,
}


def _conditions(wanted: Wanted) -> tuple[str, list[Value]]:
    """The condition that holds for the shares wanted, and its values."""
    found: dict[str, Value] = {"s.account = ?": wanted.account}
    if wanted.owner is not None:
        found["s.owner = ?"] = wanted.owner
    if wanted.kind is not None:
        found["s.kind = ?"] = wanted.kind
    if wanted.recipient is not None:
        found["s.recipient = ?"] = wanted.recipient
    if wanted.bucket is not None:
        found["s.bucket = ?"] = wanted.bucket
    if wanted.origin is not None:
        found["s.origin = ?"] = wanted.origin
    if wanted.access_key_id is not None:
        found["s.access_key_id = ?"] = wanted.access_key_id
    values = list(found.values())
    conditions = " AND ".join(found)
    if wanted.state is not None:
        conditions += f" AND {_STATES[wanted.state]}"
        values += [wanted.at_us] * _STATES[wanted.state].count("?")
    if wanted.key is not None and wanted.exactly:
        conditions += " AND s.key = ?"
        values.append(wanted.key.encode())
    elif wanted.key:
        key = wanted.key.encode()
        # 0xFF is in no UTF-8: behind every key that begins with this one.
        conditions += " AND s.key >= ? AND s.key < ?"
        values += [key, key + b"\xff"]
    return conditions, values


def _changing(share: Share) -> dict[str, Value]:
    """The columns that change in a share's life."""
    limits = share.limits
    ends = [at for at in (limits.expires_us, share.revoked_us) if at is not None]
    return {
        "ends_us": min(ends, default=LAST),
        "expires_us": limits.expires_us,
        "not_before_us": limits.not_before_us,
        "max_uses": limits.max_uses,
        "max_bytes": limits.max_bytes,
        "networks": " ".join(limits.networks),
        "recipient": share.recipient,
        "note": share.note,
        "revoked_us": share.revoked_us,
        "max_size": share.accepts.max_size,
        "types": " ".join(share.accepts.types),
        "overwrite": int(share.accepts.overwrite),
    }


def _write_judged(judged: Judged, etag: str) -> dict[str, Value]:
    return {
        "standing": judged.standing,
        "content": judged.content,
        "judged_us": judged.at_us,
        "etag": etag if judged.standing == "open" else _CLOSED,
    }


def _write_owner(owner: Owner) -> str:
    return json.dumps(
        {
            "kind": owner.kind,
            "id": owner.id,
            "arn": owner.arn,
            "name": owner.name,
            "policies": owner.policies,
            "managed": owner.managed,
            "narrowed": owner.narrowed,
            "tags": write_pairs(owner.tags),
            "issued_us": owner.issued_us,
            "source_identity": owner.source_identity,
        }
    )


def _read_owner(text: str, account: str) -> Owner:
    said: dict[str, Any] = json.loads(text)
    return Owner(
        said["kind"],
        account,
        said["id"],
        said["arn"],
        said["name"],
        tuple(said["policies"]),
        tuple(said["managed"]),
        said["narrowed"],
        read_pairs(said["tags"]),
        said["issued_us"],
        said["source_identity"],
    )


def _read(row: Row) -> Share:
    return Share(
        id=row[0],
        kind=row[1],
        owner=_read_owner(row[2], row[22]),
        origin=row[3],
        access_key_id=row[4],
        target=Target(row[5], row[6], row[7].decode(), row[8] != 0, row[9], _etag(row[10])),
        limits=Limits(row[12], row[13], row[14], row[15], tuple(row[16].split())),
        created_us=row[11],
        has_password=bool(row[21]),
        recipient=row[17],
        filename=row[18],
        note=row[19],
        revoked_us=row[20],
        accepts=Accepts(row[23], tuple(row[24].split()), row[25] != 0),
        notices=_read_notices(row[26]),
        judged=Judged(row[27], row[28], row[29]),
    )


def _etag(written: str) -> str:
    return "" if written == _CLOSED else written


def _write_notices(notices: Notices) -> str:
    """Nearly all shares have none, so that reading them costs nothing."""
    if not notices.occasions:
        return ""
    return json.dumps([notices.occasions, notices.shown, notices.had_first])


def _read_notices(text: str) -> Notices:
    if not text:
        return NOBODY
    occasions, shown, had_first = json.loads(text)
    return Notices(tuple(occasions), tuple(shown), had_first)


def _read_counted(row: Row) -> Counted:
    uses, sent, used_us = row[_WIDTH:]
    return Counted(_read(row), Counts(uses, sent, used_us or None), row[21])


def _counted(row: Row | None) -> Counted | None:
    return None if row is None else _read_counted(row)


def _kept(row: Row | None) -> Kept | None:
    if row is None:
        return None
    sealed, token = row[_WIDTH:]
    return Kept(_read(row), sealed, token, row[21])
