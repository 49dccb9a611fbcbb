"""The tables of where deliveries go: named targets, and whom shares notify; one migration.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # shown: of its URL, without secrets. sealed: the URL, and a webhook's secret.
    """CREATE TABLE targets (
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        shown TEXT NOT NULL,
        sealed BYTES NOT NULL,
        created_us BIGINT NOT NULL,
        PRIMARY KEY (account, name)
    ) CLUSTERED""",
    # holder: who tells them something, such as "share-0f3c". target: what a delivery is addressed
    # to when it is a named target; then nothing is sealed.
    """CREATE TABLE addresses (
        holder TEXT NOT NULL,
        number BIGINT NOT NULL,
        account TEXT NOT NULL,
        target TEXT NOT NULL,
        sealed BYTES NOT NULL,
        PRIMARY KEY (holder, number)
    ) CLUSTERED""",
    "CREATE INDEX addresses_by_account ON addresses (account, holder, number)",
    # On which occasions whom, as JSON; "" for shares that tell nobody.
    "ALTER TABLE shares ADD COLUMN notices TEXT NOT NULL DEFAULT ''",
    # When the end of a share is to be told, while it is still to be.
    "CREATE TABLE share_ends (share TEXT PRIMARY KEY, due_us BIGINT NOT NULL) CLUSTERED",
    "CREATE INDEX share_ends_by_time ON share_ends (due_us, share)",
    # What was told of a share: never twice. about: which use, or which end; "" where there is one.
    """CREATE TABLE share_tellings (
        share TEXT NOT NULL,
        occasion TEXT NOT NULL,
        about TEXT NOT NULL,
        PRIMARY KEY (share, occasion, about)
    ) CLUSTERED""",
)
