"""What a review makes of shares that exist already; one migration.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # standing: open, waiting, confirm, refused. content: the id of the bytes that were judged, ""
    # for a folder's and where none were noted. judged_us: when, 0 for never.
    "ALTER TABLE shares ADD COLUMN standing TEXT NOT NULL DEFAULT 'open'",
    "ALTER TABLE shares ADD COLUMN content TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE shares ADD COLUMN judged_us BIGINT NOT NULL DEFAULT 0",
    # One for each share that is not open. facts: JSON. due_us: when it is made; very late while it
    # waits for people.
    """CREATE TABLE share_reviews (
        share TEXT PRIMARY KEY,
        turn BIGINT NOT NULL,
        size BIGINT NOT NULL,
        etag TEXT NOT NULL,
        justification TEXT NOT NULL,
        typed TEXT NOT NULL,
        facts TEXT NOT NULL,
        decision TEXT NOT NULL,
        reason TEXT NOT NULL,
        asked_us BIGINT NOT NULL,
        due_us BIGINT NOT NULL
    ) CLUSTERED""",
    # Files of a shared folder that were judged, each by the id of its bytes. decision: what stopped
    # it, "" for what may be read. model: by which it was stopped.
    """CREATE TABLE share_contents (
        share TEXT NOT NULL,
        content TEXT NOT NULL,
        decision TEXT NOT NULL,
        model TEXT NOT NULL,
        PRIMARY KEY (share, content)
    ) CLUSTERED""",
    "CREATE INDEX share_contents_by_decision ON share_contents (decision)",
    "CREATE INDEX share_reviews_by_due ON share_reviews (due_us)",
    "CREATE INDEX share_reviews_by_decision ON share_reviews (decision)",
)
