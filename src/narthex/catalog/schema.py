"""The tables, as numbered forward migrations: one SQL text for every engine.

A migration that was released never changes; a new one is appended. Small words are mapped per engine
(`WORDS`); beyond them nothing is used that SQLite, PostgreSQL and CockroachDB do not share.
"""

from __future__ import annotations

import re

# BYTES: byte strings, ordered bytewise, NUL included. TEXT never holds NUL (PostgreSQL refuses it).
WORDS: dict[str, dict[str, str]] = {
    "sqlite": {"BYTES": "BLOB", "BIGINT": "INTEGER", "CLUSTERED": "WITHOUT ROWID"},
    "postgresql": {"BYTES": "BYTEA", "TEXT": 'TEXT COLLATE "C"', "CLUSTERED": ""},
}

# The first statement of every start, before anything is known about the database.
SETTINGS = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) CLUSTERED"
VERSION = "SELECT value FROM settings WHERE name = 'schema version'"
SET_VERSION = (
    "INSERT INTO settings (name, value) VALUES ('schema version', ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)

# Rows that listings read are clustered by key and stay small; bytes live in `pieces`, whose rows are
# large and therefore not clustered (SQLite keeps large rows of a clustered table in its inner nodes).
_FIRST = (
    """CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        canonical_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_us BIGINT NOT NULL
    ) CLUSTERED""",
    """CREATE TABLE access_keys (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        arn TEXT NOT NULL,
        sealed BYTES NOT NULL,
        active BIGINT NOT NULL,
        created_us BIGINT NOT NULL
    ) CLUSTERED""",
    """CREATE TABLE buckets (
        name TEXT PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        created_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX buckets_by_account ON buckets (account, name)",
    """CREATE TABLE bucket_documents (
        bucket TEXT NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (bucket, kind)
    ) CLUSTERED""",
    """CREATE TABLE objects (
        bucket TEXT NOT NULL,
        key BYTES NOT NULL,
        version TEXT NOT NULL,
        content TEXT NOT NULL,
        size BIGINT NOT NULL,
        etag TEXT NOT NULL,
        modified_us BIGINT NOT NULL,
        owner TEXT NOT NULL,
        headers TEXT NOT NULL,
        tags TEXT NOT NULL,
        storage_class TEXT NOT NULL,
        checksum_algorithm TEXT NOT NULL,
        checksum_value TEXT NOT NULL,
        checksum_type TEXT NOT NULL,
        parts BIGINT NOT NULL,
        PRIMARY KEY (bucket, key, version)
    ) CLUSTERED""",
    """CREATE TABLE pieces (
        content TEXT NOT NULL,
        number BIGINT NOT NULL,
        start BIGINT NOT NULL,
        size BIGINT NOT NULL,
        etag TEXT NOT NULL,
        modified_us BIGINT NOT NULL,
        blob TEXT,
        checksum_algorithm TEXT NOT NULL,
        checksum_value TEXT NOT NULL,
        checksum_type TEXT NOT NULL,
        sums BYTES NOT NULL,
        data BYTES,
        PRIMARY KEY (content, number)
    )""",
    # Both indexes are partial, so that a small object, inline and in one piece, pays for neither.
    "CREATE INDEX pieces_by_start ON pieces (content, start) WHERE start > 0",
    "CREATE INDEX pieces_by_blob ON pieces (blob) WHERE blob IS NOT NULL",
    """CREATE TABLE uploads (
        id TEXT PRIMARY KEY,
        bucket TEXT NOT NULL,
        key BYTES NOT NULL,
        initiated_us BIGINT NOT NULL,
        owner TEXT NOT NULL,
        initiator TEXT NOT NULL,
        headers TEXT NOT NULL,
        tags TEXT NOT NULL,
        storage_class TEXT NOT NULL,
        checksum_algorithm TEXT NOT NULL,
        checksum_type TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX uploads_by_key ON uploads (bucket, key, initiated_us, id)",
    "CREATE TABLE doomed (blob TEXT PRIMARY KEY, at_us BIGINT NOT NULL) CLUSTERED",
    "CREATE INDEX doomed_by_time ON doomed (at_us, blob)",
    """CREATE TABLE leases (
        name TEXT PRIMARY KEY,
        holder TEXT NOT NULL,
        until_us BIGINT NOT NULL
    ) CLUSTERED""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)


def spell(sql: str, engine: str) -> str:
    """The statement in the words of one engine: a key of WORDS."""
    words = WORDS[engine]
    return re.sub(r"\b[A-Z]+\b", lambda word: words.get(word.group(), word.group()), sql)


def pending(version: int) -> tuple[tuple[str, ...], ...]:
    """The migrations a catalog at `version` lacks, oldest first.

    Raises ValueError when the catalog is newer than this program, which cannot know what it would break.
    """
    if version > len(MIGRATIONS):
        raise ValueError(
            f"the catalog has schema {version}, this program knows {len(MIGRATIONS)}:"
            " it was opened by a newer narthex"
        )
    return MIGRATIONS[version:]
