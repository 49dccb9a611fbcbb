"""The table of the nodes that serve this catalog; one migration."""

from __future__ import annotations

# ahead_us: of the catalog's own clock; NULL where the two are one. *_took_us: the last round trip;
# NULL where it failed, and then `trouble` says how.
TABLES: tuple[str, ...] = (
    """CREATE TABLE nodes (
        id TEXT PRIMARY KEY,
        host TEXT NOT NULL,
        listens TEXT NOT NULL,
        program TEXT NOT NULL,
        started_us BIGINT NOT NULL,
        seen_us BIGINT NOT NULL,
        ahead_us BIGINT,
        catalog_took_us BIGINT,
        blobs_took_us BIGINT,
        trouble TEXT NOT NULL
    ) CLUSTERED""",
)
