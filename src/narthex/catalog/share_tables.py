"""The tables of the ledger: shares, what was used of them, what happened, links taken back.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES = (
    # grantor: who issued it, as JSON. owner: what its other shares are found by. ends_us: when it
    # is over whatever happens; LAST for never.
    """CREATE TABLE shares (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        account TEXT NOT NULL,
        owner TEXT NOT NULL,
        grantor TEXT NOT NULL,
        origin TEXT NOT NULL,
        access_key_id TEXT NOT NULL UNIQUE,
        sealed BYTES NOT NULL,
        token BYTES NOT NULL UNIQUE,
        password TEXT NOT NULL,
        bucket TEXT NOT NULL,
        bucket_id TEXT NOT NULL,
        key BYTES NOT NULL,
        is_prefix BIGINT NOT NULL,
        version TEXT NOT NULL,
        etag TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        ends_us BIGINT NOT NULL,
        expires_us BIGINT,
        not_before_us BIGINT,
        max_uses BIGINT,
        max_bytes BIGINT,
        networks TEXT NOT NULL,
        max_size BIGINT,
        types TEXT NOT NULL,
        overwrite BIGINT NOT NULL,
        recipient TEXT NOT NULL,
        filename TEXT NOT NULL,
        note TEXT NOT NULL,
        revoked_us BIGINT
    ) CLUSTERED""",
    "CREATE INDEX shares_by_owner ON shares (account, owner, created_us, id)",
    "CREATE INDEX shares_by_account ON shares (account, created_us, id)",
    "CREATE INDEX shares_by_end ON shares (ends_us, id)",
    # Beside the share, since every use writes it.
    """CREATE TABLE share_counts (
        share TEXT PRIMARY KEY,
        uses BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        used_us BIGINT NOT NULL
    ) CLUSTERED""",
    # Uses of shares with limits that are not over: booked, or broken off and still to be resumed.
    """CREATE TABLE reservations (
        id TEXT PRIMARY KEY,
        share TEXT NOT NULL,
        visitor TEXT NOT NULL,
        key BYTES NOT NULL,
        etag TEXT NOT NULL,
        size BIGINT NOT NULL,
        sent BIGINT NOT NULL,
        cost BIGINT NOT NULL,
        booked BIGINT NOT NULL,
        requests BIGINT NOT NULL,
        counted BIGINT NOT NULL,
        done BIGINT NOT NULL,
        began_us BIGINT NOT NULL,
        until_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX reservations_by_share ON reservations (share, visitor, began_us, id)",
    "CREATE INDEX reservations_by_end ON reservations (until_us, id)",
    # Append-only. Ids begin with the time, so that their order is that of what happened.
    """CREATE TABLE audit (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        owner TEXT NOT NULL,
        share TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        event TEXT NOT NULL,
        outcome TEXT NOT NULL,
        actor TEXT NOT NULL,
        address TEXT NOT NULL,
        agent TEXT NOT NULL,
        key BYTES NOT NULL,
        bytes BIGINT NOT NULL,
        times BIGINT NOT NULL,
        booking TEXT NOT NULL,
        detail TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX audit_by_share ON audit (share, id)",
    "CREATE INDEX audit_by_account ON audit (account, id)",
    """CREATE TABLE revoked_links (
        digest TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        owner TEXT NOT NULL,
        access_key_id TEXT NOT NULL,
        path TEXT NOT NULL,
        expires_us BIGINT NOT NULL,
        revoked_us BIGINT NOT NULL,
        actor TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX revoked_links_by_end ON revoked_links (expires_us, digest)",
)
