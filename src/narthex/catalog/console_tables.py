"""The tables of the console: who is signed in, and who gave a wrong key; one migration."""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    """CREATE TABLE console_sessions (
        digest TEXT PRIMARY KEY,
        access_key_id TEXT NOT NULL,
        sealed BYTES NOT NULL,
        begun_us BIGINT NOT NULL,
        seen_us BIGINT NOT NULL,
        ends_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX console_sessions_by_end ON console_sessions (ends_us, digest)",
    """CREATE TABLE console_tries (
        who TEXT PRIMARY KEY,
        wrong BIGINT NOT NULL,
        next_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX console_tries_by_time ON console_tries (next_us, who)",
)
