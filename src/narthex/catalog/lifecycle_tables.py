"""The table of the walks that end objects by rules; one migration.

This file never asks anything of it.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # One row for each bucket with rules. due_us: when its walk begins, or goes on. began_us: of the
    # one under way, 0 for none. stage: what it walks over, "objects" or "uploads"; key, at_us and
    # upload: behind which it goes on. soonest_us: the first end of what it left so far.
    """CREATE TABLE lifecycle_walks (
        bucket TEXT PRIMARY KEY,
        due_us BIGINT NOT NULL,
        began_us BIGINT NOT NULL,
        stage TEXT NOT NULL,
        key BYTES NOT NULL,
        at_us BIGINT NOT NULL,
        upload TEXT NOT NULL,
        soonest_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX lifecycle_walks_by_time ON lifecycle_walks (due_us, bucket)",
)
