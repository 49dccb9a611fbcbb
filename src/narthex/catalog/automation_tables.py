"""The tables of automations: what is shared by itself after an upload, and what came of it.

This file never asks anything of them.
"""

from __future__ import annotations

TABLES: tuple[str, ...] = (
    # owner: as shares have it. origin: the permanent key that it stands on. url: where clients
    # reach the server. terms: of its shares, as the API takes them. shown: whom it tells, without
    # secrets. state: "active", "paused" by its owner, "stopped" by the server, which says why.
    """CREATE TABLE automations (
        id TEXT PRIMARY KEY,
        account TEXT NOT NULL,
        owner TEXT NOT NULL,
        arn TEXT NOT NULL,
        origin TEXT NOT NULL,
        bucket TEXT NOT NULL,
        bucket_id TEXT NOT NULL,
        prefix BYTES NOT NULL,
        suffix BYTES NOT NULL,
        url TEXT NOT NULL,
        terms TEXT NOT NULL,
        shown TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        created_us BIGINT NOT NULL
    ) CLUSTERED""",
    "CREATE INDEX automations_by_account ON automations (account, created_us, id)",
    "CREATE INDEX automations_by_bucket ON automations (bucket_id, id)",
    # What came of one event: never two rows. event: the id of its delivery. outcome: "shared", or
    # what refused it.
    """CREATE TABLE automation_runs (
        automation TEXT NOT NULL,
        event TEXT NOT NULL,
        at_us BIGINT NOT NULL,
        key BYTES NOT NULL,
        outcome TEXT NOT NULL,
        share TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (automation, event)
    ) CLUSTERED""",
    "CREATE INDEX automation_runs_by_time ON automation_runs (at_us, automation, event)",
)
