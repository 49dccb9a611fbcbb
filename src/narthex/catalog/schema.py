"""The tables, as numbered forward migrations: one SQL text for every engine.

A migration that was released never changes; a new one is appended. Small words are mapped per
engine (`WORDS`); beyond them nothing is used that SQLite, PostgreSQL and CockroachDB do not share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from narthex.catalog import (
    audit_tables,
    automation_tables,
    aws_policies,
    console_tables,
    dispute_tables,
    event_tables,
    function_tables,
    lifecycle_tables,
    node_tables,
    review_tables,
    share_review_tables,
    share_tables,
    target_tables,
)
from narthex.errors import StoreError

# BYTES: byte strings, ordered bytewise, NUL included. TEXT never holds NUL (PostgreSQL refuses it).
# NUMBERED: a primary key that the engine counts up, never used again after its row went.
WORDS: dict[str, dict[str, str]] = {
    "sqlite": {
        "BYTES": "BLOB",
        "BIGINT": "INTEGER",
        "CLUSTERED": "WITHOUT ROWID",
        "NUMBERED": "INTEGER PRIMARY KEY AUTOINCREMENT",
    },
    "postgresql": {
        "BYTES": "BYTEA",
        "TEXT": 'TEXT COLLATE "C"',
        "CLUSTERED": "",
        "NUMBERED": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    },
}

# The first statement of every start, before anything is known about the database.
SETTINGS = """CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) CLUSTERED"""
VERSION = "SELECT value FROM settings WHERE name = 'schema version'"
SET_VERSION = (
    "INSERT INTO settings (name, value) VALUES ('schema version', ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)

# Rows that listings read are clustered by key and stay small; bytes live in `pieces`, whose rows
# are large and therefore not clustered (SQLite keeps rows of clustered tables in inner nodes too).
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
    # How often something that is cached was changed: a cache is exact while its number stands.
    "CREATE TABLE generations (name TEXT PRIMARY KEY, number BIGINT NOT NULL) CLUSTERED",
    "INSERT INTO generations (name, number) VALUES ('credentials', 0)",
)

# Users, groups and roles are one table: they share names, paths, policies and tags, and all that is
# theirs hangs on their id. `folded` is the name in lower case: names differ by more than case.
_SECOND = (
    "ALTER TABLE accounts ADD COLUMN enabled BIGINT NOT NULL DEFAULT 1",
    "ALTER TABLE accounts ADD COLUMN alias TEXT NOT NULL DEFAULT ''",
    "CREATE UNIQUE INDEX accounts_by_alias ON accounts (alias) WHERE alias <> ''",
    "ALTER TABLE access_keys ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX access_keys_by_owner ON access_keys (account, owner, created_us, id)",
    """CREATE TABLE key_uses (
        id TEXT PRIMARY KEY,
        used_us BIGINT NOT NULL,
        service TEXT NOT NULL,
        region TEXT NOT NULL
    ) CLUSTERED""",
    """CREATE TABLE entities (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        path TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        boundary TEXT NOT NULL,
        tags TEXT NOT NULL,
        trust TEXT NOT NULL,
        pins TEXT NOT NULL,
        description TEXT NOT NULL,
        longest_session BIGINT NOT NULL,
        used_us BIGINT NOT NULL,
        used_region TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE UNIQUE INDEX entities_by_name ON entities (account, kind, folded)",
    "CREATE INDEX entities_by_boundary ON entities (boundary, id) WHERE boundary <> ''",
    """CREATE TABLE memberships (
        member TEXT NOT NULL,
        team TEXT NOT NULL,
        PRIMARY KEY (member, team)
    ) CLUSTERED""",
    "CREATE INDEX memberships_by_team ON memberships (team, member)",
    """CREATE TABLE inline_policies (
        entity TEXT NOT NULL,
        name TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (entity, name)
    ) CLUSTERED""",
    """CREATE TABLE managed_policies (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        path TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        updated_us BIGINT NOT NULL,
        default_number BIGINT NOT NULL,
        last_number BIGINT NOT NULL,
        description TEXT NOT NULL,
        tags TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE UNIQUE INDEX managed_policies_by_name ON managed_policies (account, folded)",
    """CREATE TABLE managed_versions (
        policy TEXT NOT NULL,
        number BIGINT NOT NULL,
        document TEXT NOT NULL,
        created_us BIGINT NOT NULL,
        PRIMARY KEY (policy, number)
    ) CLUSTERED""",
    """CREATE TABLE attachments (
        entity TEXT NOT NULL,
        policy TEXT NOT NULL,
        PRIMARY KEY (entity, policy)
    ) CLUSTERED""",
    "CREATE INDEX attachments_by_policy ON attachments (policy, entity)",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        token BYTES NOT NULL,
        sealed BYTES NOT NULL,
        origin TEXT NOT NULL,
        issued_us BIGINT NOT NULL,
        expires_us BIGINT NOT NULL,
        policies TEXT NOT NULL,
        managed TEXT NOT NULL,
        tags TEXT NOT NULL,
        transitive TEXT NOT NULL,
        source_identity TEXT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX sessions_by_expiry ON sessions (expires_us, id)",
    "CREATE INDEX sessions_by_owner ON sessions (account, owner, id)",
    *aws_policies.ROWS,
)

# revision counts the changes of a bucket's documents: what is compiled from them is cached by it.
_THIRD = (
    "ALTER TABLE buckets ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD COLUMN blocks TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE objects ADD COLUMN acl TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE uploads ADD COLUMN acl TEXT NOT NULL DEFAULT ''",
)

# A statement in WORDS; or, where engines have no words in common, its text for each of them.
Statement = str | Mapping[str, str]
MIGRATIONS: tuple[tuple[Statement, ...], ...] = (
    _FIRST,
    _SECOND,
    _THIRD,
    share_tables.TABLES,
    event_tables.TABLES,
    target_tables.TABLES,
    function_tables.TABLES,
    review_tables.TABLES,
    console_tables.TABLES,
    node_tables.TABLES,
    automation_tables.TABLES,
    dispute_tables.TABLES,
    share_review_tables.TABLES,
    lifecycle_tables.TABLES,
    audit_tables.TABLES,
)


def spell(statement: Statement, engine: str) -> str:
    """The statement in the words of one engine: a key of WORDS."""
    sql = statement if isinstance(statement, str) else statement[engine]
    words = WORDS[engine]
    return re.sub(r"\b[A-Z]+\b", lambda word: words.get(word.group(), word.group()), sql)


def pending(version: int) -> tuple[tuple[Statement, ...], ...]:
    """The migrations a catalog at `version` lacks, oldest first.

    Raises StoreError when the catalog is newer: this program cannot know what it would break.
    """
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the catalog has schema {version}, this program knows {len(MIGRATIONS)}:"
            " it was opened by a newer narthex"
        )
    return MIGRATIONS[version:]
