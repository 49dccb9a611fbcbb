"""Pre-signed URLs that were taken back: the digests of their signatures, until they expire anyway.

This file never sees a signature. Adding one moves the generation, so that every worker looks again.
"""

from __future__ import annotations

from dataclasses import dataclass

from narthex.catalog import Reader, Transaction, Value, accounts

_COLUMNS = "digest, account, owner, access_key_id, path, expires_us, revoked_us, actor"
BATCH = 1000  # rows of one pruning transaction


@dataclass(frozen=True, slots=True)
class RevokedLink:
    """digest: SHA-256 of the signature, in hex. owner: what its owner's shares are found by.

    path: as it stands in the URL. actor: the ARN of whoever took it back.
    """

    digest: str
    account: str
    owner: str
    access_key_id: str
    path: str
    expires_us: int
    revoked_us: int
    actor: str


async def add(tx: Transaction, link: RevokedLink) -> bool:
    """The link is refused from now on; whether it was not before."""
    changed = await tx.execute(
        f"INSERT INTO revoked_links ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (digest) DO NOTHING",
        (
            link.digest,
            link.account,
            link.owner,
            link.access_key_id,
            link.path,
            link.expires_us,
            link.revoked_us,
            link.actor,
        ),
    )
    await accounts.move_generation(tx)
    return changed > 0


async def any_left(reader: Reader) -> bool:
    """Whether there is any at all."""
    return await reader.fetch_one("SELECT 1 FROM revoked_links LIMIT 1") is not None


async def contains(reader: Reader, digest: str) -> bool:
    """Whether the link with this digest was taken back."""
    row = await reader.fetch_one("SELECT 1 FROM revoked_links WHERE digest = ?", (digest,))
    return row is not None


async def page(
    reader: Reader, account: str, owner: str | None, now_us: int, limit: int
) -> list[RevokedLink]:
    """Those of an account (or of one owner) that have not expired, the newest first."""
    values: list[Value] = [account, now_us]
    condition = ""
    if owner is not None:
        condition = " AND owner = ?"
        values.append(owner)
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM revoked_links WHERE account = ? AND expires_us > ?{condition}"
        " ORDER BY revoked_us DESC, digest LIMIT ?",
        (*values, limit),
    )
    return [RevokedLink(*row) for row in rows]


async def prune(tx: Transaction, before_us: int) -> int:
    """Those that expired before this time are gone, at most BATCH at once; how many were."""
    return await tx.execute(
        "DELETE FROM revoked_links WHERE digest IN"
        " (SELECT digest FROM revoked_links WHERE expires_us < ? ORDER BY expires_us, digest"
        " LIMIT ?)",
        (before_us, BATCH),
    )
